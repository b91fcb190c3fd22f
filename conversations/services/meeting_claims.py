"""The first transaction of a booking or a move: who may have the time, decided by the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from conversations.compiled import Compiled
from conversations.models import (
    TAKES_TIME,
    ChangedBy,
    Conversation,
    Lead,
    Meeting,
    MeetingState,
    Salesperson,
    User,
)
from conversations.services.booking_rules import Standing, refused
from conversations.services.host_rules import rules_from, rules_of
from conversations.services.meeting_offers import chosen_slot, lead_zone
from conversations.services.meeting_results import BookingStatus
from conversations.services.meeting_states import advance_all, close_past
from conversations.services.own_bookings import own_bookings
from conversations.services.slot_reasons import Code, reasons
from conversations.services.slot_signing import ChosenSlot
from conversations.services.slots import Taken

DAY = timedelta(days=1)
NO_ANSWER = "The calendar did not answer in time."
# How long a booking without an answer keeps its time.
PENDING_LASTS = timedelta(hours=1)
# The request that made the row is surely over by then, and somebody else may ask the calendar.
FIRST_RETRY = timedelta(seconds=90)
# What may have come since the time was offered. Other hours are for other offers.
SINCE = frozenset({Code.DAYOFF, Code.HOLIDAY, Code.RESERVED, Code.BUFFER, Code.DAYMAX})


# Who asks: the lead, or a colleague, known or not.
Who = User | Literal["lead", "staff"]


@dataclass(frozen=True)
class Request:
    """Somebody wants an offered time. The turn's call is what makes a retry the same request.

    Staff may change a meeting as often as they like.
    """

    conversation_id: UUID
    slot_id: str
    turn_id: UUID | None
    turn_index: int | None
    by: Who = "lead"


@dataclass(frozen=True)
class Claim:
    """The row that has the time. `resumed`: it was there before, so the calendar may know it."""

    meeting: Meeting
    resumed: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why there is no claim. `meeting` is the one in the way, `wanted_at` the time they wanted."""

    status: BookingStatus
    meeting: Meeting | None = None
    wanted_at: datetime | None = None


def claim(request: Request, *, moves: bool, now: datetime) -> Claim | Refusal:
    """Take the time for the lead, or say why not; a repeated request finds its own row."""
    with transaction.atomic():
        lead = lock_lead(Q(conversation=request.conversation_id))
        own = meetings_with_host().filter(
            turn_id=request.turn_id, turn_index=request.turn_index, turn_id__isnull=False, lead=lead
        )
        if meeting := own.first():
            return Claim(meeting, resumed=True)
        _close_past(lead, now)
        current = active_meetings(lead.pk, now)
        slot = _slot(request, now)
        changes = _changes_today(lead, now) if request.by == "lead" else 0
        if refusal := _refusal(current, slot, moves=moves, changes=changes):
            return refusal
        if slot is None:
            return Refusal(BookingStatus.EXPIRED)
        return _take(lead, slot, request, current[0] if moves else None, now)


def changed_by(who: Who) -> ChangedBy:
    """As a meeting stores it."""
    return ChangedBy.LEAD if who == "lead" else ChangedBy.STAFF


def lock_lead(which: Q) -> Lead:
    """Whoever changes meetings holds the conversation, the lead, then salespeople: none deadlock.

    The conversation comes first because who settles a booking may tell the lead in the same breath.
    """
    conversation = Conversation.objects.filter(lead__in=Lead.objects.filter(which))
    conversation.select_for_update(no_key=True).first()
    return Lead.objects.select_for_update(no_key=True, of=("self",)).get(which)


def lock_host(host_id: int) -> Salesperson:
    """Hold a salesperson: their bookings are decided one after another."""
    hosts = Salesperson.objects.select_for_update(no_key=True, of=("self",))
    return hosts.select_related("user").get(pk=host_id)


def meetings_with_host() -> QuerySet[Meeting]:
    """Meetings with what a summary and a calendar entry need."""
    return Meeting.objects.select_related("salesperson__user", "lead", "replaces")


def active_meetings(lead_id: UUID, now: datetime) -> list[Meeting]:
    """What the lead has ahead: an unfinished request first, then the confirmed meeting."""
    rows = AHEAD.rows(lead_id=lead_id, now=now)
    return sorted(rows, key=lambda meeting: meeting.state == MeetingState.CONFIRMED)


