"""The guided flow over the whole stack: rows, gates, facts; and the transcripts in the docs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.models import AgentStep
from conversations.models import Conversation
from integrations.messaging import MessageKind
from tests.agent.guided.stage import Stage, make_salesperson

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).parents[3] / "docs" / "conversation-examples.md"
INTRO = """# Three conversations

The guided flow (`AGENT_ENGINE=guided`) with the default playbook, as `tests/agent/guided/test_stage.py`
plays them through services, runner and gates. That test compares this page with what is said; after
a change of wording, write it anew with `WRITE_EXAMPLES=1 pytest tests/agent/guided/test_stage.py`.
`Grey` boxes are buttons and list rows.
"""
# The link to the file for a calendar holds a signature.
SIGNED = re.compile(r"/m/\S+?\.ics")


@pytest.fixture
def stage() -> Stage:
    make_salesperson()
    return Stage()


def play_spanish(stage: Stage) -> None:
    stage.say("Hola, vi su anuncio")
    stage.say("Soy Ana, es para mi casa en Puebla y pago como mil quinientos al mes")
    stage.tap("Lo antes posible")
    stage.say("¿y cuánto cuesta?")
    stage.say("prefiero no dar mi correo")
    stage.say("mañana por la tarde")
    stage.tap("jue 26 nov, 16:00")
    stage.say("gracias!!")


def play_english(stage: Stage) -> None:
    stage.say("Hi, saw your ad. How much is it?")
    stage.say("Mike, and it's for my restaurant in Playa del Carmen")
    stage.say("around two grand")
    stage.say("in a couple of months")
    stage.say("mike@example.com")
    stage.say("do you have next Tuesday at 5pm?")
    stage.tap("Yes, book it")
    stage.say("are you a robot?")


def play_change(stage: Stage) -> None:
    stage.say("Hola, soy Luis, es para mi negocio en León, pago 8 mil de luz y me urge")
    stage.say("luis@example.com")
    stage.say("el viernes a las 12")
    stage.say("oye me surgió algo, ¿la podemos cambiar para el lunes en la tarde?")
    stage.say("a las 5")
    stage.say("siempre no voy a poder, cancela mi cita porfa")
    stage.tap("Sí, cancelar")


PLAYS: dict[str, Callable[[Stage], None]] = {
    "In Spanish": play_spanish,
    "In English": play_english,
    "A meeting moved and cancelled": play_change,
}


@pytest.fixture
def plays() -> dict[str, Stage]:
    """Each of them played to its end."""
    make_salesperson()
    stages = {title: Stage(phone=f"521555010{n:04d}") for n, title in enumerate(PLAYS)}
    for title, play in PLAYS.items():
        play(stages[title])
    return stages


def test_the_examples_are_what_is_said_and_leave_what_they_say(plays: dict[str, Stage]) -> None:
    chapters = (f"\n## {title}\n\n{stage.transcript}\n" for title, stage in plays.items())
    said = SIGNED.sub("/m/….ics", INTRO + "".join(chapters))
    if os.environ.get("WRITE_EXAMPLES"):
        EXAMPLES.write_text(said, encoding="utf-8")
    assert EXAMPLES.read_text(encoding="utf-8") == said
    assert not AgentStep.objects.filter(kind="gate", result__passed=False).exists()
    qualified_and_booked(plays["In Spanish"])
    moved_and_cancelled(plays["A meeting moved and cancelled"])


def qualified_and_booked(stage: Stage) -> None:
    assert stage.facts == {
        "name": "Ana",
        "need": "home",
        "city": "Puebla",
        "bill": 1500,
        "timing": "now",
    }
    lead = stage.conversation.lead
    meeting = lead.meetings.get()
    assert (meeting.state, f"{meeting.during.lower:%d %H:%M}") == ("confirmed", "26 22:00")
    assert lead.stage == "meeting"


def moved_and_cancelled(stage: Stage) -> None:
    meetings = stage.conversation.lead.meetings
    assert not meetings.filter(state="confirmed").exists()
    assert meetings.filter(cancelled_by="lead").count() == 1
    assert stage.conversation.mode == "bot"


def test_a_slot_taken_meanwhile_is_said_and_others_are_offered(stage: Stage) -> None:
    other = Stage(phone="5215550109999")
    for lead in (stage, other):
        lead.say("Hola, soy Ana, es para mi casa en Puebla, pago 3000 de luz y me urge")
        lead.say("no")
    row = next(iter(stage.options))
    other.tap(row)
    assert "confirmada" in other.said[0].text
    said = stage.tap(row)
    assert "acaban de ocupar esa hora" in said
    assert stage.options
    assert row not in stage.options


NAME = ("¿Cómo te llamas?", "¿me dices tu nombre para saber con quién hablo?")
KINDS = [MessageKind.AUDIO, MessageKind.IMAGE, MessageKind.STICKER, MessageKind.LOCATION]


def test_one_message_answers_each_turn_whatever_is_sent(stage: Stage) -> None:
    stage.say("hola")
    asked = 1
    for kind in KINDS:
        stage.say("", kind=kind)
        assert len(stage.said) == 1
        asked += stage.said[0].text.endswith(NAME)
    assert asked == 2
    for words in ("👍", "👍", "...", "hola", "hola"):
        stage.say(words)
        assert len(stage.said) == 1
    assert Conversation.objects.get().mode == "bot"


def test_a_corrected_email_passes_the_gates(stage: Stage) -> None:
    stage.say("Hola, soy Ana, es para mi casa en Puebla, pago 3000 de luz y me urge")
    stage.say("ana@gmial.com")
    stage.say("perdón, es ana@gmail.com")
    assert stage.facts["email"] == "ana@gmail.com"
    assert stage.options
    assert Conversation.objects.get().mode == "bot"
