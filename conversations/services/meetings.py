"""Book, move and cancel meetings, and settle later what the calendar left open.

Rows first: the time is claimed in one transaction, the calendar is asked outside of any, and a
second transaction writes what it said. Whatever a crash leaves behind, `finish_pending` completes.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from conversations.crashpoints import reach
from conversations.models import Lead, Meeting, MeetingState
from conversations.services.meeting_calendar import (
    RETRY_EVERY,
    Tell,
    put,
    release,
    take_away,
    tell_nobody,
)
from conversations.services.meeting_claims import (
    NO_ANSWER,
    Refusal,
    Request,
    active_meetings,
    claim,
    expire_holds,
    lock_lead,
    meetings_with_host,
)
from conversations.services.meeting_offers import current_offer, lead_zone, offer_slots
from conversations.services.meeting_results import (
    Booked,
    BookingStatus,
    MeetingSummary,
    Offer,
    OfferedSlot,
    Settled,
    status_of,
    summary_of,
)
from conversations.services.slot_choice import Wish
from integrations.scheduling import Calendar

__all__ = [
    "Booked",
    "BookingStatus",
    "MeetingSummary",
    "Offer",
    "OfferedSlot",
    "Settled",
    "Wish",
    "active_meeting",
    "book",
    "cancel",
    "current_offer",
    "expire_holds",
    "finish_pending",
    "offer_slots",
    "reschedule",
]

logger = logging.getLogger(__name__)

AT_ONCE = 20
CANCELLATION = [
    "state",
    "cancelled_by",
    "cancel_comment",
    "cancel_turn_id",
    "cancel_turn_index",
    "ended_at",
    "sync_due_at",
]


def active_meeting(*, lead_id: UUID, now: datetime) -> MeetingSummary | None:
    """The meeting the lead has ahead: the confirmed one, else the one being booked."""
    found = active_meetings(lead_id, now)
    return summary_of(found[-1]) if found else None


def book(
    *,
    conversation_id: UUID,
    slot_id: str,
    calendar: Calendar,
    turn_id: UUID | None,
    turn_index: int | None,
    now: datetime,
) -> Booked:
    """Book an offered time. The same (turn_id, turn_index) again continues where it stood."""
    request = Request(conversation_id, slot_id, turn_id, turn_index)
    return _carry_out(request, moves=False, calendar=calendar, now=now)


def reschedule(
    *,
    conversation_id: UUID,
    slot_id: str,
    calendar: Calendar,
    turn_id: UUID | None,
    turn_index: int | None,
    now: datetime,
) -> Booked:
    """Move the lead's meeting to an offered time; until that is certain the old one stands."""
    request = Request(conversation_id, slot_id, turn_id, turn_index)
    return _carry_out(request, moves=True, calendar=calendar, now=now)


def cancel(
    *,
    calendar: Calendar,
    now: datetime,
    by: Literal["lead", "staff"],
    conversation_id: UUID | None = None,
    meeting_id: UUID | None = None,
    comment: str = "",
    turn_id: UUID | None = None,
    turn_index: int | None = None,
) -> Booked:
    """Call off the lead's meeting at once; the calendar follows, later if it is down."""
    if (conversation_id is None) == (meeting_id is None):
        raise TypeError("Name the conversation or the meeting, one of them.")
    which = Q(conversation=conversation_id) if conversation_id else Q(meetings=meeting_id)
    with transaction.atomic():
        lead = lock_lead(which)
        rows = _cancelled_by_call(lead, turn_id, turn_index)
        if not rows:
            rows = _wanted(active_meetings(lead.pk, now), meeting_id)
            for meeting in rows:
                meeting.cancelled_by, meeting.cancel_comment = by, comment[:300]
                meeting.state = MeetingState.CANCELLED
                meeting.ended_at = meeting.sync_due_at = now
            if rows and turn_id:
                rows[-1].cancel_turn_id, rows[-1].cancel_turn_index = turn_id, turn_index
            Meeting.objects.bulk_update(rows, CANCELLATION)
    if not rows:
        return Booked(BookingStatus.NO_MEETING)
    reach("cancel.stored")
    for meeting in rows:
        if meeting.sync_due_at is not None:
            take_away(meeting, calendar=calendar, now=now)
    reach("cancel.done")
    return Booked(BookingStatus.CANCELLED, summary_of(rows[-1]))


