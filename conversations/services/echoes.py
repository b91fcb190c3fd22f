"""What a human of ours sent from the WhatsApp app: stored as theirs, and the bot steps back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F

from conversations.models import (
    Author,
    Conversation,
    Direction,
    HandoffReason,
    Message,
    State,
)
from conversations.models.ids import uuid7
from conversations.services import amendments, handoff, threads
from conversations.services.contacts import Contact
from integrations.messaging import InboundMessage


def store(
    echoed: Sequence[tuple[Contact, InboundMessage]], *, now: datetime
) -> list[tuple[UUID, InboundMessage]]:
    """Keep the messages and hand their conversations to staff. A few queries, however many.

    One that comes again changes nothing: the conversation may be the agent's again by now.
    Returns what is new, with its id.
    """
    rows = [_row(contact, message, now) for contact, message in echoed]
    ids = [row.pk for row in rows]
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    # Another POST may be storing one just now, for the same person under another name.
    stored = set(Message.objects.filter(pk__in=ids).values_list("pk", flat=True))
    by_id = list(zip(ids, echoed, strict=True))
    new = {pk: said for pk, said in by_id if pk in stored}
    again = [said for pk, said in by_id if pk not in stored]
    _step_back(_talks(new.values(), on_standby=False), now)
    _fall_silent(_talks(new.values(), on_standby=True), now)
    amendments.apply(list(new.values()), again, direction=Direction.OUTBOUND, now=now)
    return [(pk, message) for pk, (_contact, message) in new.items()]


def _talks(echoed: Iterable[tuple[Contact, InboundMessage]], *, on_standby: bool) -> set[UUID]:
    return {
        contact.conversation_id for contact, message in echoed if message.on_standby == on_standby
    }


def _step_back(conversation_ids: set[UUID], now: datetime) -> None:
    """A human spoke, whoever answers: also the last words of a hand-off do not leave any more."""
    _fall_silent(conversation_ids, now)
    handoff.give_all_to_staff(conversation_ids=conversation_ids, reason=HandoffReason.ECHO, now=now)


def _fall_silent(conversation_ids: set[UUID], now: datetime) -> None:
    """Say nothing of what was thought out so far, and answer nothing that waits."""
    if not conversation_ids:
        return
    Conversation.objects.filter(id__in=conversation_ids).update(
        last_message_at=now, epoch=F("epoch") + 1
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
        content=threads.content_of(message),
        state=State.SENT,
        provider_message_id=message.provider_message_id,
        in_reply_to=message.in_reply_to,
        occurred_at=message.occurred_at,
        sent_at=message.occurred_at,
        created_at=now,
    )
