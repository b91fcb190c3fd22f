"""Reads the events of meetings ahead again: what salespeople do in their calendar becomes ours.

The timer alone finds everything; news of the calendar only makes it sooner. Level-triggered: what
counts is what stands there now, so the order of news, and how often it came, change nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from conversations.models import (
    CalendarWatch,
    ChangedBy,
    Conflict,
    Meeting,
    MeetingState,
    Salesperson,
)
from conversations.services.meeting_brief import booking_of
from conversations.services.meeting_calendar import Tell, created_as
from conversations.services.meeting_changes import Followed, follow
from conversations.services.meeting_claims import meetings_with_host
from conversations.services.meeting_overlaps import look_again
from integrations.scheduling import BookedEvent, Calendar, CalendarError

logger = logging.getLogger(__name__)

AT_ONCE = 20
# A worker that is told to stop waits 20 s for what runs.
LONGEST_ROUND = timedelta(seconds=10)
# Longer than one check can last.
LEASE = timedelta(minutes=2)
SOON_AGAIN = timedelta(seconds=15)
SETTLES = timedelta(seconds=30)
GIVE_TIME = timedelta(hours=1)
SHORTEST = timedelta(minutes=1)
# The nearer a meeting, the less may be missed; the first whose distance fits.
EVERY = (
    (timedelta(hours=3), timedelta(minutes=2)),
    (timedelta(days=2), timedelta(minutes=10)),
    (timedelta.max, timedelta(minutes=30)),
)
OTHER_CALENDAR = "Its event is in another calendar: the salesperson's mailbox or CALENDAR changed."
PROBLEM_LENGTH = Meeting._meta.get_field("problem").max_length

Clock = Callable[[], datetime]
# Called outside of any transaction before a meeting is called off: what to offer instead.
Prepare = Callable[[Meeting], Tell]


def check_due(*, calendar: Calendar, clock: Clock, tell: Tell, prepare: Prepare) -> int:
    """Check what is due, and say how many were looked at.

    `tell` is called in the transaction that moves a row, with the new one; what `prepare` gave in
    the one that calls a meeting off.
    """
    if not calendar.is_shared:
        return 0
    end, looked_at = clock() + LONGEST_ROUND, 0
    silent: set[int] = set()
    while clock() < end and (due := _claim(clock(), but=silent)):
        for meeting in due:
            if meeting.salesperson_id in silent:
                continue
            if clock() >= end:
                _look_again(meeting, end, meeting.problem)
                continue
            looked_at += 1
            if not _check(meeting, calendar, tell, prepare, clock()):
                silent.add(meeting.salesperson_id)
    return looked_at


def next_check(meeting_id: UUID, starts_at: datetime, *, now: datetime) -> datetime:
    """When its event is read again; a little apart, so that not all come at once."""
    pause = next(pause for within, pause in EVERY if starts_at - now <= within)
    return now + pause * (0.9 + 0.2 * (meeting_id.int % 1000) / 1000)


def due(*, now: datetime) -> QuerySet[Meeting]:
    """Confirmed meetings ahead whose event is to be read: never yet, or not lately."""
    never_or_not_lately = Q(check_due_at=None) | Q(check_due_at__lte=now)
    return Meeting.objects.filter(
        never_or_not_lately, state=MeetingState.CONFIRMED, during__endswith__gt=now
    ).exclude(event_id="")


def _claim(now: datetime, *, but: set[int]) -> list[Meeting]:
    """Take a few, pushed back first so that two workers do not both read."""
    with transaction.atomic():
        rows = due(now=now).exclude(salesperson__in=but)
        locked = rows.select_for_update(skip_locked=True, no_key=True)
        ids = list(locked.order_by("during", "pk").values_list("pk", flat=True)[:AT_ONCE])
        Meeting.objects.filter(pk__in=ids).update(check_due_at=now + LEASE)
    return list(meetings_with_host().filter(pk__in=ids).order_by("during", "pk"))


def _check(
    meeting: Meeting, calendar: Calendar, tell: Tell, prepare: Prepare, now: datetime
) -> bool:
    """False where the mailbox did not answer: the others in it are not asked now either."""
    try:
        followed = _follow(meeting, calendar, tell, prepare, now)
    except CalendarError as error:
        pause = GIVE_TIME if error.permanent else LEASE
        pause = max(pause, timedelta(seconds=error.retry_after or 0))
        _look_again(meeting, now + pause, str(error) if error.permanent else meeting.problem)
        return False
    except Exception:
        # One that trips over a bug of ours is looked at again later and holds up no other.
        logger.exception("a meeting could not be checked")
        return True
    if followed in (Followed.MOVED, Followed.CANCELLED):
        Salesperson.objects.filter(pk=meeting.salesperson_id).update(busy_changed_at=now)
    elif followed is Followed.LATER:
        _look_again(meeting, now + SOON_AGAIN, "")
    elif followed is None:
        _look_again(meeting, now + GIVE_TIME, OTHER_CALENDAR)
    else:
        _look_again(meeting, next_check(meeting.pk, meeting.during.lower, now=now), "")
    return True


def _follow(
    meeting: Meeting, calendar: Calendar, tell: Tell, prepare: Prepare, now: datetime
) -> Followed | None:
    """None where the event may stand in a calendar that is not asked any more."""
    event = _event(meeting, calendar)
    age = now - (meeting.confirmed_at or meeting.created_at)
    if event is None and age < SETTLES and meeting.moved_by != ChangedBy.HOST:
        # What we put there a moment ago may not be everywhere yet.
        return Followed.LATER
    if event is None and not _was_in_this_calendar(meeting):
        return None
    followed = Followed.SAME
    if event is None or not _stands(meeting, event):
        announce = prepare(meeting) if event is None else tell
        followed = follow(meeting_id=meeting.pk, event=event, now=now, tell=announce)
    if followed is Followed.SAME:
        look_again(meeting, calendar=calendar, now=now)
    return followed


def _event(meeting: Meeting, calendar: Calendar) -> BookedEvent | None:
    """The event as it stands; only what a search misses too is gone."""
    mailbox = meeting.salesperson.mailbox
    event = calendar.read(mailbox=mailbox, event_id=meeting.event_id)
    if event is None:
        event = calendar.find(created_as(meeting, booking_of(meeting)))
    if event is None or event.starts_at is None or event.ends_at is None:
        return event
    # A meeting takes time, whatever the calendar says.
    return replace(event, ends_at=max(event.ends_at, event.starts_at + SHORTEST))


def _stands(meeting: Meeting, event: BookedEvent) -> bool:
    """Whether nothing has to be written: if the row changed since, its successor is read anew."""
    same_time = (event.starts_at, event.ends_at) == (meeting.during.lower, meeting.during.upper)
    return same_time and event.etag == meeting.etag and meeting.conflict != Conflict.CANNOT_FOLLOW


def _was_in_this_calendar(meeting: Meeting) -> bool:
    """Whether a shared calendar ever showed it to us, and the mailbox is still the same."""
    if not meeting.etag:
        return False
    watch = CalendarWatch.objects.filter(salesperson=meeting.salesperson_id).first()
    if watch is None:
        return True
    confirmed_at = meeting.confirmed_at or meeting.created_at
    return watch.mailbox == meeting.salesperson.mailbox and watch.created_at <= confirmed_at


def _look_again(meeting: Meeting, due_at: datetime, problem: str) -> None:
    """Unless news came since we took it: then it is due already."""
    rows = Meeting.objects.filter(pk=meeting.pk, state=MeetingState.CONFIRMED)
    if meeting.problem != problem:
        rows.update(problem=problem[:PROBLEM_LENGTH])
    rows.filter(check_due_at=meeting.check_due_at).update(check_due_at=due_at)
