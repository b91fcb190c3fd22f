"""Must show 1: `up`, a phone, a qualified lead, a meeting; the admin and the API tell the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from agent.turn import Language
from agent.wording import pick, say, slot_title
from tests import template
from tests.e2e.world import (
    PATIENCE_MS,
    PLAYBOOK,
    Api,
    Booking,
    Leadbot,
    Person,
    Phone,
    Windows,
    artifact,
    eventually,
    fits,
    labels,
    open_phone,
    open_row,
    qualify_and_book,
    squeezed,
    text_of,
    together,
)

pytestmark = pytest.mark.slow

ANA = Person(
    name="Ana Torres",
    language="es",
    hello="Hola, vi su anuncio y quiero más información",
    answers={
        "name": "Soy Ana Torres",
        "bill": "como 3,200 pesos, vivo en Guadalajara",
        "email": "ana.torres@example.com",
    },
    taps={"need": "home", "timing": "now"},
    asked=("name", "need", "bill", "timing", "email"),
)
JESSICA = Person(
    name="Jessica Miller",
    language="en",
    hello="Hi, I saw your ad and would like more information",
    answers={
        # Everything at once, as many do.
        "name": "I'm Jessica Miller, we're in Guadalajara, it's for a business, we pay around 2,500",
        "email": "no",
    },
    taps={"timing": "months"},
    asked=("name", "timing", "email"),
)
PEOPLE: dict[Language, Person] = {"es": ANA, "en": JESSICA}
FACTS: dict[Language, dict[str, tuple[Any, str]]] = {
    "es": {
        "name": ("Ana Torres", "Soy Ana Torres"),
        "need": ("home", "Mi casa"),
        "bill": (3200, "3,200 pesos"),
        "city": ("Guadalajara", "Guadalajara"),
        "timing": ("now", "Lo antes posible"),
        "email": ("ana.torres@example.com", "ana.torres@example.com"),
    },
    "en": {
        "name": ("Jessica Miller", "I'm Jessica Miller"),
        "need": ("business", "a business"),
        "bill": (2500, "2,500"),
        "city": ("Guadalajara", "Guadalajara"),
        "timing": ("months", "In 1 to 3 months"),
    },
}
SCORES: dict[Language, tuple[int, str]] = {"es": (85, "hot"), "en": (50, "warm")}
WORDS: dict[Language, dict[str, str]] = {
    "es": {
        "meeting": "Reunión agendada",
        "hot": "Caliente",
        "read": "Leído",
        "booked": "Confirmada",
    },
    "en": {"meeting": "Meeting", "warm": "Warm", "read": "Read", "booked": "Confirmed"},
}
# What a picture is called, which list to open, and whose row of it.
PAGES = (
    ("inbox", "conversation", ""),
    ("thread", "conversation", ANA.name),
    ("leads", "lead", ""),
    ("lead", "lead", ANA.name),
    ("meetings", "meeting", ""),
)
LANGUAGES: tuple[Language, ...] = ("es", "en")


@pytest.fixture(scope="module")
def leadbot(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leadbot]:
    data_dir = tmp_path_factory.mktemp("e2e") / "data"
    with template.databases(database_template, "e2e") as (database,):
        # A server of its own, from nothing, is what tests/leadbot/test_up.py starts.
        started = Leadbot(data_dir, DATABASE_URL=database, AGENT_DEBOUNCE_SECONDS="0.2")
        try:
            started.wait_until_up()
            yield started
        finally:
            ended = started.stop()
        assert ended == 0, started.text()


@pytest.fixture(scope="module")
def bookings(leadbot: Leadbot, windows: Windows) -> dict[Language, Booking]:
    """Both leads, from their first word to the confirmed meeting, at the same time."""
    made: dict[Language, Booking] = {}
    for language, person in PEOPLE.items():
        phone = open_phone(leadbot, windows, person.name, language)
        made[language] = Booking(person, phone, row=len(made))
    together(*(qualify_and_book(booking) for booking in made.values()))
    for booking in made.values():
        booking.phone.expect_all_read()
    return made


@pytest.fixture(scope="module")
def offices(leadbot: Leadbot, windows: Windows) -> dict[Language, Page]:
    """A colleague who reads Spanish and one who reads English, logged in."""
    pages = {language: windows.open(language) for language in LANGUAGES}
    for page in pages.values():
        leadbot.log_in(page)
    return pages


@pytest.fixture(scope="module")
def api(leadbot: Leadbot) -> Api:
    return Api(leadbot)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    chosen: Language = request.param
    return chosen


def test_the_lead_is_asked_and_told(bookings: dict[Language, Booking], language: Language) -> None:
    booking = bookings[language]
    # Nobody is asked again for what they said already.
    assert list(booking.said) == [*booking.person.asked]
    greeting = text_of(booking.phone.heard.first)
    assert PLAYBOOK.business_name in greeting
    assert {"es": "asistente virtual", "en": "virtual assistant"}[language] in greeting
    assert booking.slot.partition(", ")[2] in booking.confirmation.replace("\u202f", " ")
    expect(booking.phone.page.locator(".bubble[data-from=lead][data-status=read]")).to_have_count(
        len(booking.said) + 2
    )


def test_staff_see_the_lead_with_its_score_and_quotes(
    leadbot: Leadbot,
    bookings: dict[Language, Booking],
    offices: dict[Language, Page],
    language: Language,
) -> None:
    page, words = offices[language], WORDS[language]
    person = bookings[language].person
    open_row(page, f"{leadbot.address}/admin/conversations/lead/", person.name)
    points, temperature = SCORES[language]
    expect(page.locator("#content .status").first).to_contain_text(words["meeting"])
    expect(page.locator(".panel .score")).to_have_text(str(points))
    expect(page.locator(".panel h3").first).to_contain_text(words[temperature])
    assert FACTS[language]["bill"][1] in labels(page.locator(".points q"))
    quotes = [quote for _, quote in FACTS[language].values()]
    assert sorted(labels(page.locator(".facts q"))) == sorted(quotes)
    expect(page.locator(".meetings li")).to_have_count(1)
    expect(page.locator(".meetings li")).to_contain_text(words["booked"])
    assert _clock_24(bookings[language].slot) in page.locator(".meetings li").inner_text()


def test_staff_see_every_message_with_ticks_in_words(
    leadbot: Leadbot,
    bookings: dict[Language, Booking],
    offices: dict[Language, Page],
    language: Language,
) -> None:
    page, phone = offices[language], bookings[language].phone
    inbox = f"{leadbot.address}/admin/conversations/conversation/"
    open_row(page, inbox, bookings[language].person.name)
    bubbles = page.locator("#log .bubble")
    expect(bubbles).to_have_count(phone.bubbles.count())
    assert [text_of(bubble) for bubble in bubbles.all()] == phone.texts()
    ticks = labels(page.locator("#log .bubble.out .tick"))
    assert ticks == [WORDS[language]["read"]] * phone.heard.count()


def test_the_api_serves_the_same(
    api: Api, bookings: dict[Language, Booking], language: Language
) -> None:
    booking = bookings[language]
    lead = api.lead(booking.person.name)
    assert lead["stage"] == "meeting"
    assert (lead["score"], lead["temperature"]) == SCORES[language]
    assert lead["language"] == language
    assert sum(line["points"] for line in lead["score_lines"]) == lead["score"]

    messages = api.messages(lead)
    assert [squeezed(message["text"]) for message in messages] == booking.phone.texts()
    states = {(message["direction"], message["state"]) for message in messages}
    assert states == {("inbound", "handled"), ("outbound", "read")}

    facts = api.facts(lead)
    assert {key: (fact["value"], fact["quote"]) for key, fact in facts.items()} == FACTS[language]
    texts = {message["id"]: message["text"] for message in messages}
    assert all(fact["quote"] in texts[fact["message"]] for fact in facts.values())

    (meeting,) = [row for row in api.rows("meetings") if row["lead"]["id"] == lead["id"]]
    assert meeting["state"] == "confirmed"
    starts_at = datetime.fromisoformat(meeting["starts_at"])
    assert slot_title(starts_at, meeting["time_zone"], language) == booking.slot


def test_a_contact_who_hides_the_number_is_answered_until_they_stop_us(
    leadbot: Leadbot, windows: Windows, offices: dict[Language, Page], api: Api
) -> None:
    phone = open_phone(leadbot, windows, "Marta R.")
    phone.answer("hola", expected=pick(PLAYBOOK.questions[0].ask, "es"))
    phone.answer("Marta Ruiz", expected="Mucho gusto, Marta")
    lead = api.lead("marta.ruiz")
    assert lead["phone_number"] is None

    phone.write("BAJA")
    lead = eventually(lambda: api.lead("marta.ruiz"), lambda found: found["opted_out_at"])
    left = phone.heard.count()
    phone.write("¿siguen ahí?")
    messages = eventually(
        lambda: api.messages(lead), lambda found: found[-1]["text"] == "¿siguen ahí?"
    )
    # Handled without a turn: no row waits that could still leave.
    assert {message["state"] for message in messages} <= {"handled", "sent", "delivered", "read"}
    assert messages[-1]["state"] == "handled"
    page = offices["es"]
    page.goto(f"{leadbot.address}/admin/conversations/conversation/{lead['conversation']}/thread/")
    expect(page.locator("#window")).to_contain_text("pidió que no le escribamos")
    expect(page.locator("#text")).to_be_disabled()
    assert phone.heard.count() == left


def test_an_ad_stands_on_the_lead_and_staff_step_in_and_out(
    leadbot: Leadbot, windows: Windows, offices: dict[Language, Page]
) -> None:
    page = offices["es"]
    phone = _new_phone(leadbot, windows, "Luis Prado", "+52 1 55 5010 7788")
    phone.page.locator("#welcome [data-ad=home]").click()
    headline = phone.page.locator("#ad-chip-text").inner_text()
    phone.page.locator("#send").click()
    phone.hear(0, pick(PLAYBOOK.questions[0].ask, "es"))

    open_row(page, f"{leadbot.address}/admin/conversations/lead/", "Luis Prado")
    expect(page.locator(".contact").first).to_contain_text(f"Anuncio: {headline}")

    page.get_by_role("link", name="Abrir la conversación").click()
    page.get_by_role("button", name="Tomar la conversación").click()
    expect(page.locator("#status")).to_contain_text("Equipo")
    page.locator("#text").fill("Hola Luis, soy Carla. ¿En qué te ayudo?")
    page.locator("#composer [type=submit]").click()
    phone.hear(1, "soy Carla")
    expect(page.locator("#log .bubble.out .tick").last).to_have_text(
        re.compile("Entregado|Leído"), timeout=PATIENCE_MS
    )

    phone.write("¿Cuánto cuesta?")
    expect(page.locator("#log .bubble").last).to_contain_text(
        "¿Cuánto cuesta?", timeout=PATIENCE_MS
    )
    page.get_by_role("button", name="Devolver al agente").click()
    expect(page.locator("#status")).to_contain_text("Agente")
    # Nobody had answered that; and who answers now says what it is.
    phone.hear(2, "asistente virtual")
    phone.answer("Me llamo Luis Prado", expected="Mucho gusto, Luis")
    assert phone.heard.count() == 4


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_is_wider_than_its_screen(
    leadbot: Leadbot,
    bookings: dict[Language, Booking],
    offices: dict[Language, Page],
    width: int,
) -> None:
    size = {"width": width, "height": 900 if width > 500 else 844}
    phone, page = bookings["es"].phone.page, offices["es"]
    for window in (phone, page):
        window.set_viewport_size(size)  # type: ignore[arg-type]
    wide = [] if fits(phone) else ["phone"]
    phone.screenshot(path=artifact(f"phone-{width}.png"))
    rows = f"{leadbot.address}/admin/conversations"
    for name, path, row in PAGES:
        if row:
            open_row(page, f"{rows}/{path}/", row)
        else:
            page.goto(f"{rows}/{path}/")
        page.screenshot(path=artifact(f"{name}-{width}.png"), full_page=name == "lead")
        wide += [] if fits(page) else [name]
    assert wide == []


def test_what_the_salesperson_does_in_outlook_reaches_the_phone_and_the_reverse(
    leadbot: Leadbot, bookings: dict[Language, Booking], windows: Windows
) -> None:
    phone = bookings["es"].phone
    calendar = windows.open()
    entry = _in_the_calendar(calendar, leadbot, ANA.name)
    entry.locator("summary").click()
    expect(entry).to_contain_text("3,200 pesos")
    day = _date_of(entry) + timedelta(days=7)

    heard = phone.heard.count()
    entry.locator("[name=starts]").fill(f"{day:%Y-%m-%d}T07:15")
    entry.get_by_role("button", name="Mover").click()
    moved = phone.hear(heard, say("host_moved", "es", name=", Ana"))
    assert "07:15" in moved
    assert f" {day.day} de " in moved

    phone.answer("Quiero cancelar mi cita", expected="07:15")
    phone.heard.last.get_by_role("button", name=say("cancel_yes", "es")).click()
    phone.hear(heard + 2, say("cancelled", "es"))
    expect(calendar.locator(".entry", has_text=ANA.name)).to_have_count(0)
    calendar.reload()
    expect(calendar.locator(".entry", has_text=ANA.name)).to_have_count(0)


def _in_the_calendar(page: Page, leadbot: Leadbot, name: str) -> Locator:
    """Look through the calendars, week by week, for what is booked with this person."""
    page.goto(f"{leadbot.address}/simulator/calendar/")
    found = page.locator(".entry", has_text=name)
    for _week in range(3):
        for mailbox in range(page.locator(".mailboxes a").count()):
            page.locator(".mailboxes a").nth(mailbox).click()
            if found.count():
                return found
        page.locator("[rel=next]").click()
    raise AssertionError(f"nothing with {name} in any calendar")


def _date_of(entry: Locator) -> date:
    return datetime.fromisoformat(entry.locator("[name=starts]").input_value()).date()


def _new_phone(leadbot: Leadbot, windows: Windows, name: str, number: str) -> Phone:
    page = windows.open()
    page.goto(f"{leadbot.address}/simulator/")
    page.locator("#new-phone summary").click()
    page.locator("#new-name").fill(name)
    page.locator("#new-number").fill(number)
    page.locator("#new-phone-form [type=submit]").click()
    expect(page.locator(".whose-name")).to_have_text(name)
    return Phone(page)


def _clock_24(slot: str) -> str:
    found = re.search(r"(\d+):(\d+)(?:\s([AP])M)?", slot)
    assert found
    hour, half = int(found[1]), found[3]
    if half:
        hour = hour % 12 + (12 if half == "P" else 0)
    return f"{hour:02}:{found[2]}"
