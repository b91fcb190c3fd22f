"""Book, move and cancel meetings, and settle later what the calendar left open.

Rows first: the time is claimed in one transaction, the calendar is asked outside of any, and a
second transaction writes what it said. Whatever a crash leaves behind, `finish_pending` completes.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from conversations.crashpoints import reach
from conversations.models import Lead, Meeting, MeetingState
from conversations.services import leads, meeting_telling, slot_signing
from conversations.services.meeting_calendar import put, take_away
from conversations.services.meeting_claims import (
    Refusal,
    Request,
    Who,
    active_meetings,
    changed_by,
    claim,
    lock_lead,
    meetings_with_host,
)
from conversations.services.meeting_offers import (
    chosen_slot,
    current_offer,
    find_slots,
    lead_zone,
    offer_slots,
)
from conversations.services.meeting_outcomes import note_outcome, possible_outcomes
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
from conversations.services.meeting_settling import finish_pending, settled_of, take_away_replaced
from conversations.services.meeting_states import MeetingStateError, advance, close_past
from conversations.services.slot_choice import Wish
from integrations.scheduling import Calendar

__all__ = [
    "Booked",
    "BookingStatus",
    "MeetingStateError",
    "MeetingSummary",
    "Offer",
    "OfferedSlot",
    "Settled",
    "Wish",
    "active_meeting",
    "book",
    "cancel",
    "chosen_slot",
    "close_past",
    "current_offer",
    "find_slots",
    "finish_pending",
    "note_outcome",
    "offer_slots",
    "possible_outcomes",
    "reschedule",
    "settled_of",
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
    by: Who = "lead",
) -> Booked:
    """Book an offered time. The same (turn_id, turn_index) again continues where it stood.

    What staff do for the lead, the lead is told in the transaction that makes it so; the host is
    told of what others do.
    """
    request = Request(conversation_id, slot_id, turn_id, turn_index, by)
    return _carry_out(request, moves=False, calendar=calendar, now=now)


def reschedule(
    *,
    conversation_id: UUID,
    slot_id: str,
    calendar: Calendar,
    turn_id: UUID | None,
    turn_index: int | None,
    now: datetime,
    by: Who = "lead",
) -> Booked:
    """Move the lead's meeting to an offered time; until that is certain the old one stands."""
    request = Request(conversation_id, slot_id, turn_id, turn_index, by)
    return _carry_out(request, moves=True, calendar=calendar, now=now)


def cancel(
    *,
    calendar: Calendar,
    now: datetime,
    by: Who,
    conversation_id: UUID | None = None,
    meeting_id: UUID | None = None,
    comment: str = "",
    turn_id: UUID | None = None,
    turn_index: int | None = None,
) -> Booked:
    """Call off the lead's meeting at once; the calendar follows, later if it is down.

    Who did not do it is told in the same transaction.
    """
    if (conversation_id is None) == (meeting_id is None):
        raise TypeError("Name the conversation or the meeting, one of them.")
    which = Q(conversation=conversation_id) if conversation_id else Q(meetings=meeting_id)
    with transaction.atomic():
        lead = lock_lead(which)
        rows = _cancelled_by_call(lead, turn_id, turn_index)
        if not rows:
            rows = _wanted(active_meetings(lead.pk, now), meeting_id)
            rows = [row for row in rows if _call_off(row, by, comment, now)]
            if rows and turn_id:
                rows[-1].cancel_turn_id, rows[-1].cancel_turn_index = turn_id, turn_index
                rows[-1].save(update_fields=["cancel_turn_id", "cancel_turn_index"])
            leads.leave_meeting(lead_id=lead.pk)
            if rows:
                meeting_telling.tell_cancelled(rows[-1], by=by, now=now)
    if not rows:
        return Booked(BookingStatus.NO_MEETING)
    reach("cancel.stored")
    for meeting in rows:
        if meeting.sync_due_at is not None:
            take_away(meeting, calendar=calendar, now=now)
    reach("cancel.done")
    return Booked(BookingStatus.CANCELLED, summary_of(rows[-1]))


def _carry_out(request: Request, *, moves: bool, calendar: Calendar, now: datetime) -> Booked:
    claimed = claim(request, moves=moves, now=now)
    if isinstance(claimed, Refusal):
        refused = summary_of(claimed.meeting) if claimed.meeting else None
        return _with_alternatives(
            Booked(claimed.status, refused), request, claimed.wanted_at, calendar, now
        )
    reach("booking.claimed")
    meeting = claimed.meeting
    if meeting.state == MeetingState.BOOKING:
        tell = partial(meeting_telling.tell_put, by=request.by, now=now)
        put(meeting, calendar=calendar, resumed=claimed.resumed, now=now, tell=tell)
    if meeting.replaces is not None:
        take_away_replaced(meeting.replaces, calendar, now)
    status = status_of(meeting)
    stands = status in (BookingStatus.CONFIRMED, BookingStatus.PENDING)
    booked = Booked(status, summary_of(meeting) if stands else None)
    return _with_alternatives(booked, request, meeting.during.lower, calendar, now)


def _with_alternatives(
    booked: Booked,
    request: Request,
    wanted_at: datetime | None,
    calendar: Calendar,
    now: datetime,
) -> Booked:
    """Other times near a lost one, remembered in the same way as that one was."""
    if booked.status != BookingStatus.TAKEN or wanted_at is None:
        return booked
    zone = lead_zone(Lead.objects.get(conversation=request.conversation_id))
    look = find_slots if slot_signing.read(request.slot_id) else offer_slots
    offer = look(
        conversation_id=request.conversation_id,
        wish=Wish(day=wanted_at.astimezone(zone).date()),
        calendar=calendar,
        now=now,
    )
    return Booked(booked.status, None, offer.slots)


def _call_off(meeting: Meeting, by: Who, comment: str, now: datetime) -> bool:
    """False for one whose time ran out this very moment."""
    try:
        advance(
            meeting,
            MeetingState.CANCELLED,
            cancelled_by=changed_by(by),
            cancel_comment=comment[:300],
            ended_at=now,
            sync_due_at=now,
        )
    except MeetingStateError:
        return False
    return True


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
