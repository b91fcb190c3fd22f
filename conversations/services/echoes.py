"""What a human of ours sent from the WhatsApp app: stored as theirs, and the bot steps back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F

from conversations.models import (
    Author,
    Conversation,
    Direction,
    HandoffReason,
    Message,
    Mode,
    State,
)
from conversations.models.ids import uuid7
from conversations.services.contacts import Contact
from integrations.messaging import InboundMessage, MessageKind


def store(echoed: Sequence[tuple[Contact, InboundMessage]], *, now: datetime) -> None:
    """Keep the messages and hand their conversations to staff. A few queries, however many.

    One that comes again changes nothing: the conversation may be the agent's again by now.
    """
    echoed = _unknown(echoed)
    if not echoed:
        return
    Message.objects.bulk_create(
        [_row(contact, message, now) for contact, message in echoed], ignore_conflicts=True
    )
    revoked = [m.target_message_id for _c, m in echoed if m.kind == MessageKind.REVOKE]
    if revoked:
        Message.objects.filter(
            provider_message_id__in=revoked, direction=Direction.OUTBOUND
        ).update(revoked_at=now)
    _step_back({contact.conversation_id for contact, _message in echoed}, now)


def _unknown(
    echoed: Sequence[tuple[Contact, InboundMessage]],
) -> Sequence[tuple[Contact, InboundMessage]]:
    if not echoed:
        return ()
    ids = [message.provider_message_id for _contact, message in echoed]
    stored = Message.objects.filter(provider_message_id__in=ids)
    known = set(stored.values_list("provider_message_id", flat=True))
    return [each for each in echoed if each[1].provider_message_id not in known]


def _step_back(conversation_ids: set[UUID], now: datetime) -> None:
    """A human spoke, whoever answers: also the last words of a hand-off do not leave any more."""
    Conversation.objects.filter(id__in=conversation_ids).update(
        last_message_at=now, epoch=F("epoch") + 1
    )
    Conversation.objects.filter(id__in=conversation_ids, mode=Mode.BOT).update(
        mode=Mode.STAFF,
        handoff_reason=HandoffReason.ECHO,
        handoff_at=now,
        answer_due_at=None,
        answer_pending_since=None,
    )
    Message.objects.filter(conversation_id__in=conversation_ids, state=State.RECEIVED).update(
        state=State.HANDLED
    )


def _row(contact: Contact, message: InboundMessage, now: datetime) -> Message:
    return Message(
        id=uuid7(),
        conversation_id=contact.conversation_id,
        direction=Direction.OUTBOUND,
        author=Author.STAFF,
        kind=message.kind,
        text=message.text,
        content=dict(message.content),
        state=State.SENT,
        provider_message_id=message.provider_message_id,
        in_reply_to=message.in_reply_to,
        occurred_at=message.occurred_at,
        sent_at=message.occurred_at,
        created_at=now,
    )
