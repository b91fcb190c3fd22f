"""What may leave, in which order, to which number, and how what cannot leave comes to an end."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import translation

from conversations.models import Conversation, Lead, Message
from conversations.problem_words import problem_of
from conversations.services import delivery, handoff, inbound, outbound, sweeping
from integrations.messaging import (
    Echo,
    IdentityChange,
    InboundMessage,
    MessageKind,
    Sender,
    SendError,
    SendScope,
    SendVerdict,
    WebhookEvents,
)
from integrations.models import ChannelState, WebhookDelivery
from tests.conversations.rows import (
    NOW,
    PACE,
    make_conversation,
    make_staff,
    queue_bot_message,
    write,
)
from tests.conversations.sending import GRACE, UNKNOWN, hints, run, states
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db

ACCOUNT = SendError(
    "may not do this", verdict=SendVerdict.FAILED, scope=SendScope.ACCOUNT, code=200
)
FIRST, SECOND = "5215550101234", "5215550107777"


def later(**time: float) -> datetime:
    return NOW + timedelta(**time)


def change_number(old: str, new: str, wamid: str, *, at: datetime = NOW) -> None:
    ids = IdentityChange(previous=Sender(phone=old), current=Sender(phone=new))
    message = InboundMessage(
        wamid, Sender(phone=old), MessageKind.SYSTEM, at, identity_change=ids, starts_turn=False
    )
    inbound.receive(events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=at)


def test_who_has_their_old_number_again_is_written_to_there() -> None:
    write("Hola", phone=FIRST)
    change_number(FIRST, SECOND, "wamid.away")
    conversation = Conversation.objects.get()
    channel = FakeChannel()
    queue_bot_message(conversation, "uno")
    run(conversation, channel)
    change_number(SECOND, FIRST, "wamid.back")
    queue_bot_message(conversation, "dos")
    run(conversation, channel)
    assert [each.to.phone for each in channel.sent] == [SECOND, FIRST]


def told(message: Message) -> str:
    """What staff read about it."""
    with translation.override("en"):
        problem = problem_of(message)
    return problem.what if problem else ""


def staff_answers(conversation: Conversation, text: str, *, now: datetime = NOW) -> None:
    outbound.queue_staff_message(
        conversation_id=conversation.pk,
        staff=make_staff(f"luis{Message.objects.count()}"),
        text=text,
        now=now,
    )


def test_staff_do_not_wait_for_an_unclear_send_of_the_agent() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    run(conversation, FakeChannel([UNKNOWN]))
    staff_answers(conversation, "Soy Luis")
    channel = FakeChannel()
    run(conversation, channel, now=later(seconds=2))
    assert (channel.texts, states(conversation)) == (["Soy Luis"], ["unknown", "sent"])
    # No webhook comes, so no receipt will: it ends all the same, and is not sent again.
    run(conversation, channel, now=later(seconds=61))
    assert (channel.texts, states(conversation)) == (["Soy Luis"], ["cancelled", "sent"])
    assert "may have arrived" in told(conversation.messages.order_by("number")[0])


def test_staff_do_not_wait_for_an_unclear_send_that_may_be_sent_again() -> None:
    conversation = make_conversation()
    outbound.queue_system_message(conversation_id=conversation.pk, text="Tu cita", now=NOW)
    run(conversation, FakeChannel([UNKNOWN]))
    staff_answers(conversation, "Soy Luis")
    channel = FakeChannel()
    run(conversation, channel, now=later(minutes=5))
    assert (channel.texts, states(conversation)) == (["Soy Luis"], ["unknown", "sent"])


def test_the_words_of_one_colleague_keep_their_order() -> None:
    conversation = make_conversation()
    staff_answers(conversation, "uno")
    staff_answers(conversation, "dos")
    channel = FakeChannel([UNKNOWN])
    run(conversation, channel)
    assert (channel.texts, states(conversation)) == ([], ["unknown", "queued"])


def test_an_unclear_send_ends_with_the_window_though_no_receipt_could_reach_us() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    run(conversation, FakeChannel([UNKNOWN]))
    run(conversation, FakeChannel(), now=later(hours=24))
    conversation.refresh_from_db()
    assert states(conversation) == ["failed"]
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "window_closed")


def test_what_account_trouble_holds_ends_with_its_window_and_staff_hear_of_it() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    other = make_conversation(phone=SECOND, now=later(hours=-23))
    queue_bot_message(other, "dos")
    run(conversation, FakeChannel([ACCOUNT]))
    assert sweeping.sweep(now=later(seconds=30)) == (0, 0)
    ChannelState.objects.filter(channel="whatsapp").update(paused_until=later(hours=2))
    assert sweeping.sweep(now=later(hours=1)) == (0, 1)
    run(other, FakeChannel(), now=later(hours=1))
    other.refresh_from_db()
    assert (states(other), states(conversation)) == (["failed"], ["queued"])
    assert (other.mode, other.handoff_reason) == ("staff", "window_closed")
    assert sweeping.sweep(now=later(hours=1)) == (0, 0)


def test_one_message_that_meets_account_trouble_alone_does_not_hold_everybody_for_ever() -> None:
    bad = make_conversation()
    queue_bot_message(bad, "malo")
    good = make_conversation(phone=SECOND)
    for minute in range(0, 24, 4):
        run(bad, FakeChannel([ACCOUNT]), now=later(minutes=minute))
        bad.refresh_from_db()
        until = ChannelState.objects.get(channel="whatsapp").paused_until
        # Whoever else waits goes first once the pause is over.
        assert bad.deliver_after is not None
        assert until is not None
        assert bad.deliver_after > until
        queue_bot_message(good, "bueno")
        channel = FakeChannel()
        run(good, channel, now=later(minutes=minute + 3))
        assert channel.texts == ["bueno"]
    assert (states(bad), bad.handoff_reason) == (["failed"], "send_failed")


def test_trouble_that_everybody_meets_is_nobodys_failure() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    for minute in range(0, 50, 5):
        run(conversation, FakeChannel([ACCOUNT]), now=later(minutes=minute))
    message.refresh_from_db()
    assert (message.state, message.failures, message.attempt) == ("queued", 0, 10)


@pytest.mark.parametrize(
    "broken", [{"content": {"options": ["x"]}}, {"content": {"options": 5}}, {"kind": "smell"}]
)
def test_a_message_that_cannot_be_read_fails_and_frees_what_follows(broken: Any) -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    Message.objects.filter(pk=message.pk).update(**broken)
    queue_bot_message(conversation, "dos")
    channel = FakeChannel()
    run(conversation, channel)
    conversation.refresh_from_db()
    assert (channel.texts, states(conversation)) == (["dos"], ["failed", "sent"])
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "send_failed")


def test_a_colleague_in_the_app_stops_the_last_words_of_a_hand_off() -> None:
    write("Hola", phone=FIRST)
    conversation = Conversation.objects.get()
    queue_bot_message(conversation, "Te paso con una persona")
    handoff.hand_off(conversation_id=conversation.pk, reason=handoff.HandoffReason.ASKED, now=NOW)
    said = InboundMessage("wamid.echo", Sender(), MessageKind.TEXT, NOW, text="Hola, soy Luis")
    events = WebhookEvents(echoes=(Echo(message=said, recipient=Sender(phone=FIRST)),))
    inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)
    channel = FakeChannel()
    run(conversation, channel)
    assert (channel.sent, states(conversation)) == ([], ["handled", "cancelled", "sent"])
    conversation.refresh_from_db()
    assert conversation.handoff_reason == "asked"


def test_a_discarded_unclear_send_still_says_that_it_may_have_arrived() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    run(conversation, FakeChannel([UNKNOWN]))
    outbound.discard_message(message_id=message.pk, staff=make_staff())
    message.refresh_from_db()
    assert "may have arrived" in told(message)
    never = queue_bot_message(conversation, "dos")
    outbound.discard_message(message_id=never.pk, staff=make_staff("eva"))
    never.refresh_from_db()
    assert "before it left" in told(never)


def test_a_resend_after_the_grace_time_needs_a_webhook_that_receives() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    run(conversation, FakeChannel([UNKNOWN]))
    channel = FakeChannel()
    run(conversation, channel, now=later(minutes=2))
    assert channel.sent == []
    WebhookDelivery.objects.create(body=b"{}", state="processed", received_at=later(minutes=2))
    run(conversation, channel, now=later(minutes=3))
    assert channel.texts == ["uno"]
    assert Lead.objects.get().opted_out_at is None


def test_a_long_outbox_leaves_in_several_runs() -> None:
    conversation = make_conversation()
    for text in ("uno", "dos", "tres"):
        queue_bot_message(conversation, text)
    channel, seconds = FakeChannel(), count()
    for _run in range(8):
        delivery.deliver(
            conversation_id=conversation.pk,
            channel=channel,
            grace=GRACE,
            clock=lambda: later(seconds=3 * next(seconds)),
        )
        if len(channel.sent) == 1:
            assert hints() == 1  # what is left has a hint of its own
    assert channel.texts == ["uno", "dos", "tres"]
