"""Rows that several tests start from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from conversations.models import Conversation, Identity, Lead, Message, User
from conversations.services import inbound
from integrations.messaging import InboundMessage, MessageKind, Sender, WebhookEvents
from integrations.whatsapp.phones import canonical_phone

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
PACE = inbound.Pace(timedelta(seconds=3))
numbers = count(1)


def make_conversation(*, now: datetime = NOW, phone: str = "5215550101234") -> Conversation:
    """A lead who wrote just now and was answered."""
    number = canonical_phone(phone)
    assert number is not None
    lead = Lead.objects.create(profile_name="Ana", phone_number=number, created_at=now)
    Identity.objects.create(lead=lead, kind="phone", value=number, address=phone, created_at=now)
    return Conversation.objects.create(
        lead=lead,
        last_inbound_at=now,
        window_expires_at=now + timedelta(hours=24),
        last_message_at=now,
        created_at=now,
    )


def queue_bot_message(conversation: Conversation, text: str, *, now: datetime = NOW) -> Message:
    """A message of the agent that waits to leave."""
    return Message.objects.create(
        conversation=conversation,
        direction="outbound",
        author="bot",
        text=text,
        state="queued",
        turn_id=uuid4(),
        turn_index=0,
        epoch=conversation.epoch,
        send_token=uuid4(),
        occurred_at=now,
        created_at=now,
    )


def write(
    text: str,
    *,
    phone: str = "5215550101234",
    now: datetime = NOW,
    at: datetime | None = None,
    wamid: str = "",
    kind: MessageKind = MessageKind.TEXT,
    reply_id: str = "",
    profile_name: str = "Ana",
) -> None:
    """The lead writes: through the same service as the webhook."""
    message = InboundMessage(
        provider_message_id=wamid or f"wamid.in.{next(numbers)}",
        sender=Sender(phone=phone, profile_name=profile_name),
        kind=kind,
        occurred_at=at or now,
        text=text,
        reply_id=reply_id,
    )
    inbound.receive(events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=now)


def make_staff(username: str = "luis") -> User:
    """A colleague."""
    return User.objects.create_user(username, password=str(uuid4()), is_staff=True)