def _ahead(lead_id: UUID, now: datetime) -> QuerySet[Meeting]:
    """Most leads have none: joining what belongs to one would cost every turn more than asking."""
    ahead = Meeting.objects.filter(state__in=TAKES_TIME, lead=lead_id, during__endswith__gt=now)
    return ahead.prefetch_related("salesperson__user", "lead", "replaces")


AHEAD = Compiled(_ahead, lead_id=UUID, now=datetime)


def _close_past(lead: Lead, now: datetime) -> None:
    """What lies behind must not bar the lead from the next meeting, outcome noted or not."""
    past = Meeting.objects.filter(lead=lead, during__endswith__lte=now)
    advance_all(past, MeetingState.RELEASED, ended_at=now, problem=NO_ANSWER)
    close_past(now=now, lead_id=lead.pk)


def _slot(request: Request, now: datetime) -> ChosenSlot | None:
    """The time, if it was offered in this conversation and can still be kept."""
    slot = chosen_slot(request.slot_id)
    if slot is None or slot.conversation_id != request.conversation_id or slot.expires_at <= now:
        return None
    host = Salesperson.objects.filter(pk=slot.host_id).first()
    if host is None or slot.starts_at < now + rules_of(host).notice:
        return None
    return slot


def _refusal(
    current: list[Meeting], slot: ChosenSlot | None, *, moves: bool, changes: int
) -> Refusal | None:
    first = current[0] if current else None
    standing = None
    if first is not None:
        is_same = slot is not None and _is_same_time(first, slot)
        standing = Standing(first.state == MeetingState.CONFIRMED, is_same)
    status = refused(standing, moves=moves, changes=changes)
    return None if status is None else Refusal(status, first)


def _is_same_time(meeting: Meeting, slot: ChosenSlot) -> bool:
    return (meeting.salesperson_id, meeting.during) == (slot.host_id, slot.during)


def _changes_today(lead: Lead, now: datetime) -> int:
    """The lead's own of the last 24 hours; a move that came to nothing is none."""
    moved = Q(replaces__isnull=False, created_at__gt=now - DAY) & ~Q(state=MeetingState.RELEASED)
    moved &= ~Q(moved_by__in=[ChangedBy.STAFF, ChangedBy.HOST])
    cancelled = Q(cancelled_by=ChangedBy.LEAD, ended_at__gt=now - DAY)
    return Meeting.objects.filter(moved | cancelled, lead=lead).count()


def _take(
    lead: Lead, slot: ChosenSlot, request: Request, replaces: Meeting | None, now: datetime
) -> Claim | Refusal:
    host = lock_host(slot.host_id)
    taken = Refusal(BookingStatus.TAKEN, wanted_at=slot.starts_at)
    if not (host.takes_meetings and host.user.is_active) or _is_taken(host, slot, replaces, now):
        return taken
    meeting = Meeting(
        lead=lead,
        salesperson=host,
        during=slot.during,
        state=MeetingState.BOOKING,
        time_zone=str(lead_zone(lead)),
        hold_expires_at=now + PENDING_LASTS,
        sync_due_at=now + FIRST_RETRY,
        turn_id=request.turn_id,
        turn_index=request.turn_index if request.turn_id else None,
        replaces=replaces,
        moved_by=changed_by(request.by) if replaces else "",
        created_at=now,
    )
    try:
        with transaction.atomic():
            meeting.save(force_insert=True)
    except IntegrityError as error:
        if "meeting_no_overlap" not in str(error):
            raise
        return taken
    return Claim(meeting)


def _is_taken(host: Salesperson, slot: ChosenSlot, replaces: Meeting | None, now: datetime) -> bool:
    """What we know ourselves speaks against it by now: our meetings, a day off, a full day."""
    own = own_bookings([host.pk], starts_at=slot.starts_at, ends_at=slot.ends_at)
    taken = Taken(own=own.get(host.pk, ()), moving=replaces.pk if replaces else None)
    rules = replace(rules_from(host, now), length=slot.ends_at - slot.starts_at)
    against = reasons(rules, taken=taken, instant=slot.starts_at, now=now)
    return any(reason.code in SINCE for reason in against)
