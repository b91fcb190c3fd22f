"""What else is in a salesperson's calendar: before a booking, and again once the event stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from psycopg.types.range import Range

from conversations.models import Conflict, Meeting, MeetingState, Notice
from conversations.services import notices
from conversations.services.host_rules import rules_of
from conversations.services.meeting_claims import lock_lead
from conversations.services.meeting_states import NO_CONFLICT, note_conflict
from integrations.scheduling import Booking, BusyInterval, Calendar, CalendarError


def is_busy(meeting: Meeting, booking: Booking, calendar: Calendar) -> bool:
    """A fresh look at the exact time and the buffers around it, as they were offered.

    The event that is being moved may overlap its own new time.
    """
    rules = rules_of(meeting.salesperson)
    near = _near(
        booking.mailbox,
        (booking.starts_at - rules.buffer_before, booking.ends_at + rules.buffer_after),
        calendar,
    )
    old = meeting.replaces
    moved = old if old is not None and old.salesperson_id == meeting.salesperson_id else None
    return any(moved is None or not _is_event_of(moved, each) for each in near)


def look_again(meeting: Meeting, *, calendar: Calendar, now: datetime) -> bool:
    """Whether something came into the way of a confirmed meeting that nobody was told of yet.

    Graph has no conditional create: between our last look and our event somebody may have put
    theirs. The meeting stands; a colleague decides. Raises CalendarError.
    """
    during = meeting.during
    near = _near(meeting.salesperson.mailbox, (during.lower, during.upper), calendar)
    foreign = _foreign(meeting, near)
    if not foreign and meeting.conflict != Conflict.OVERLAP:
        return False
    with transaction.atomic():
        lock_lead(Q(pk=meeting.lead_id))
        rows = Meeting.objects.filter(
            pk=meeting.pk, state=MeetingState.CONFIRMED, during=during
        ).exclude(conflict=Conflict.CANNOT_FOLLOW)
        if not foreign:
            rows.filter(conflict=Conflict.OVERLAP).update(**NO_CONFLICT)
            return False
        first = Range(foreign[0].starts_at, foreign[0].ends_at)
        if not note_conflict(rows, Conflict.OVERLAP, first, now=now):
            return False
        notices.make_for_host(meeting, Notice.Kind.BOOKED, by=None, now=now)
        return True


def _near(
    mailbox: str, window: tuple[datetime, datetime], calendar: Calendar
) -> Sequence[BusyInterval]:
    """What overlaps the window; a mailbox that cannot tell is never free."""
    starts_at, ends_at = window
    answer = calendar.busy([mailbox], starts_at=starts_at, ends_at=ends_at).get(mailbox)
    if answer is None or answer.error:
        reason = answer.error if answer else "No answer for this mailbox."
        raise CalendarError(reason, permanent=True)
    return [
        each for each in answer.intervals if each.starts_at < ends_at and starts_at < each.ends_at
    ]


def _is_event_of(meeting: Meeting, each: BusyInterval) -> bool:
    """By its id; by its time where the calendar names no event."""
    if each.event_id:
        return each.event_id == meeting.event_id
    return (each.starts_at, each.ends_at) == (meeting.during.lower, meeting.during.upper)


def _foreign(meeting: Meeting, near: Sequence[BusyInterval]) -> Sequence[BusyInterval]:
    """Without ours: what the database keeps apart, or is about to take away, is in nobody's way."""
    others = [each for each in near if not _is_event_of(meeting, each)]
    named = [each.event_id for each in others if each.event_id]
    known = Meeting.objects.filter(salesperson=meeting.salesperson_id, event_id__in=named)
    ours = set(known.values_list("event_id", flat=True)) if named else set()
    return [each for each in others if not each.event_id or each.event_id not in ours]
