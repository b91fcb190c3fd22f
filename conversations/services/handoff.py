"""Who answers: the agent or staff. Every change grows the epoch, which stops queued bot words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from conversations.models import (
    BY_CHOICE,
    Author,
    Conversation,
    HandoffReason,
    Message,
    Mode,
    State,
    User,
)
from conversations.services import notices, resuming
from conversations.services.lanes import lock_current

__all__ = [
    "HandoffReason",
    "ask_to_look",
    "give_all_to_staff",
    "give_to_staff",
    "hand_off",
    "release",
    "take_over",
]


@transaction.atomic
def take_over(*, conversation_id: UUID, staff: User, now: datetime) -> Conversation:
    """A colleague answers from now on; whatever the agent had queued does not leave."""
    conversation = lock_current(conversation_id)
    give_to_staff(conversation=conversation, reason=HandoffReason.TAKEOVER, staff=staff, now=now)
    return conversation


@transaction.atomic
def hand_off(*, conversation_id: UUID, reason: HandoffReason, now: datetime) -> Conversation:
    """Staff has to answer from now on, for this reason."""
    conversation = lock_current(conversation_id)
    give_to_staff(conversation=conversation, reason=reason, staff=None, now=now)
    return conversation


@transaction.atomic
def release(*, conversation_id: UUID, now: datetime) -> Conversation:
    """Give the conversation back: the agent answers what nobody answered, and what comes."""
    conversation = lock_current(conversation_id)
    if conversation.mode == Mode.STAFF:
        conversation.mode = Mode.BOT
        conversation.epoch += 1
        conversation.handoff_reason = ""
        conversation.handoff_at = None
        conversation.answer_failures = 0
        conversation.agent_state = {}
        resuming.resume(conversation=conversation, now=now)
    return conversation


def give_to_staff(
    *,
    conversation: Conversation,
    reason: HandoffReason,
    staff: User | None,
    now: datetime,
) -> None:
    """Hand a conversation over within the caller's transaction, its row locked.

    When a human speaks up, what the agent still has queued does not leave. A hand-off by the
    agent itself lets its last words go. A colleague who takes over an unowned lead owns it.
    """
    if conversation.mode != Mode.STAFF:
        conversation.handoff_at = now
    conversation.mode = Mode.STAFF
    conversation.handoff_reason = reason
    conversation.answer_due_at = conversation.answer_pending_since = None
    messages = Message.objects.filter(conversation=conversation)
    messages.filter(state=State.RECEIVED).update(state=State.HANDLED)
    if reason in BY_CHOICE:
        conversation.epoch += 1
        messages.filter(state=State.QUEUED, author=Author.BOT, epoch__isnull=False).update(
            state=State.CANCELLED, error_text="Staff took over."
        )
    conversation.save()
    notices.make(conversation_ids=[conversation.pk], now=now)
    if staff is not None and conversation.lead.owner_id is None:
        conversation.lead.owner = staff
        conversation.lead.save(update_fields=["owner", "updated_at"])


def give_all_to_staff(
    *,
    conversation_ids: Collection[UUID],
    reason: HandoffReason,
    now: datetime,
    held_too: bool = False,
) -> None:
    """Hand over those that the agent holds, their rows locked. Two queries, or none.

    What the agent still has queued may leave, as far as the window lets it. With `held_too`, also
    those wait from now on that staff hold already for another reason.
    """
    if not conversation_ids:
        return
    rows = Conversation.objects.filter(id__in=conversation_ids)
    new = ~Q(mode=Mode.STAFF, handoff_reason=reason) if held_too else Q(mode=Mode.BOT)
    rows.filter(new).update(
        mode=Mode.STAFF,
        handoff_reason=reason,
        handoff_at=now,
        answer_due_at=None,
        answer_pending_since=None,
    )
    Message.objects.filter(conversation__in=conversation_ids, state=State.RECEIVED).update(
        state=State.HANDLED
    )
    notices.make(conversation_ids=conversation_ids, now=now)


def ask_to_look(*, conversation: Conversation, reason: HandoffReason, now: datetime) -> None:
    """The agent goes on, and a colleague should look: at a voice note nobody heard, at a limit.

    Stands until a colleague has seen the conversation (leads.mark_read). The row is locked.
    """
    if conversation.mode == Mode.BOT and conversation.handoff_at is None:
        conversation.handoff_reason = reason
        conversation.handoff_at = now
        conversation.save(update_fields=["handoff_reason", "handoff_at"])
