"""Messages that WhatsApp brings a day late or more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.models import Conversation, Message
from conversations.services import inbound
from integrations.messaging import InboundMessage, MessageKind, Sender, WebhookEvents
from tests.conversations.rows import NOW, PACE, make_conversation, write

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def talk() -> tuple[str, str]:
    conversation = Conversation.objects.get()
    return conversation.mode, conversation.handoff_reason


def states() -> list[str]:
    return list(Message.objects.order_by("number").values_list("state", flat=True))


def test_a_late_message_is_answered_while_the_window_of_a_newer_one_is_open() -> None:
    conversation = make_conversation()
    write("¿Cuánto cuesta?", at=NOW - DAY, now=NOW + DAY - HOUR)
    assert (talk(), states()) == (("bot", ""), ["received"])
    conversation.refresh_from_db()
    assert conversation.answer_due_at == NOW + DAY - HOUR + PACE.after_last
    assert conversation.window_expires_at == NOW + DAY


def test_a_late_message_goes_to_staff_once_the_window_is_closed() -> None:
    make_conversation()
    write("¿Cuánto cuesta?", at=NOW - DAY, now=NOW + DAY)
    assert (talk(), states()) == (("staff", "window_closed"), ["handled"])


def test_a_window_that_whatsapp_closed_early_is_closed_for_late_messages() -> None:
    make_conversation()
    Conversation.objects.update(window_expires_at=NOW)
    write("¿Cuánto cuesta?", at=NOW - DAY, now=NOW + HOUR)
    assert (talk(), states()) == (("staff", "window_closed"), ["handled"])


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("opens_window", "expected"),
    [(True, (("bot", ""), "received")), (False, (("staff", "window_closed"), "handled"))],
)
def test_within_one_post_the_newest_one_that_opens_a_window_counts(
    order: int, opens_window: bool, expected: tuple[tuple[str, str], str]
) -> None:
    late, fresh = (
        InboundMessage(
            provider_message_id=f"wamid.{at}",
            sender=Sender(phone="5215550101234"),
            kind=MessageKind.TEXT,
            occurred_at=at,
            text="Hola",
            starts_turn=not opens_window or at == NOW - DAY,
            opens_window=opens_window,
        )
        for at in (NOW - DAY, NOW - HOUR)
    )
    events = WebhookEvents(messages=(late, fresh)[::order])
    inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)
    state = Message.objects.get(provider_message_id=late.provider_message_id).state
    assert (talk(), state) == expected
