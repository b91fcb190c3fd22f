"""The number that a lead last wrote from, and words that come late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.models import Conversation, Message
from conversations.services import inbound
from integrations.messaging import InboundMessage, MessageKind, Sender, WebhookEvents
from tests.conversations.rows import NOW, PACE, queue_bot_message, write
from tests.conversations.sending import run
from tests.conversations.test_outbox import FIRST, SECOND, change_number
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db


def sent_to(text: str) -> str | None:
    conversation = Conversation.objects.get()
    queue_bot_message(conversation, text)
    channel = FakeChannel()
    run(conversation, channel)
    return channel.sent[0].to.phone


def test_who_writes_from_their_old_number_again_is_written_to_there() -> None:
    write("Hola", phone=FIRST)
    change_number(FIRST, SECOND, "wamid.away")
    assert sent_to("uno") == SECOND
    later = NOW + timedelta(hours=1)
    write("Volví", phone=FIRST, now=later)
    assert sent_to("dos") == FIRST
    # What was written before and comes late moves nothing back.
    write("De antes", phone=SECOND, at=NOW + timedelta(minutes=5), now=later)
    assert sent_to("tres") == FIRST


def test_a_number_taken_back_counts_from_the_change_on() -> None:
    write("Hola", phone=FIRST)
    change_number(FIRST, SECOND, "wamid.away")
    change_number(SECOND, FIRST, "wamid.back", at=NOW + timedelta(minutes=20))
    assert sent_to("uno") == FIRST
    write("De antes", phone=SECOND, at=NOW + timedelta(minutes=5), now=NOW + timedelta(hours=1))
    assert sent_to("dos") == FIRST


def test_words_after_a_late_stop_in_one_post_are_answered() -> None:
    write("ALTA", at=NOW, now=NOW)
    early, late = NOW - timedelta(minutes=5), NOW + timedelta(minutes=1)
    said = tuple(
        InboundMessage(f"wamid.{text}", Sender(phone=FIRST), MessageKind.TEXT, at, text=text)
        for text, at in (("BAJA", early), ("¿Siguen ahí?", late))
    )
    inbound.receive(events=WebhookEvents(messages=said), body=b"{}", pace=PACE, now=late)
    assert Message.objects.get(text="¿Siguen ahí?").state == "received"
