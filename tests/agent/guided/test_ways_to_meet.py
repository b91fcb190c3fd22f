"""How a meeting takes place is said, and said truly: a link only where there is one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent import wording
from agent.turn import Language, MeetingView
from integrations.local_calendar.calendar import LocalCalendar
from tests.agent.guided.chat import NOW, PLAYBOOK, Chat, qualified
from tests.agent.guided.stage import Stage, make_salesperson
from tests.fakes.calendar import FakeCalendar

NOTES: dict[Language, str] = {
    "es": "💬 A esa hora el asesor te escribe por este chat.",
    "en": "💬 The advisor will write to you in this chat at that time.",
}
ASKS: list[tuple[Language, str]] = [
    ("es", "¿es por teléfono o videollamada?"),
    ("es", "oye y es llamada por teléfono o videollamada?"),
    ("es", "¿la cita es por zoom?"),
    ("en", "is it by phone or video call?"),
    ("en", "is it a video call or a phone call?"),
]
ANSWERS: dict[bool, dict[Language, str]] = {
    False: {"es": "el asesor te escribe por este chat", "en": "writes to you in this chat"},
    True: {"es": "es una videollamada", "en": "is a video call"},
}


@pytest.mark.parametrize("invited", [False, True])
@pytest.mark.parametrize(("language", "question"), ASKS)
def test_who_asks_is_told(language: Language, question: str, invited: bool) -> None:
    playbook = PLAYBOOK.with_invitations() if invited else PLAYBOOK
    for chat in (Chat(language=language, playbook=playbook), qualified(language)):
        chat.playbook = playbook
        chat.say("hola" if language == "es" else "hi")
        assert ANSWERS[invited][language] in chat.say(question)
        assert chat.box.handed_off is None


@pytest.mark.parametrize(("language", "question"), ASKS)
def test_who_has_a_meeting_is_told_too(language: Language, question: str) -> None:
    chat = qualified(language)
    said = chat.tap(chat.options[0])
    assert NOTES[language] in said
    assert ANSWERS[False][language] in chat.say(question)


def test_nobody_is_promised_a_video_call_without_a_link() -> None:
    said = [text for topic in PLAYBOOK.topics for text in topic.answer.values()]
    said += [text for texts in wording.TEXTS.values() for text in texts.values()]
    linked = set(wording.TEXTS["meeting_link"].values())
    names = ("videollamada", "video call", "videochamada")
    promised = [text for text in said if any(name in text for name in names)]
    assert set(promised) == linked


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_link_says_what_it_is_for(language: Language) -> None:
    url = "https://teams.example/1"
    meeting = MeetingView(
        NOW, NOW + timedelta(minutes=30), "America/Mexico_City", "Laura", True, url
    )
    said = wording.confirmation(meeting, language, note=PLAYBOOK.meeting_note)
    assert ("videollamada: " if language == "es" else "video call: ") + url in said
    assert NOTES[language] not in said


def test_what_is_not_confirmed_promises_nothing() -> None:
    meeting = MeetingView(NOW, NOW, "America/Mexico_City", "Laura", confirmed=False)
    assert NOTES["es"] not in wording.confirmation(meeting, "es", note=PLAYBOOK.meeting_note)


@pytest.mark.django_db
@pytest.mark.parametrize("linked", [False, True])
def test_the_confirmation_follows_the_calendar(linked: bool) -> None:
    make_salesperson()
    stage = Stage(calendar=FakeCalendar() if linked else LocalCalendar())
    stage.say("Hola, soy Ana, es para mi casa en Puebla, pago 3000 de luz y me urge")
    stage.say("no")
    said = stage.tap(next(iter(stage.options)))
    assert ("https://meet.example.com/" in said) is linked
    assert (NOTES["es"] in said) is not linked
