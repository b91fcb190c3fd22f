"""Must show 2: the conversation of must show 1 in the modes of production, on loopback.

A second leadbot plays Meta and Microsoft; a scripted server plays OpenAI. The first one is told
of them by environment variables and by nothing else.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from agent.turn import Language
from agent.wording import say as worded
from agent.wording import slot_title
from tests import template
from tests.e2e.world import (
    PATIENCE,
    Api,
    Leadbot,
    Phone,
    Windows,
    labels,
    open_phone,
    open_row,
    squeezed,
    text_of,
    together,
)
from tests.fakes.openai_server import FakeOpenAI, Script, Step, fail, say, tools
from tests.leadbot.instance import free_port

pytestmark = pytest.mark.slow

SHARED: dict[str, Any] = {
    "WHATSAPP_ACCESS_TOKEN": "token-of-the-test-number",
    "WHATSAPP_APP_SECRET": "secret-of-the-test-app",
    "WHATSAPP_VERIFY_TOKEN": "words-of-the-test-app",
    "WHATSAPP_PHONE_NUMBER_ID": "118273645019283",
    "OUTLOOK_CLIENT_SECRET": "secret-of-the-entra-app",
}
ANSWERED_SPANISH: tuple[dict[str, Any], ...] = (
    {"key": "name", "value": "Ana Torres", "quote": "Soy Ana Torres"},
    {"key": "need", "value": "home", "quote": "para mi casa"},
    {"key": "bill", "value": 3200, "quote": "3,200 pesos"},
    {"key": "city", "value": "Guadalajara", "quote": "Guadalajara"},
    {"key": "timing", "value": "now", "quote": "me urge"},
    {"key": "email", "value": "ana.torres@example.com", "quote": "ana.torres@example.com"},
)
ANSWERED_ENGLISH: tuple[dict[str, Any], ...] = (
    {"key": "name", "value": "Jessica Miller", "quote": "I'm Jessica Miller"},
    {"key": "need", "value": "business", "quote": "a business"},
    {"key": "bill", "value": 2500, "quote": "around 2,500"},
    {"key": "city", "value": "Guadalajara", "quote": "Guadalajara"},
    {"key": "timing", "value": "months", "quote": "in a couple of months"},
)


@dataclass(frozen=True)
class Person:
    """A lead, what they write, and what the model makes of it."""

    name: str
    language: Language
    hello: str
    about: str
    times: str
    asked: str
    thanked: str
    answers: tuple[dict[str, Any], ...]
    score: tuple[int, str]
    row: int

    @property
    def facts(self) -> dict[str, tuple[Any, str]]:
        """What must stand in the CRM, with the words that say it."""
        return {given["key"]: (given["value"], given["quote"]) for given in self.answers}


ANA = Person(
    name="Ana Torres",
    language="es",
    hello="Hola, vi su anuncio y quiero más información",
    about="Soy Ana Torres, es para mi casa y pago 3,200 pesos en Guadalajara, me urge. "
    "Mi correo es ana.torres@example.com",
    times="¿Qué horas tienes?",
    asked="Cuéntame de tu casa y de tu recibo.",
    thanked="¡Gracias! ¿Te busco una hora?",
    answers=ANSWERED_SPANISH,
    score=(85, "hot"),
    row=0,
)
JESSICA = Person(
    name="Jessica Miller",
    language="en",
    hello="Hi, I saw your ad and would like more information",
    about="I'm Jessica Miller, it's for a business in Guadalajara, we pay around 2,500 and would "
    "like it in a couple of months",
    times="What times do you have?",
    asked="Tell me about your place and your bill.",
    thanked="Thanks! Should I look for a time?",
    answers=ANSWERED_ENGLISH,
    score=(50, "warm"),
    row=1,
)
PEOPLE = (ANA, JESSICA)


class Model:
    """Plays the model: calls the tool that each message asks for, then says something short."""

    def __init__(self) -> None:
        self.fails = False
        self.asked: list[str] = []

    def __call__(self, request: Mapping[str, Any]) -> Step:
        """Answer one request."""
        messages: Sequence[Mapping[str, Any]] = request["messages"]
        moment = next(m["content"] for m in reversed(messages) if m["role"] == "user")
        words = re.findall(r"<lead_message>(.*?)</lead_message>", moment, re.DOTALL)[-1]
        self.asked.append(words)
        if self.fails:
            return fail(500)
        if messages[-1]["role"] == "tool":
            return say(next((p.thanked for p in PEOPLE if words == p.about), "Okay, thanks."))
        return self._act(words)

    def _act(self, words: str) -> Step:
        if words.startswith("I'm Marta"):
            answer = {"key": "name", "value": "Marta Ruiz", "quote": "I'm Marta Ruiz"}
            return tools(("save_answers", {"answers": [answer]}))
        person = next(each for each in PEOPLE if words in (each.hello, each.about, each.times))
        if words == person.about:
            return tools(("save_answers", {"answers": list(person.answers)}))
        return tools(("find_slots", {})) if words == person.times else say(person.asked)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def databases(database_template: str) -> Iterator[tuple[str, str]]:
    """Two databases on the server that the other tests use."""
    with template.databases(database_template, "product", "providers") as (product, providers):
        yield product, providers


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, databases: tuple[str, str], model: Model
) -> Iterator[tuple[Leadbot, Leadbot]]:
    """The product, and the leadbot that plays its providers; they start side by side."""
    folder = tmp_path_factory.mktemp("modes")
    script: Script = model
    port = free_port()
    with FakeOpenAI([script]) as openai, ExitStack() as stack:
        running: list[Leadbot] = []
        stack.callback(_stop, running)
        providers = Leadbot(
            folder / "providers",
            **SHARED,
            DATABASE_URL=databases[1],
            DJANGO_SUPERUSER_USERNAME="carla",
            DJANGO_SUPERUSER_PASSWORD="a-password-of-carla",
            SIMULATOR_WEBHOOK_URL=f"http://127.0.0.1:{port}/webhook",
        )
        running.append(providers)
        product = Leadbot(
            folder / "product",
            **SHARED,
            PORT=str(port),
            DATABASE_URL=databases[0],
            AGENT_DEBOUNCE_SECONDS="0.2",
            WHATSAPP_MODE="cloud",
            WHATSAPP_API_URL=f"{providers.address}/simulator/whatsapp/v26.0",
            AGENT_ENGINE="llm",
            OPENAI_API_KEY="key-of-the-test",
            OPENAI_BASE_URL=openai.url,
            CALENDAR="outlook",
            OUTLOOK_TENANT_ID="contoso",
            OUTLOOK_CLIENT_ID="11111111-2222-3333-4444-555555555555",
            OUTLOOK_GRAPH_URL=f"{providers.address}/simulator/outlook/v1.0",
            OUTLOOK_AUTHORITY_URL=f"{providers.address}/simulator/outlook",
        )
        running.append(product)
        for started in (providers, product):
            started.wait_until_up()
        product.manage("seed_demo")
        yield product, providers


@pytest.fixture(scope="module")
def api(installation: tuple[Leadbot, Leadbot]) -> Api:
    return Api(installation[0])


@dataclass
class Booking:
    """A conversation that ended with a tap on a time."""

    person: Person
    phone: Phone
    slot: str = ""
    confirmation: str = ""

    def play(self) -> Iterator[None]:
        """Write, answer, ask for times, tap one; pauses after each message."""
        person, phone = self.person, self.phone
        offer = worded("slots_button", person.language)
        for said, heard in (
            (person.hello, person.asked),
            (person.about, person.thanked),
            (person.times, offer),
        ):
            before = phone.heard.count()
            phone.write(said)
            yield
            phone.hear(before, heard)
        phone.heard.last.locator(".option").click()
        row = phone.page.locator("[data-option]").nth(person.row)
        self.slot = row.locator("strong").inner_text()
        row.click()
        yield
        first_name = person.name.split()[0]
        done = worded("confirmed", person.language, name=f", {first_name}")
        self.confirmation = phone.hear(3, done)


@pytest.fixture(scope="module")
def bookings(installation: tuple[Leadbot, Leadbot], windows: Windows) -> dict[str, Booking]:
    """Both leads at the same time, from the ad to the confirmed meeting."""
    made = [
        Booking(person, open_phone(installation[1], windows, person.name, person.language))
        for person in PEOPLE
    ]
    together(*(booking.play() for booking in made))
    for booking in made:
        booking.phone.expect_all_read()
    return {booking.person.name: booking for booking in made}


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.language)
def test_a_model_qualifies_a_lead_who_taps_a_time(
    api: Api, bookings: dict[str, Booking], model: Model, person: Person
) -> None:
    booking = bookings[person.name]
    assert {"es": "asistente virtual", "en": "virtual assistant"}[person.language] in text_of(
        booking.phone.heard.first
    )
    # The tap is an order, not words for a model.
    assert not any(booking.slot.partition(",")[0] in words for words in model.asked)
    lead = api.lead(person.name)
    assert lead["stage"] == "meeting"
    assert (lead["score"], lead["temperature"]) == person.score
    assert sum(line["points"] for line in lead["score_lines"]) == lead["score"]
    facts = api.facts(lead)
    assert {key: (fact["value"], fact["quote"]) for key, fact in facts.items()} == person.facts
    messages = api.messages(lead)
    assert [squeezed(message["text"]) for message in messages] == booking.phone.texts()
    states = {(message["direction"], message["state"]) for message in messages}
    assert states == {("inbound", "handled"), ("outbound", "read")}
    tapped = [message for message in messages if message["direction"] == "inbound"][-1]
    assert tapped["kind"] == "list_reply"


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.language)
def test_the_tapped_time_stands_in_outlook(
    installation: tuple[Leadbot, Leadbot],
    api: Api,
    bookings: dict[str, Booking],
    person: Person,
) -> None:
    booking, lead = bookings[person.name], api.lead(person.name)
    (meeting,) = [row for row in api.rows("meetings") if row["lead"]["id"] == lead["id"]]
    assert meeting["state"] == "confirmed"
    starts_at = datetime.fromisoformat(meeting["starts_at"])
    assert slot_title(starts_at, meeting["time_zone"], person.language) == booking.slot
    assert meeting["join_url"].startswith("https://teams.microsoft.com/")
    assert meeting["join_url"] in booking.confirmation
    events = _events(installation[1], meeting["starts_at"], meeting["ends_at"])
    (event,) = [event for event in events if person.name in event["subject"]]
    assert event["onlineMeeting"]["joinUrl"] == meeting["join_url"]
    invited = [each["emailAddress"]["address"] for each in event["attendees"]]
    assert invited == [value for key, (value, _) in person.facts.items() if key == "email"]


def test_staff_see_score_quotes_and_ticks(
    installation: tuple[Leadbot, Leadbot], windows: Windows, bookings: dict[str, Booking]
) -> None:
    product, phone = installation[0], bookings[ANA.name].phone
    page = windows.open("es")
    product.log_in(page)
    rows = f"{product.address}/admin/conversations"
    open_row(page, f"{rows}/lead/", ANA.name)
    expect(page.locator(".panel .score")).to_have_text(str(ANA.score[0]))
    quotes = [quote for _, quote in ANA.facts.values()]
    assert sorted(labels(page.locator(".facts q"))) == sorted(quotes)
    open_row(page, f"{rows}/conversation/", ANA.name)
    bubbles = page.locator("#log .bubble")
    expect(bubbles).to_have_count(phone.bubbles.count())
    assert [text_of(bubble) for bubble in bubbles.all()] == phone.texts()
    ticks = labels(page.locator("#log .bubble.out .tick"))
    assert ticks == ["Leído"] * phone.heard.count()


def test_what_is_given_is_used(installation: tuple[Leadbot, Leadbot]) -> None:
    product, providers = installation
    handshake = f"hub.mode=subscribe&hub.verify_token={SHARED['WHATSAPP_VERIFY_TOKEN']}"
    assert product.get(f"/webhook?{handshake}&hub.challenge=77") == (200, "77")
    assert product.get("/simulator/")[0] == 404
    assert providers.printed("Login") == "carla"
    assert "a-password-of-carla" not in providers.text()
    # A server that is given is neither started nor stopped.
    assert not any((each.data_dir / "postgres").exists() for each in installation)


def test_a_model_that_fails_leaves_the_lead_with_the_guided_agent(
    installation: tuple[Leadbot, Leadbot], windows: Windows, model: Model, api: Api
) -> None:
    _, providers = installation
    phone = open_phone(providers, windows, "Marta R.", "en")
    phone.answer("I'm Marta Ruiz, I saw your ad", expected="Okay, thanks")
    model.fails = True
    try:
        # The name that the model saved is not asked for again.
        phone.answer("so what do you need to know?", expected="for your home or for a business")
        phone.heard.last.get_by_role("button", name="A business").click()
        phone.hear(2, "electricity bill")
        phone.answer("about 4,500", expected="What city are you in?")
    finally:
        model.fails = False
    assert "about 4,500" in model.asked
    facts = api.facts(api.lead("marta.ruiz"))
    assert {key: fact["value"] for key, fact in facts.items()} == {
        "name": "Marta Ruiz",
        "need": "business",
        "bill": 4500,
    }


def _events(providers: Leadbot, starts_at: str, ends_at: str) -> list[dict[str, Any]]:
    """Read the salespeople's calendars as Outlook shows them."""
    base = f"{providers.address}/simulator/outlook"
    form = {
        "grant_type": "client_credentials",
        "client_id": "reader",
        "client_secret": SHARED["OUTLOOK_CLIENT_SECRET"],
        "scope": "https://graph.microsoft.com/.default",
    }
    token = requests.post(f"{base}/contoso/oauth2/v2.0/token", data=form, timeout=PATIENCE).json()
    found: list[dict[str, Any]] = []
    for mailbox in ("mariana@example.com", "diego@example.com"):
        answer = requests.get(
            f"{base}/v1.0/users/{mailbox}/calendarView",
            params={"startDateTime": starts_at, "endDateTime": ends_at},
            headers={"Authorization": f"Bearer {token['access_token']}"},
            timeout=PATIENCE,
        )
        assert answer.status_code == 200, answer.text
        found += answer.json()["value"]
    return found


def _stop(running: list[Leadbot]) -> None:
    """Stop all at once, and see that each ended well."""
    for started in running:
        started.process.send_signal(signal.SIGINT)
    for started in running:
        assert started.process.wait(PATIENCE) == 0, started.text()
