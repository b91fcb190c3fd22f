"""Read a stored calendar out of the rows of past turns. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from psycopg.types.range import Range
from pydantic import TypeAdapter

from agent.models import AgentRun, Effect
from agent.replay.calendar import (
    StoredBooking,
    StoredCalendar,
    StoredHost,
    StoredSearch,
)
from agent.tools.toolbox import BOOKED, SLOTS
from agent.turn import BookingStatus, SlotView, SlotWish
from conversations.models import CancelledBy, Conversation, Lead, Meeting, MeetingState, SlotOffer
from conversations.services.meeting_offers import rota, rules_of
from conversations.services.meeting_results import offered_slot_of

WISH = TypeAdapter(SlotWish)
# The other ends of a booking follow from rules, and those are applied anew.
SAID_BY_CALENDAR = (
    BookingStatus.CONFIRMED,
    BookingStatus.PENDING,
    BookingStatus.TAKEN,
    BookingStatus.UNAVAILABLE,
)
BOOKINGS = ("check_and_book", "reschedule")


@dataclass(frozen=True)
class Frozen:
    """The calendar, the times on offer before the first turn, and when meetings were changed."""

    calendar: StoredCalendar
    offered: tuple[SlotView, ...] = ()
    changes: tuple[datetime, ...] = ()


def of_runs(runs: Sequence[AgentRun]) -> Frozen:
    """What the calendar was for these turns of one conversation, in their order."""
    first, last = runs[0], runs[-1]
    effects = Effect.objects.filter(run__in=runs, done_at__isnull=False).select_related("run")
    calendar = StoredCalendar(
        hosts=hosts(first.conversation_id, first.created_at, last.created_at),
        searches=tuple(
            _searches(effects.filter(tool="find_slots").order_by("run__created_at", "index"))
        ),
        bookings=tuple(_bookings(effects.filter(tool__in=BOOKINGS).order_by("done_at"))),
    )
    lead = Lead.objects.filter(conversation=first.conversation_id).first()
    return Frozen(
        calendar,
        _offered(first.conversation_id, first.created_at),
        _changes(lead, first.created_at) if lead else (),
    )


def hosts(conversation_id: UUID, begins_at: datetime, ends_at: datetime) -> tuple[StoredHost, ...]:
    """Who took meetings, their hours, and the meetings with others that they had then."""
    conversation = Conversation.objects.select_related("lead").filter(pk=conversation_id).first()
    if conversation is None:
        return ()
    found = rota(conversation, begins_at)
    rules = {host.pk: rules_of(host) for host in found.values()}
    horizon = max((each.horizon + each.buffer_after for each in rules.values()), default=None)
    if horizon is None:
        return ()
    rows = (
        Meeting.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=begins_at),
            salesperson__in=rules,
            during__overlap=Range(begins_at, ends_at + horizon),
            created_at__lte=ends_at,
        )
        .exclude(lead=conversation.lead)
        .order_by("during")
        .values_list("salesperson_id", "during")
    )
    taken = list(rows)
    return tuple(
        StoredHost(
            id=host.pk,
            name=str(host),
            rules=rules[host.pk],
            busy=tuple(
                rules[host.pk].padded(during.lower, during.upper)
                for host_id, during in taken
                if host_id == host.pk
            ),
        )
        for host in found.values()
    )


def _searches(effects: QuerySet[Effect]) -> Iterable[StoredSearch]:
    for effect in effects.exclude(run__context={}):
        yield StoredSearch(
            at=datetime.fromisoformat(effect.run.context["now"]),
            wish=WISH.validate_python(effect.arguments),
            result=SLOTS.validate_python(effect.result),
        )


def _bookings(effects: QuerySet[Effect]) -> Iterable[StoredBooking]:
    for effect in effects:
        result = BOOKED.validate_python(effect.result)
        if result.status in SAID_BY_CALENDAR:
            url = result.meeting.join_url if result.meeting else ""
            yield StoredBooking(str(effect.arguments["slot_id"]), result.status, url)


def _offered(conversation_id: UUID, at: datetime) -> tuple[SlotView, ...]:
    rows = SlotOffer.objects.filter(
        conversation_id=conversation_id, created_at__lt=at, expires_at__gt=at
    ).select_related("salesperson__user")
    return tuple(SlotView(**vars(offered_slot_of(row))) for row in rows.order_by("during"))


def _changes(lead: Lead, at: datetime) -> tuple[datetime, ...]:
    """When the lead moved or cancelled a meeting before this turn; only the last day counts."""
    moved = Meeting.objects.filter(lead=lead, replaces__isnull=False, created_at__lte=at)
    cancelled = Meeting.objects.filter(lead=lead, cancelled_by=CancelledBy.LEAD, ended_at__lte=at)
    times = [
        *moved.exclude(state=MeetingState.RELEASED).values_list("created_at", flat=True),
        *cancelled.values_list("ended_at", flat=True),
    ]
    return tuple(sorted(filter(None, times)))
