"""Messages that are to leave: rows first, then a hint. Sending is in services/delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from conversations import queue
from conversations.models import Author, Conversation, Direction, Message, State, User
from conversations.models.ids import uuid7
from conversations.services import handoff
from conversations.services.lanes import lock_current
from conversations.services.long_text import parts_of
from integrations.messaging import MessageKind

TEXT_LIMIT = 4096
# What a colleague may write at once; it leaves as several messages.
LONGEST = 4 * TEXT_LIMIT


class WindowClosedError(Exception):
    """WhatsApp lets us write freely only within 24 hours of the lead's last message."""


class OptedOutError(Exception):
    """The lead asked not to be written to."""


class EmptyMessageError(Exception):
    """There is nothing to send."""


class MessageTooLongError(Exception):
    """It would leave as too many messages: WhatsApp takes 4096 characters in one."""


class MessageStateError(Exception):
    """The message is no longer in a state where this can be done."""


@dataclass(frozen=True)
class Draft:
    """One message to queue. `content` holds options and button_label of buttons and lists."""

    text: str
    kind: MessageKind = MessageKind.TEXT
    content: dict[str, Any] = field(default_factory=dict)


def queue_replies(
    *, conversation: Conversation, turn_id: UUID, drafts: Sequence[Draft], now: datetime
) -> list[Message]:
    """Queue the agent's answers under the conversation's present epoch.

    Needs the caller's transaction with the conversation locked, and a caller that sends them or
    hints at them. Unique (turn, index) makes a second call of the same turn fail rather than
    answer twice.
    """
    messages = [
        _of_the_agent(conversation, draft, turn_id=turn_id, index=index, now=now)
        for index, draft in enumerate(drafts)
    ]
    if messages:
        Message.objects.bulk_create(messages)
        conversation.last_message_at = now
        conversation.last_message_text = messages[-1].text[:200]
    return messages


def _of_the_agent(
    conversation: Conversation, draft: Draft, *, turn_id: UUID, index: int, now: datetime
) -> Message:
    return Message(
        id=uuid7(),
        conversation=conversation,
        direction=Direction.OUTBOUND,
        author=Author.BOT,
        kind=draft.kind,
        text=draft.text,
        content=draft.content,
        state=State.QUEUED,
        turn_id=turn_id,
        turn_index=index,
        epoch=conversation.epoch,
        send_token=uuid4(),
        occurred_at=now,
        created_at=now,
    )


@transaction.atomic
def queue_system_message(*, conversation_id: UUID, text: str, now: datetime) -> Message:
    """Queue news that code has for the lead (a meeting came through), whoever answers."""
    conversation = lock_current(conversation_id)
    return queue_one(conversation, author=Author.SYSTEM, staff=None, text=text, now=now)


@transaction.atomic
def queue_staff_message(
    *, conversation_id: UUID, staff: User, text: str, now: datetime, in_reply_to: str = ""
) -> Message:
    """Queue what a colleague wrote, as several messages if it is long; the agent steps back.

    The first one quotes and is returned. Raises EmptyMessageError, MessageTooLongError,
    OptedOutError or WindowClosedError.
    """
    text = text.replace("\x00", "").strip()
    if not text:
        raise EmptyMessageError
    if len(text) > LONGEST:
        raise MessageTooLongError
    conversation = admit_staff(conversation_id=conversation_id, staff=staff, now=now)
    messages = [
        queue_one(
            conversation,
            author=Author.STAFF,
            staff=staff,
            text=part,
            now=now,
            in_reply_to="" if index else in_reply_to,
        )
        for index, part in enumerate(parts_of(text, limit=TEXT_LIMIT))
    ]
    return messages[0]


def admit_staff(
    *, conversation_id: UUID, staff: User, now: datetime, needs_window: bool = True
) -> Conversation:
    """Lock a conversation that a colleague may write into now; the agent steps back.

    Needs a transaction. Raises OptedOutError or WindowClosedError.
    """
    conversation = lock_writable(
        conversation_id=conversation_id, now=now, needs_window=needs_window
    )
    handoff.give_to_staff(
        conversation=conversation, reason=handoff.HandoffReason.TAKEOVER, staff=staff, now=now
    )
    return conversation


def lock_writable(
    *, conversation_id: UUID, now: datetime, needs_window: bool = True
) -> Conversation:
    """Lock a conversation in which something may leave now.

    Needs a transaction. Raises OptedOutError or WindowClosedError: only a template needs no window.
    """
    conversation = lock_current(conversation_id)
    if conversation.lead.opted_out_at:
        raise OptedOutError
    closes_at = conversation.window_expires_at
    if needs_window and (closes_at is None or closes_at <= now):
        raise WindowClosedError
    return conversation


def queue_one(
    conversation: Conversation,
    *,
    author: Author,
    staff: User | None,
    text: str,
    now: datetime,
    in_reply_to: str = "",
    kind: MessageKind = MessageKind.TEXT,
    content: Mapping[str, Any] = MappingProxyType({}),
) -> Message:
    """Queue one message of staff or system. Needs a transaction with the conversation locked."""
    message = Message.objects.create(
        conversation=conversation,
        direction=Direction.OUTBOUND,
        author=author,
        staff=staff,
        kind=kind,
        text=text,
        content=dict(content),
        state=State.QUEUED,
        in_reply_to=in_reply_to,
        send_token=uuid4(),
        occurred_at=now,
        created_at=now,
    )
    conversation.last_message_at = now
    conversation.last_message_text = text[:200] or f"[{kind}]"
    conversation.save(update_fields=["last_message_at", "last_message_text"])
    queue.hint_deliver([conversation.id])
    return message


@transaction.atomic
def retry_message(*, message_id: UUID, staff: User) -> Message:
    """Queue a failed or unknown message once more: a colleague decided that it shall leave."""
    message = _lock(message_id, {State.FAILED, State.UNKNOWN})
    message.state, message.staff, message.epoch = State.QUEUED, staff, None
    message.failures, message.unknown_at = 0, None
    message.error_code, message.error_text, message.failed_at = None, "", None
    if message.provider_message_id:
        # That send failed for good: what is still said about it must not touch the new one.
        message.provider_message_id, message.duplicate_ids = None, []
        message.send_token = uuid4()
    message.save()
    queue.hint_deliver([message.conversation_id])
    return message


@transaction.atomic
def discard_message(*, message_id: UUID, staff: User) -> Message:
    """Give a failed, unknown or queued message up. `unknown_at` stays: it may have arrived."""
    message = _lock(message_id, {State.FAILED, State.UNKNOWN, State.QUEUED})
    message.state, message.staff = State.CANCELLED, staff
    message.save()
    queue.hint_deliver([message.conversation_id])
    return message


def _lock(message_id: UUID, states: set[State]) -> Message:
    """Conversation first, then message: the order everywhere."""
    conversation = lock_current(Message.objects.get(id=message_id).conversation_id)
    message = Message.objects.select_for_update().get(id=message_id)
    if message.direction != Direction.OUTBOUND or message.state not in states:
        raise MessageStateError
    if message.conversation_id != conversation.pk:
        # A merge was undone while we waited, and took it back with it.
        raise MessageStateError
    return message
