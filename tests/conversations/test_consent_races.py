"""A stop, or the end of the window, against a send: real threads, real connections."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection

from conversations.models import Conversation, Lead, Message
from conversations.services import delivery, lanes
from integrations.messaging import OutboundMessage
from tests.conversations.rows import NOW, make_conversation, queue_bot_message, write
from tests.conversations.sending import GRACE, run, states
from tests.conversations.test_lane_races import lock, meanwhile
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db(transaction=True)


def claimed(conversation: Conversation) -> lanes.Claim:
    claim = lanes.claim(conversation_id=conversation.pk, lane="deliver", now=NOW)
    assert claim is not None
    return claim


def drain(claim: lanes.Claim, channel: FakeChannel) -> None:
    delivery._drain(claim, channel, GRACE, lambda: NOW, uploads=True)


def close(conversation: Conversation) -> None:
    """What a failed status with 131047 does: the conversation is locked, its window ends."""
    lock(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(window_expires_at=NOW)


def test_a_window_that_closes_while_a_claimed_send_waits_for_the_row_stops_it() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    claim, channel = claimed(conversation), FakeChannel()
    with meanwhile(lambda: close(conversation)):
        drain(claim, channel)
    message = Message.objects.get()
    assert channel.sent == []
    assert (message.state, message.error_code) == ("failed", 131047)
    conversation.refresh_from_db()
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "window_closed")


def test_a_window_that_ends_between_queue_and_send_stops_all_that_waits() -> None:
    conversation = make_conversation()
    for text in ("uno", "dos"):
        queue_bot_message(conversation, text)
    channel = FakeChannel()
    run(conversation, channel, now=NOW + timedelta(hours=24))
    assert channel.sent == []
    assert set(states(conversation)) <= {"failed", "cancelled"}


def test_a_stop_while_a_claimed_send_waits_for_the_row_stops_all_that_waits() -> None:
    conversation = make_conversation()
    for text in ("uno", "dos"):
        queue_bot_message(conversation, text)
    claim, channel = claimed(conversation), FakeChannel()
    with meanwhile(lambda: write("Ya no me escriban, por favor")):
        drain(claim, channel)
    assert channel.sent == []
    assert states(conversation) == ["cancelled", "cancelled", "handled"]


class StopMeanwhile(FakeChannel):
    """While it sends, the lead's stop comes in at the webhook and is stored."""

    def send(self, message: OutboundMessage) -> str:
        def stop() -> None:
            write("BAJA")
            connection.close()

        if not self.sent:
            thread = Thread(target=stop)
            thread.start()
            thread.join()
        return super().send(message)


def test_a_stop_during_a_send_lets_nothing_follow_and_a_resume_sends_nothing_old() -> None:
    conversation = make_conversation()
    for text in ("uno", "dos", "tres"):
        queue_bot_message(conversation, text)
    channel = StopMeanwhile()
    run(conversation, channel)
    # The first had left this machine before the stop was stored: WhatsApp takes nothing back.
    assert [each.text for each in channel.sent] == ["uno"]
    assert states(conversation) == ["sent", "cancelled", "cancelled", "handled"]
    write("ALTA", now=NOW + timedelta(minutes=1))
    assert Lead.objects.get().opted_out_at is None
    run(conversation, channel, now=NOW + timedelta(minutes=1))
    assert len(channel.sent) == 1
    queue_bot_message(conversation, "cuatro")
    run(conversation, channel, now=NOW + timedelta(minutes=2))
    assert [each.text for each in channel.sent] == ["uno", "cuatro"]
