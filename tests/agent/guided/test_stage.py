"""The guided flow over the whole stack: rows, gates, facts; and the transcripts in the docs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.models import AgentStep
from conversations.models import Conversation, Lead, Meeting
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


def chapter(title: str) -> str:
    stage = Stage(phone=f"521555010{list(PLAYS).index(title):04d}")
    PLAYS[title](stage)
    return f"\n## {title}\n\n{stage.transcript}\n"


def test_the_examples_are_what_is_said() -> None:
    make_salesperson()
    said = INTRO + "".join(map(chapter, PLAYS))
    if os.environ.get("WRITE_EXAMPLES"):
        EXAMPLES.write_text(said, encoding="utf-8")
    assert EXAMPLES.read_text(encoding="utf-8") == said
    assert not AgentStep.objects.filter(kind="gate", result__passed=False).exists()


def test_the_spanish_lead_is_qualified_and_booked(stage: Stage) -> None:
    play_spanish(stage)
    assert stage.facts == {
        "name": "Ana",
        "need": "home",
        "city": "Puebla",
        "bill": 1500,
        "timing": "now",
    }
    meeting = Meeting.objects.get()
    assert (meeting.state, f"{meeting.during.lower:%d %H:%M}") == ("confirmed", "26 22:00")
    assert Lead.objects.get().stage == "meeting"


def test_a_change_and_a_cancellation_leave_no_meeting(stage: Stage) -> None:
    play_change(stage)
    assert not Meeting.objects.filter(state="confirmed").exists()
    assert Meeting.objects.filter(cancelled_by="lead").count() == 1
    assert Conversation.objects.get().mode == "bot"


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