def finish_pending(
    *, calendar: Calendar, now: datetime, tell: Tell = tell_nobody
) -> tuple[Settled, ...]:
    """Ask the calendar about everything left open and say what got settled.

    `tell` is called inside the transaction that settles a booking, with the row: queue the message
    to the lead there and it can be neither lost nor doubled.
    """
    settled: list[Settled] = []

    def note(meeting: Meeting) -> None:
        settled.append(settled_of(meeting))
        tell(meeting)

    for meeting in _due(now):
        try:
            if meeting.state == MeetingState.BOOKING:
                _finish(meeting, calendar, now, note)
            else:
                take_away(meeting, calendar=calendar, now=now)
        except Exception:
            # One that trips over a bug of ours is asked again in a minute and holds up no other.
            logger.exception("a meeting could not be settled")
    return tuple(settled)


def settled_of(meeting: Meeting) -> Settled:
    """What to tell the lead of a meeting that was pending."""
    return Settled(
        conversation_id=meeting.lead.conversation.pk,
        status=status_of(meeting),
        meeting=summary_of(meeting),
        moved=meeting.replaces_id is not None,
    )


def _carry_out(request: Request, *, moves: bool, calendar: Calendar, now: datetime) -> Booked:
    claimed = claim(request, moves=moves, now=now)
    if isinstance(claimed, Refusal):
        refused = summary_of(claimed.meeting) if claimed.meeting else None
        wanted_at = claimed.wanted_at
        return _with_alternatives(
            Booked(claimed.status, refused), request.conversation_id, wanted_at, calendar, now
        )
    reach("booking.claimed")
    meeting = claimed.meeting
    if meeting.state == MeetingState.BOOKING:
        put(meeting, calendar=calendar, resumed=claimed.resumed, now=now)
    if meeting.replaces is not None:
        _take_away_replaced(meeting.replaces, calendar, now)
    status = status_of(meeting)
    stands = status in (BookingStatus.CONFIRMED, BookingStatus.PENDING)
    booked = Booked(status, summary_of(meeting) if stands else None)
    wanted_at = meeting.during.lower
    return _with_alternatives(booked, request.conversation_id, wanted_at, calendar, now)


def _take_away_replaced(old: Meeting, calendar: Calendar, now: datetime) -> None:
    """After a move to another host the old one's event goes; the same host's just moved."""
    old = meetings_with_host().get(pk=old.pk)
    if old.state == MeetingState.RESCHEDULED and old.sync_due_at is not None:
        take_away(old, calendar=calendar, now=now)


def _with_alternatives(
    booked: Booked,
    conversation_id: UUID,
    wanted_at: datetime | None,
    calendar: Calendar,
    now: datetime,
) -> Booked:
    if booked.status != BookingStatus.TAKEN or wanted_at is None:
        return booked
    zone = lead_zone(Lead.objects.get(conversation=conversation_id))
    offer = offer_slots(
        conversation_id=conversation_id,
        wish=Wish(day=wanted_at.astimezone(zone).date()),
        calendar=calendar,
        now=now,
    )
    return Booked(booked.status, None, offer.slots)


def _cancelled_by_call(lead: Lead, turn_id: UUID | None, turn_index: int | None) -> list[Meeting]:
    if turn_id is None:
        return []
    own = meetings_with_host().filter(
        lead=lead, cancel_turn_id=turn_id, cancel_turn_index=turn_index
    )
    return list(own)


def _wanted(active: list[Meeting], meeting_id: UUID | None) -> list[Meeting]:
    """All of the lead's, or the one named and whatever was about to replace it."""
    if meeting_id is None:
        return active
    return [meeting for meeting in active if meeting_id in (meeting.pk, meeting.replaces_id)]


def _due(now: datetime) -> list[Meeting]:
    """Take a few that are due, pushed back first so that two sweepers do not both ask."""
    with transaction.atomic():
        due = Meeting.objects.select_for_update(skip_locked=True, no_key=True).filter(
            sync_due_at__lte=now
        )
        ids = list(due.order_by("sync_due_at").values_list("pk", flat=True)[:AT_ONCE])
        Meeting.objects.filter(pk__in=ids).update(sync_due_at=now + RETRY_EVERY)
    return list(meetings_with_host().select_related("lead__conversation").filter(pk__in=ids))


def _finish(meeting: Meeting, calendar: Calendar, now: datetime, tell: Tell) -> None:
    put(meeting, calendar=calendar, resumed=True, now=now, tell=tell)
    if meeting.state == MeetingState.BOOKING and _is_hopeless(meeting, now):
        release(meeting, problem=NO_ANSWER, may_stand=True, now=now, tell=tell)
    if meeting.replaces is not None:
        _take_away_replaced(meeting.replaces, calendar, now)


def _is_hopeless(meeting: Meeting, now: datetime) -> bool:
    starts_at: datetime = meeting.during.lower
    return now >= min(meeting.hold_expires_at or now, starts_at)
