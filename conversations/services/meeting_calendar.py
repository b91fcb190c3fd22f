"""The calendar's part of a meeting: ask, put, move, take away. No transaction spans a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from conversations.crashpoints import reach
from conversations.models import Lead, Meeting, MeetingState, Salesperson
from conversations.services import leads
from conversations.services.busy_times import note_change
from conversations.services.meeting_brief import booking_of, digest_of
from conversations.services.meeting_claims import lock_host, lock_lead
from conversations.services.meeting_overlaps import is_busy
from conversations.services.meeting_states import advance, advance_all
from integrations.scheduling import BookedEvent, Booking, Calendar, CalendarError

RETRY_EVERY = timedelta(seconds=60)
# A create that was under way when its row ended may still land in the calendar for so long.
STILL_LANDING = timedelta(minutes=3)
PROBLEM_LENGTH = Meeting._meta.get_field("problem").max_length

# Called in the transaction that settles a meeting, so that telling the lead is part of it.
Tell = Callable[[Meeting], None]


def tell_nobody(meeting: Meeting) -> None:
    """The caller answers the lead itself."""


def put(
    meeting: Meeting, *, calendar: Calendar, resumed: bool, now: datetime, tell: Tell = tell_nobody
) -> None:
    """Bring a row that is being booked into the calendar; the row says how it went."""
    booking = booking_of(meeting)
    try:
        event = _event(meeting, booking, calendar, resumed=resumed)
    except CalendarError as error:
        if error.permanent and not error.ambiguous:
            release(meeting, problem=str(error), may_stand=resumed, now=now, tell=tell)
        else:
            _ask_again(meeting, error, now)
        return
    reach("booking.answered")
    if event is None:
        # Or the times offered in its place would be those of before.
        note_change(host_id=meeting.salesperson_id, now=now)
        release(meeting, problem="", may_stand=False, now=now, tell=tell)
    else:
        stands = _what_stands(meeting, booking, event, resumed=resumed)
        # Right after the answer somebody looks whether anything else came in between.
        stands["check_due_at"] = now if calendar.is_shared else None
        _confirm(meeting, event, stands, now, tell)
    reach("booking.settled")


def release(
    meeting: Meeting, *, problem: str, may_stand: bool, now: datetime, tell: Tell = tell_nobody
) -> None:
    """Give the time back. `may_stand`: an event may be in the calendar and is looked for later."""
    with transaction.atomic():
        lock_lead(Q(pk=meeting.lead_id))
        released = advance_all(
            Meeting.objects.filter(pk=meeting.pk),
            MeetingState.RELEASED,
            problem=problem[:PROBLEM_LENGTH],
            sync_due_at=now + RETRY_EVERY if may_stand else None,
            ended_at=now,
        )
        _refresh(meeting)
        if released:
            tell(meeting)


def deadline_of(meeting: Meeting) -> datetime:
    """When a booking that the calendar has not answered gives its time back."""
    starts_at: datetime = meeting.during.lower
    return min(meeting.hold_expires_at or starts_at, starts_at)


def take_away(meeting: Meeting, *, calendar: Calendar, now: datetime) -> None:
    """Remove the event of a meeting that has ended, unless a standing meeting took it over."""
    problem, due = "", None
    try:
        found = _remove(meeting, calendar)
    except CalendarError as error:
        problem = str(error)[:PROBLEM_LENGTH]
        if not error.permanent and meeting.during.upper > now:
            due = _next_try(error, now)
    else:
        ended_at = meeting.ended_at or meeting.created_at
        if not found and now - ended_at < STILL_LANDING:
            due = now + RETRY_EVERY
    # An answer must not wipe out why the meeting was released.
    changes = {"sync_due_at": due} | ({"problem": problem} if problem else {})
    Meeting.objects.filter(pk=meeting.pk).exclude(
        state__in=[MeetingState.BOOKING, MeetingState.CONFIRMED]
    ).update(**changes)
    _refresh(meeting)


def _remove(meeting: Meeting, calendar: Calendar) -> bool:
    event_id = meeting.event_id
    if not event_id:
        event = calendar.find(booking_of(meeting))
        event_id = event.event_id if event else ""
    if not event_id:
        return False
    if not Meeting.objects.filter(event_id=event_id, state=MeetingState.CONFIRMED).exists():
        calendar.cancel(
            mailbox=meeting.salesperson.mailbox, event_id=event_id, comment=meeting.cancel_comment
        )
    return True


def _event(
    meeting: Meeting, booking: Booking, calendar: Calendar, *, resumed: bool
) -> BookedEvent | None:
    """The event at its time, or None when the host is busy then."""
    old = _movable(meeting)
    known = booking if old is None else created_as(old, booking)
    if resumed and (event := _standing(known, calendar, exact=old is not None)):
        return event
    if is_busy(meeting, booking, calendar):
        # Another worker on the same request may have put ours there just now.
        return _standing(known, calendar, exact=old is not None)
    reach("booking.checked")
    if old is not None:
        try:
            return calendar.move(
                known, event_id=old.event_id, starts_at=booking.starts_at, ends_at=booking.ends_at
            )
        except CalendarError as error:
            if not error.gone:
                raise
    return calendar.create(booking)


def _movable(meeting: Meeting) -> Meeting | None:
    """The meeting whose event can simply be moved: same host, it has one and lies ahead."""
    old = meeting.replaces
    if old is None or old.salesperson_id != meeting.salesperson_id or not old.event_id:
        return None
    return None if old.state == MeetingState.OVER else old


def created_as(old: Meeting, booking: Booking) -> Booking:
    """The event carries the id of the first meeting that it was made for."""
    first = Meeting.objects.filter(lead=old.lead_id, event_id=old.event_id).earliest("created_at")
    return replace(booking, meeting_id=first.pk)


def _standing(booking: Booking, calendar: Calendar, *, exact: bool) -> BookedEvent | None:
    event = calendar.find(booking)
    if event is None or not exact:
        return event
    stands = (event.starts_at, event.ends_at) == (booking.starts_at, booking.ends_at)
    return event if stands else None


def _what_stands(
    meeting: Meeting, booking: Booking, event: BookedEvent, *, resumed: bool
) -> dict[str, Any]:
    """What the calendar holds by now; of an event that was found we do not know the text."""
    old = _movable(meeting)
    digest = "" if resumed else digest_of(booking)
    if old is not None and old.event_id == event.event_id:
        digest = old.brief_digest
    return {"etag": event.etag, "brief_digest": digest}


def _ask_again(meeting: Meeting, error: CalendarError, now: datetime) -> None:
    due = min(_next_try(error, now), deadline_of(meeting))
    Meeting.objects.filter(pk=meeting.pk, state=MeetingState.BOOKING).update(
        sync_due_at=due, problem=str(error)[:PROBLEM_LENGTH]
    )
    _refresh(meeting)


def _next_try(error: CalendarError, now: datetime) -> datetime:
    return now + max(RETRY_EVERY, timedelta(seconds=error.retry_after or 0))


def _confirm(
    meeting: Meeting, event: BookedEvent, stands: Mapping[str, Any], now: datetime, tell: Tell
) -> None:
    with transaction.atomic():
        lead = lock_lead(Q(pk=meeting.lead_id))
        host = lock_host(meeting.salesperson_id)
        _refresh(meeting)
        if meeting.state != MeetingState.BOOKING:
            _note_late_event(meeting, event, now)
            return
        if meeting.replaces_id:
            _retire(meeting.replaces_id, event, now)
        advance(
            meeting,
            MeetingState.CONFIRMED,
            event_id=event.event_id,
            join_url=event.join_url,
            problem="",
            hold_expires_at=None,
            sync_due_at=None,
            confirmed_at=now,
            **stands,
        )
        _move_lead_forward(lead, host, now)
        _refresh(meeting)
        tell(meeting)


def _note_late_event(meeting: Meeting, event: BookedEvent, now: datetime) -> None:
    """The row ended while the calendar was being asked: the event has to go again."""
    if meeting.state != MeetingState.CONFIRMED:
        Meeting.objects.filter(pk=meeting.pk).update(event_id=event.event_id, sync_due_at=now)
        _refresh(meeting)


def _retire(old_id: UUID, event: BookedEvent, now: datetime) -> None:
    """Let the new row take the old one's place; an event of its own is no longer wanted.

    That of one which is over stays: it is what was.
    """
    old = Meeting.objects.filter(pk=old_id)
    was_over = old.filter(state=MeetingState.OVER).exists()
    if advance_all(old, MeetingState.RESCHEDULED, ended_at=now) and not was_over:
        old.exclude(event_id__in=["", event.event_id]).update(sync_due_at=now)


def _move_lead_forward(lead: Lead, host: Salesperson, now: datetime) -> None:
    Salesperson.objects.filter(pk=host.pk).update(last_assigned_at=now)
    leads.enter_meeting(lead_id=lead.pk)
    changed = ["updated_at"]
    if lead.owner_id is None:
        lead.owner = host.user
        changed.append("owner")
    lead.save(update_fields=changed)


def _refresh(meeting: Meeting) -> None:
    meeting.refresh_from_db(
        fields=["state", "event_id", "join_url", "problem", "sync_due_at", "hold_expires_at"]
    )
