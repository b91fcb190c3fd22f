"""Planned messages: rows that are made, cancelled, and queued when they are due.

What is said and when comes from above (agent/follow_ups.py): here are the rows and their locks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q

from conversations import queue
from conversations.models import (
    OUTBOX,
    Conversation,
    FollowUp,
    Message,
    Mode,
    State,
)
from conversations.services import follow_up_rules, outbound
from conversations.services.lanes import lock_current
from conversations.services.outbound import Draft

States, Reasons, Kinds = FollowUp.State, FollowUp.Reason, FollowUp.Kind
# More than this waits for the next round.
BATCH = 500
WAITING = [State.RECEIVED, *OUTBOX]


class FollowUpStateError(Exception):
    """It was sent or called off meanwhile."""


@dataclass(frozen=True)
class Plan:
    """A message to say at `due_at`, unless something happens before."""

    conversation_id: UUID
    kind: FollowUp.Kind
    anchor: UUID
    step: int
    due_at: datetime
    meeting_id: UUID | None = None


@dataclass(frozen=True)
class Say:
    """It leaves now; it is not worth sending from `leave_by` on."""

    draft: Draft
    leave_by: datetime


@dataclass(frozen=True)
class Move:
    """Not now, but at that time."""

    due_at: datetime


@dataclass(frozen=True)
class Skip:
    """It is not said."""

    reason: FollowUp.Reason


Verdict = Say | Move | Skip
Decide = Callable[[FollowUp], Verdict]


def plan(plans: Iterable[Plan], *, now: datetime) -> None:
    """Store what is not planned yet: once per kind, anchor and step, whoever plans it."""
    FollowUp.objects.bulk_create(
        [
            FollowUp(
                conversation_id=each.conversation_id,
                kind=each.kind,
                anchor=each.anchor,
                step=each.step,
                meeting_id=each.meeting_id,
                due_at=each.due_at,
                created_at=now,
            )
            for each in plans
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def drop_fallen(*, now: datetime, since: datetime | None = None) -> int:
    """Cancel what is not wanted any more, where something was said after `since` or anywhere.

    It waits for nobody, so it needs no other lock.
    """
    rows = (
        follow_up_rules.planned()
        if since is None
        else follow_up_rules.planned().filter(conversation__last_message_at__gt=since)
    )
    fallen = rows.exclude(fallen="").select_for_update(skip_locked=True, of=("self",))
    by_reason: dict[str, list[UUID]] = {}
    for pk, reason in fallen.values_list("pk", "fallen")[:BATCH]:
        by_reason.setdefault(reason, []).append(pk)
    for reason, ids in by_reason.items():
        FollowUp.objects.filter(pk__in=ids).update(
            state=States.CANCELLED, reason=reason, ended_at=now
        )
    return sum(map(len, by_reason.values()))


def outdated(*, before: datetime) -> list[FollowUp]:
    """What was planned by older rules, oldest first."""
    rows = FollowUp.objects.filter(state=States.PLANNED, created_at__lt=before)
    rows = rows.select_related("conversation__lead", "meeting")
    return list(rows.order_by("created_at", "id")[:BATCH])


def replan(times: Mapping[UUID, datetime | None], *, now: datetime) -> None:
    """Plan these by the present rules; those without a time are not in them any more."""
    gone = [pk for pk, due_at in times.items() if due_at is None]
    rows = FollowUp.objects.filter(state=States.PLANNED)
    rows.filter(pk__in=gone).update(
        state=States.CANCELLED, reason=Reasons.RULES_CHANGED, ended_at=now
    )
    for pk, due_at in times.items():
        if due_at is not None:
            rows.filter(pk=pk).update(due_at=due_at, created_at=now)


def due(*, now: datetime, but: Collection[UUID] = ()) -> list[UUID]:
    """What is to be said by now, oldest first."""
    rows = FollowUp.objects.filter(state=States.PLANNED, due_at__lte=now).exclude(pk__in=but)
    return list(rows.order_by("due_at").values_list("pk", flat=True)[:BATCH])


def is_said_by_another(row: FollowUp, *, steps: Collection[int], now: datetime) -> bool:
    """Whether one of these steps reminds of the same meeting by now: once is enough."""
    others = FollowUp.objects.filter(kind=Kinds.REMINDER, meeting=row.meeting, step__in=steps)
    by_now = Q(state=States.PLANNED, due_at__lte=now) | Q(state=States.QUEUED)
    return others.filter(by_now).exists()


@transaction.atomic
def carry_out(*, follow_up_id: UUID, decide: Decide, now: datetime) -> None:
    """Queue one that is due, or end it. All is checked again with its conversation locked.

    Who is busy there is not waited for: the next round comes in seconds.
    """
    wanted = FollowUp.objects.filter(pk=follow_up_id, state=States.PLANNED, due_at__lte=now)
    held = Conversation.objects.filter(pk__in=wanted.values("conversation"))
    conversation = held.select_for_update(skip_locked=True).first()
    if conversation is None:
        return
    rows = follow_up_rules.planned().filter(
        pk=follow_up_id, due_at__lte=now, conversation=conversation
    )
    row = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if row is None:
        return
    row.conversation = conversation
    if row.fallen:
        _end(row, States.CANCELLED, now, reason=row.fallen)
    elif conversation.mode != Mode.BOT:
        _end(row, States.SKIPPED, now, reason=Reasons.HANDED_OVER)
    else:
        _heed(row, decide(row), now)


def _heed(row: FollowUp, verdict: Verdict, now: datetime) -> None:
    if isinstance(verdict, Move):
        row.due_at = verdict.due_at
        row.save(update_fields=["due_at"])
    elif isinstance(verdict, Skip):
        _end(row, States.SKIPPED, now, reason=verdict.reason)
    elif not Message.objects.filter(conversation=row.conversation, state__in=WAITING).exists():
        # Behind words that wait, ours or theirs, it would come at the wrong moment.
        _queue(row, verdict, now)


def _queue(row: FollowUp, said: Say, now: datetime) -> None:
    content = {**said.draft.content, follow_up_rules.LEAVE_BY: said.leave_by.isoformat()}
    [row.message] = outbound.queue_replies(
        conversation=row.conversation,
        turn_id=uuid5(row.pk, "follow-up"),
        drafts=[replace(said.draft, content=content)],
        now=now,
    )
    queue.hint_deliver([row.conversation.pk])
    row.conversation.save(update_fields=["last_message_at", "last_message_text"])
    _end(row, States.QUEUED, now)


@transaction.atomic
def cancel(*, follow_up_id: UUID, now: datetime) -> FollowUp:
    """A colleague does not want it. Raises FollowUpStateError."""
    lock_current(FollowUp.objects.get(pk=follow_up_id).conversation_id)
    row = FollowUp.objects.select_for_update().get(pk=follow_up_id)
    if row.state != States.PLANNED:
        raise FollowUpStateError
    _end(row, States.CANCELLED, now, reason=Reasons.STAFF)
    return row


def _end(row: FollowUp, state: FollowUp.State, now: datetime, *, reason: str = "") -> None:
    row.state, row.reason, row.ended_at = state, reason, now
    row.save(update_fields=["state", "reason", "ended_at", "message"])
