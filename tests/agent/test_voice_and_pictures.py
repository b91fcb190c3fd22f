"""A turn waits for what it answers: words of a voice note, a picture; and not for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from agent import context, patience, runner, wiring
from agent.engines.guided.engine import GuidedEngine
from agent.engines.llm import LlmEngine
from agent.models import AgentRun
from agent.playbook.schema import parse_playbook
from agent.runner import Tools
from agent.tools import pictures
from agent.turn import Answer
from conversations.admin.filters import waiting_for_staff
from conversations.models import Attachment, Conversation, Fact, Message
from conversations.services import inbound, leads, media
from integrations.local_calendar.calendar import LocalCalendar
from integrations.messaging import (
    InboundMessage,
    Media,
    MediaError,
    MediaProblem,
    MessageKind,
    Sender,
    WebhookEvents,
)
from integrations.speech import TranscriptionError
from tests.agent.llm.world import settings_for
from tests.agent.test_runner import ScriptedEngine
from tests.conversations.meeting_rows import make_host
from tests.conversations.rows import NOW, PACE, numbers, write
from tests.conversations.test_media import FakeSource
from tests.fakes.channel import FakeChannel
from tests.fakes.openai_server import FakeOpenAI, fail, say

pytestmark = pytest.mark.django_db

OGG = b"OggS" + b"v" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 100
DUE = NOW + timedelta(seconds=3)
AWAITED = frozenset({"voice", "audio", "image"})
CANNOT = "no puedo escuchar audios"


@dataclass
class Ears:
    """Hears what it is told to."""

    words: str | TranscriptionError = "Soy Ana y pago 3000 de luz"
    heard: list[tuple[bytes, str]] = field(default_factory=list)

    def transcribe(self, audio: IO[bytes], *, mime_type: str, size: int) -> str:
        audio.seek(0)
        self.heard.append((audio.read(), mime_type))
        assert size == len(self.heard[-1][0])
        if isinstance(self.words, TranscriptionError):
            raise self.words
        return self.words


@pytest.fixture(autouse=True)
def folder(media_folder: Path) -> Path:
    return media_folder


def send(kind: MessageKind = MessageKind.VOICE, *, now: datetime = NOW) -> Attachment:
    number = next(numbers)
    message = InboundMessage(
        provider_message_id=f"wamid.file.{number}",
        sender=Sender(phone="5215550101234", profile_name="Ana"),
        kind=kind,
        occurred_at=now,
        media=(Media(str(number), mime_type="audio/ogg; codecs=opus"),),
    )
    inbound.receive(events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=now)
    return Attachment.objects.get(message__provider_message_id=f"wamid.file.{number}")


def fetch(
    row: Attachment, ears: Ears | None, *, body: bytes = OGG, mime_type: str = "audio/ogg"
) -> Attachment:
    source = FakeSource(body, mime_type)
    media.fetch(attachment_id=row.pk, source=source, transcriber=ears, clock=lambda: NOW)
    row.refresh_from_db()
    return row


def run(engine: Any, *, now: datetime, awaited: frozenset[str] = AWAITED) -> None:
    tools = Tools(
        primary=lambda _run, _claim: engine,
        guided=GuidedEngine(),
        calendar=LocalCalendar(),
        channel=FakeChannel(),
        clock=lambda: now,
        awaited=awaited,
    )
    runner.answer(conversation_id=Conversation.objects.get().pk, tools=tools)


def replies() -> list[str]:
    rows = Message.objects.filter(direction="outbound").order_by("number")
    return list(rows.values_list("text", flat=True))


def test_a_voice_note_becomes_words_and_a_fact_quotes_them() -> None:
    ears = Ears()
    row = fetch(send(), ears)
    assert (row.state, row.transcript, ears.heard) == (
        "stored",
        "Soy Ana y pago 3000 de luz",
        [(OGG, "audio/ogg")],
    )

    run(GuidedEngine(), now=DUE)

    facts = {fact.key: (fact.quote, fact.message_id) for fact in Fact.objects.all()}
    assert facts["name"] == ("Soy Ana", row.message_id)
    assert len(replies()) == 1
    assert CANNOT not in replies()[0]
    assert not waiting_for_staff(Conversation.objects.all()).exists()


def test_a_quote_that_nobody_said_is_no_fact() -> None:
    message = fetch(send(), Ears()).message
    results = []

    def invent(_context: Any, toolbox: Any) -> str:
        results.append(
            toolbox.save_answers(
                [
                    Answer("name", "Eva", str(message.pk), "Eva"),
                    Answer("name", "Ana", str(message.pk), "Soy Ana"),
                ]
            )
        )
        return "Hola"

    run(ScriptedEngine(invent), now=DUE)
    assert [fact.quote for fact in Fact.objects.all()] == ["Soy Ana"]


def test_the_turn_waits_for_the_words_and_answers_once() -> None:
    row = send()
    engine = ScriptedEngine()
    run(engine, now=DUE)
    conversation = Conversation.objects.get()
    assert (engine.seen, replies(), AgentRun.objects.count()) == ([], [], 0)
    assert conversation.answer_due_at == DUE + patience.LOOK_AGAIN
    assert conversation.answer_lease_until is None

    fetch(row, Ears())
    for second in range(1, 5):
        run(engine, now=DUE + timedelta(seconds=second))
    assert [message.text for message in engine.seen[0].inbound] == ["Soy Ana y pago 3000 de luz"]
    assert (len(engine.seen), len(replies())) == (1, 1)


def test_it_goes_on_without_them_after_a_while_and_late_words_wake_nobody() -> None:
    row = send()
    run(GuidedEngine(), now=NOW + patience.LONGEST - timedelta(seconds=1))
    assert replies() == []
    run(GuidedEngine(), now=NOW + patience.LONGEST)
    assert CANNOT in replies()[0]

    fetch(row, Ears())
    run(GuidedEngine(), now=NOW + timedelta(seconds=30))
    assert len(replies()) == 1
    write("¿Me escuchaste?", now=NOW + timedelta(seconds=40))
    engine = ScriptedEngine()
    run(engine, now=NOW + timedelta(seconds=44))
    assert "Soy Ana y pago 3000 de luz" in [line.text for line in engine.seen[0].history]


def test_nobody_waits_for_a_file_that_failed_or_whose_words_nobody_makes() -> None:
    row = send()
    gone = MediaError("HTTP 500", problem=MediaProblem.UNREACHABLE)
    media.fetch(attachment_id=row.pk, source=FakeSource(error=gone), clock=lambda: NOW)
    engine = ScriptedEngine()
    run(engine, now=DUE)
    assert len(engine.seen) == 1
    send(now=DUE)
    run(engine, now=DUE + timedelta(seconds=4), awaited=frozenset())
    assert len(engine.seen) == 2


def test_who_is_not_heard_is_told_and_staff_are_asked_to_listen() -> None:
    row = fetch(send(), Ears(TranscriptionError("HTTP 500")))
    assert (row.state, row.transcript) == ("stored", "")

    run(GuidedEngine(), now=DUE)

    conversation = Conversation.objects.get()
    assert CANNOT in replies()[0]
    assert (conversation.mode, conversation.handoff_reason) == ("bot", "unheard")
    assert list(waiting_for_staff(Conversation.objects.all())) == [conversation]
    leads.mark_read(conversation_id=conversation.pk)
    assert not waiting_for_staff(Conversation.objects.all()).exists()
    conversation.refresh_from_db()
    assert (conversation.handoff_reason, conversation.unread_count) == ("", 0)


def test_a_second_voice_note_brings_a_person() -> None:
    fetch(send(), None)
    run(GuidedEngine(), now=DUE)
    fetch(send(now=NOW + timedelta(minutes=1)), None)
    run(GuidedEngine(), now=NOW + timedelta(minutes=2))
    assert "una persona del equipo" in replies()[1]
    assert Conversation.objects.get().mode == "staff"


def test_a_voice_note_beside_text_is_not_passed_over() -> None:
    fetch(send(), None)
    write("Soy Ana", now=NOW)
    run(GuidedEngine(), now=DUE)
    assert "Tu audio" in replies()[0]
    assert Fact.objects.get(key="name").value == "Ana"


def test_of_a_lead_who_floods_no_more_is_listened_to_than_the_model_is_asked(
    settings: Settings,
) -> None:
    settings.AGENT_MODEL_CALLS_PER_HOUR, settings.AGENT_MODEL_CALLS_PER_DAY = 2, 3
    ears = Ears()
    times = [NOW + timedelta(minutes=minute) for minute in (0, 1, 2, 70, 140)]
    kept = [fetch(send(now=at), ears) for at in times]
    assert [bool(row.transcript) for row in kept] == [True, True, False, False, False]
    assert len(ears.heard) == 2
    assert {row.state for row in kept} == {"stored"}


def test_a_song_is_no_speech() -> None:
    ears = Ears()
    assert fetch(send(MessageKind.DOCUMENT), ears).state == "stored"
    assert fetch(send(), ears, body=b"<script>").transcript == ""
    assert ears.heard == []


# --- the model ---


def llm(server: FakeOpenAI, *, sees: bool, responses: bool = False) -> LlmEngine:
    settings = settings_for(server.url, responses=responses)
    return LlmEngine(settings, None, pictures.read if sees else None)


def parts(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    lines = request.get("messages") or request["input"]
    content = lines[-1]["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


REPLY = "Soy el asistente virtual. ¿Qué se ve en tu foto?"


@pytest.mark.parametrize("responses", [False, True])
def test_the_model_sees_the_pictures_of_this_turn_and_nothing_keeps_them(
    responses: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    row = send(MessageKind.IMAGE)
    with FakeOpenAI([say(REPLY)]) as server:
        engine = llm(server, sees=True, responses=responses)
        run(engine, now=DUE)
        assert len(server.requests) == 0
        fetch(row, None, body=PNG)
        run(engine, now=DUE + timedelta(seconds=1))
        (request,) = server.requests
    shown = [part for part in parts(request) if "image" in part["type"]]
    encoded = "iVBORw0KGgpwcHBw"
    assert len(shown) == 1
    assert f"data:image/png;base64,{encoded}" in str(shown[0])
    stored = AgentRun.objects.get()
    assert str(row.pk) in str(stored.context)
    assert encoded not in str(stored.context) + str(stored.decision) + caplog.text
    assert len(replies()) == 1


def test_the_last_three_that_fit_are_shown() -> None:
    big = fetch(send(MessageKind.IMAGE), None, body=PNG)
    Attachment.objects.filter(pk=big.pk).update(size=pictures.MAX_BYTES + 1)
    fetch(send(MessageKind.IMAGE), None, body=b"GIF89a" + b"g" * 50)
    for _each in range(3):
        last = fetch(send(MessageKind.IMAGE), None, body=PNG)
    default_storage.delete(str(last.file.name))
    with FakeOpenAI([say(REPLY)]) as server:
        run(llm(server, sees=True), now=DUE)
        content = parts(server.requests[0])
    assert [part["type"] for part in content] == ["text", "image_url", "image_url"]
    assert content[0]["text"].count("picture of this message is attached") == 2


def test_a_model_that_takes_no_pictures_gets_none() -> None:
    fetch(send(MessageKind.IMAGE), None, body=PNG)
    with FakeOpenAI([say(REPLY)]) as server:
        run(llm(server, sees=False), now=DUE)
        (content,) = parts(server.requests[0])
    assert "attached" not in content["text"]


def test_only_voice_needs_no_model() -> None:
    fetch(send(), None)
    with FakeOpenAI([fail(500)]) as server:
        run(llm(server, sees=False), now=DUE)
        fetch(send(now=DUE), None)
        run(llm(server, sees=False), now=DUE + timedelta(seconds=4))
        fetch(send(now=NOW + timedelta(minutes=1)), None)
        run(llm(server, sees=False), now=NOW + timedelta(minutes=2))
        assert server.requests == []
    assert CANNOT in replies()[0]
    assert "Este también" in replies()[1]
    assert "una persona del equipo" in replies()[2]
    assert Conversation.objects.get().mode == "staff"


def test_what_is_waited_for_is_what_is_used(settings: Settings) -> None:
    make_host()
    assert wiring.tools().awaited == frozenset()
    settings.OPENAI_VISION = True
    assert wiring.tools().awaited == frozenset()
    settings.OPENAI_TRANSCRIPTION_MODEL = "gpt-transcribe"
    assert wiring.tools().awaited == {"voice", "audio"}
    settings.AGENT_ENGINE = "llm"
    assert wiring.tools().awaited == {"voice", "audio", "image"}


def test_a_context_stored_before_pictures_is_still_read() -> None:
    write("Hola")
    run(ScriptedEngine(), now=DUE)
    stored = AgentRun.objects.get()
    for message in stored.context["inbound"]:
        message.pop("images")
    loaded = context.load(stored.context, parse_playbook(stored.playbook_version.content))
    assert [message.images for message in loaded.inbound] == [()]
