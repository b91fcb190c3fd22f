"""Staff give a meeting another time: any that its host, or another one, has free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from conversations.models import TAKES_TIME, ChangedBy, Meeting, MeetingState, User
from conversations.services import availability, meetings, slot_signing
from conversations.services.availability import FreeTimes
from conversations.services.meeting_claims import lock_lead
from conversations.services.meeting_results import Booked, BookingStatus
from conversations.services.meeting_states import advance_all
from conversations.services.slot_signing import ChosenSlot
from integrations.scheduling import Calendar

# Long enough to phone the lead about it.
CHOICE_LASTS = timedelta(hours=1)
STANDS = (BookingStatus.CONFIRMED, BookingStatus.PENDING)


@dataclass(frozen=True)
class Choices:
    """What a host has free, and an id for each of those times, in the same order."""

    found: FreeTimes
    slot_ids: tuple[str, ...]


def can_move(meeting: Meeting, *, now: datetime) -> bool:
    """One that stands, or that nobody said the outcome of yet: it may have been put off."""
    if meeting.state == MeetingState.CONFIRMED:
        return True
    return meeting.state == MeetingState.OVER and meeting.during.lower <= now


def find_choices(*, meeting: Meeting, host_id: int, calendar: Calendar, now: datetime) -> Choices:
    """Every free time of a host for the lead of this meeting, until their horizon."""
    moving = meeting.pk if meeting.state == MeetingState.CONFIRMED else None
    found = availability.free_times(host_id=host_id, calendar=calendar, now=now, moving=moving)
    conversation_id, expires_at = meeting.lead.conversation.pk, now + CHOICE_LASTS
    ids = (
        slot_signing.sign(
            ChosenSlot(conversation_id, host_id, slot.starts_at, slot.ends_at, expires_at)
        )
        for slot in found.slots
    )
    return Choices(found, tuple(ids))


def move(
    *, meeting: Meeting, slot_id: str, staff: User, calendar: Calendar, now: datetime
) -> Booked:
    """Move what is ahead; one that is over gets a successor, and was rescheduled then.

    The lead is told by the booking itself.
    """
    is_ahead = meeting.state == MeetingState.CONFIRMED and meeting.during.upper > now
    act = meetings.reschedule if is_ahead else meetings.book
    booked = act(
        conversation_id=meeting.lead.conversation.pk,
        slot_id=slot_id,
        calendar=calendar,
        turn_id=None,
        turn_index=None,
        now=now,
        by=staff,
    )
    if not is_ahead and booked.status in STANDS and booked.meeting is not None:
        _succeed(meeting.pk, booked.meeting.id, now)
    return booked


def _succeed(old_id: UUID, new_id: UUID, now: datetime) -> None:
    """While the calendar has not answered, how the old one went stays open."""
    with transaction.atomic():
        lock_lead(Q(meetings=old_id))
        new = Meeting.objects.filter(pk=new_id, state__in=TAKES_TIME, replaces=None)
        stands = new.values_list("state", flat=True).first()
        old = Meeting.objects.filter(pk=old_id, state=MeetingState.OVER)
        if stands is None or not old.exists():
            return
        new.update(replaces=old_id, moved_by=ChangedBy.STAFF)
        if stands == MeetingState.CONFIRMED:
            advance_all(old, MeetingState.RESCHEDULED, ended_at=now)
