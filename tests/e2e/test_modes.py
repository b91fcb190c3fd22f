"""Must show 2: the modes of production, against servers that speak the wire formats on loopback.

A second leadbot plays Meta and Microsoft; a scripted server plays OpenAI. The first one is told
of them by environment variables and by nothing else.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
import requests
from psycopg import sql

from agent.wording import say as worded
from leadbot import embedded_postgres
from tests.e2e.world import (
    PATIENCE,
    Api,
    Leadbot,
    Windows,
    open_phone,
)
from tests.fakes.openai_server import FakeOpenAI, Script, Step, fail, say, tools
from tests.leadbot.test_up import free_port
from tests.settings import DATA_DIR

pytestmark = pytest.mark.slow

SHARED = {
    "WHATSAPP_ACCESS_TOKEN": "token-of-the-test-number",
    "WHATSAPP_APP_SECRET": "secret-of-the-test-app",
    "WHATSAPP_VERIFY_TOKEN": "words-of-the-test-app",
    "WHATSAPP_PHONE_NUMBER_ID": "118273645019283",
    "OUTLOOK_CLIENT_SECRET": "secret-of-the-entra-app",
}
HELLO = "Hola, vi su anuncio"
ABOUT = "Soy Ana Torres, es para mi casa y pago 3,200 pesos en Guadalajara, me urge"
TIMES = "¿Qué horas tienes?"
FIRST = "La primera me queda bien"
ANSWERS: list[dict[str, Any]] = [
    {"key": "name", "value": "Ana Torres", "quote": "Soy Ana Torres"},
    {"key": "need", "value": "home", "quote": "para mi casa"},
    {"key": "bill", "value": 3200, "quote": "3,200 pesos"},
    {"key": "city", "value": "Guadalajara", "quote": "Guadalajara"},
    {"key": "timing", "value": "now", "quote": "me urge"},
]


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
            return say("Listo, gracias.")
        return self._act(words, moment)

    def _act(self, words: str, moment: str) -> Step:
        if words == ABOUT:
            return tools(("save_answers", {"answers": ANSWERS}))
        if words == TIMES:
            return tools(("find_slots", {}))
        if words == FIRST:
            slot = re.search(r"- slot (\S+):", moment)
            assert slot, moment
            return tools(("check_and_book", {"slot_id": slot[1]}))
        if words.startswith("I'm Jessica"):
            answer = {"key": "name", "value": "Jessica Miller", "quote": "I'm Jessica Miller"}
            return tools(("save_answers", {"answers": [answer]}))
        return say("¡Hola! Cuéntame de tu casa y de tu recibo.")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def databases(postgres: None) -> Iterator[tuple[str, str]]:
    """Two databases on the server that the other tests use."""
    server = os.environ.get("DATABASE_URL") or embedded_postgres.database_url(DATA_DIR)
    names = [f"test_leadbot_{part}_{os.getpid()}" for part in ("product", "providers")]
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield _renamed(server, names[0]), _renamed(server, names[1])
        for name in names:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


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


def test_a_model_books_in_outlook_over_the_cloud_api(
    installation: tuple[Leadbot, Leadbot], windows: Windows, model: Model, api: Api
) -> None:
    _, providers = installation
    phone = open_phone(providers, windows, "Ana Torres")
    assert "asistente" in phone.answer(HELLO, expected="Cuéntame de tu casa")
    phone.answer(ABOUT, expected="Listo, gracias")
    phone.answer(TIMES, expected=worded("slots_button", "es"))
    told = phone.answer(FIRST, expected=worded("confirmed", "es", name=", Ana"))
    phone.expect_all_read()
    assert model.asked.count(FIRST) >= 1

    lead = api.lead("Ana Torres")
    assert lead["stage"] == "meeting"
    assert {key: fact["quote"] for key, fact in api.facts(lead).items()} == {
        answer["key"]: answer["quote"] for answer in ANSWERS
    }
    (meeting,) = api.rows("meetings")
    assert meeting["state"] == "confirmed"
    assert meeting["join_url"].startswith("https://teams.microsoft.com/")
    assert meeting["join_url"] in told
    sent = [row for row in api.messages(lead) if row["direction"] == "outbound"]
    assert {row["state"] for row in sent} == {"read"}
    (event,) = _events(providers, meeting["starts_at"], meeting["ends_at"])
    assert event["onlineMeeting"]["joinUrl"] == meeting["join_url"]
    assert "Ana Torres" in event["subject"]


def test_a_model_that_fails_leaves_the_lead_with_the_guided_agent(
    installation: tuple[Leadbot, Leadbot], windows: Windows, model: Model, api: Api
) -> None:
    _, providers = installation
    phone = open_phone(providers, windows, "Jessica Miller", "en")
    phone.answer("I'm Jessica Miller, I saw your ad", expected="Listo, gracias")
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
    facts = api.facts(api.lead("Jessica Miller"))
    assert {key: fact["value"] for key, fact in facts.items()} == {
        "name": "Jessica Miller",
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


def _renamed(url: str, database: str) -> str:
    return re.sub(r"(://[^/]*/)[^?]*", rf"\g<1>{database}", url)


def _stop(running: list[Leadbot]) -> None:
    """Stop all at once, and see that each ended well."""
    for started in running:
        started.process.send_signal(signal.SIGINT)
    for started in running:
        assert started.process.wait(PATIENCE) == 0, started.text()
