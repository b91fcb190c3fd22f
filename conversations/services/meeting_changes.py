"""A meeting's row follows what its salesperson did with its event: moved it, or called it off.

Level-triggered: each says what stands in the calendar now, so it can be said twice and late.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from psycopg.types.range import Range

from conversations.models import ChangedBy, Conflict, Meeting, MeetingState, Notice
from conversations.models.ids import uuid7
from conversations.services import leads, notices
from conversations.services.meeting_calendar import Tell
from conversations.services.meeting_claims import lock_host, lock_lead, meetings_with_host
from conversations.services.meeting_states import NO_CONFLICT, advance, note_conflict
from integrations.scheduling import BookedEvent

# What is longer blocks a day, and is no hour to come at.
LONGEST = timedelta(hours=8)


class Followed(StrEnum):
    """What became of the row. LATER: the lead or staff are changing it right now; look again."""

    SAME = "same"
    MOVED = "moved"
    CANCELLED = "cancelled"
    IN_THE_WAY = "in_the_way"
    LATER = "later"


def follow(*, meeting_id: UUID, event: BookedEvent | None, now: datetime, tell: Tell) -> Followed:
    """Bring a confirmed meeting in line with its event; None: it is gone.

    `tell` is called inside the transaction with the row that the lead has to hear of: the new one
    of a move, the cancelled one. Where another meeting has the new time, or a lead cannot be told
    to come then, the row keeps its own and a conflict, once.
    """
    with transaction.atomic():
        lock_lead(Q(meetings=meeting_id))
        meeting = meetings_with_host().get(pk=meeting_id)
        if meeting.state != MeetingState.CONFIRMED:
            return Followed.SAME
        if Meeting.objects.filter(replaces=meeting, state=MeetingState.BOOKING).exists():
            return Followed.LATER
        if event is None:
            _call_off(meeting, now)
            tell(meeting)
            return Followed.CANCELLED
        return _follow_to(meeting, event, now, tell)


def _follow_to(meeting: Meeting, event: BookedEvent, now: datetime, tell: Tell) -> Followed:
    during = Range(event.starts_at, event.ends_at)
    if not (during.lower and during.upper) or during == meeting.during:
        _note_same(meeting, event)
        return Followed.SAME
    moved = _moved(meeting, event, during, now) if _can_be_told(meeting, during, now) else None
    if moved is None:
        rows = Meeting.objects.filter(pk=meeting.pk)
        if note_conflict(rows, Conflict.CANNOT_FOLLOW, during, now=now):
            notices.make_for_host(meeting, Notice.Kind.BOOKED, by=None, now=now)
        return Followed.IN_THE_WAY
    tell(moved)
    return Followed.MOVED


def _can_be_told(meeting: Meeting, during: Range[datetime], now: datetime) -> bool:
    """Nobody can be asked to come at an hour that has passed, or for a whole day."""
    starts_at, ends_at = during.lower, during.upper
    if starts_at is None or ends_at is None:
        return False
    is_past = starts_at != meeting.during.lower and starts_at <= now
    return not is_past and ends_at - starts_at <= LONGEST


def _call_off(meeting: Meeting, now: datetime) -> None:
    """Its event went, so there is nothing left to take away."""
    advance(
        meeting,
        MeetingState.CANCELLED,
        cancelled_by=ChangedBy.HOST,
        ended_at=now,
        sync_due_at=None,
    )
    leads.leave_meeting(lead_id=meeting.lead_id)


def _note_same(meeting: Meeting, event: BookedEvent) -> None:
    rows = Meeting.objects.filter(pk=meeting.pk)
    rows.filter(conflict=Conflict.CANNOT_FOLLOW).update(**NO_CONFLICT)
    rows.exclude(etag=event.etag).update(etag=event.etag)


def _moved(
    old: Meeting, event: BookedEvent, during: Range[datetime], now: datetime
) -> Meeting | None:
    """The row that takes over the event; None where the database refuses its time."""
    lock_host(old.salesperson_id)
    new = Meeting(
        lead=old.lead,
        salesperson=old.salesperson,
        during=during,
        state=MeetingState.CONFIRMED,
        time_zone=old.time_zone,
        transaction_id=uuid7(),
        replaces=old,
        moved_by=ChangedBy.HOST,
        event_id=old.event_id,
        join_url=event.join_url or old.join_url,
        etag=event.etag,
        brief_digest=old.brief_digest,
        check_due_at=old.check_due_at,
        created_at=now,
        confirmed_at=now,
    )
    try:
        with transaction.atomic():
            advance(old, MeetingState.RESCHEDULED, ended_at=now, sync_due_at=None)
            new.save(force_insert=True)
    except IntegrityError as error:
        if "meeting_no_overlap" not in str(error):
            raise
        return None
    return new
