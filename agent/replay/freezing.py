"""Read a stored calendar out of the rows of past turns. Only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from psycopg.types.range import Range

from agent.models import AgentRun, Effect
from agent.replay.calendar import (
    StoredBooking,
    StoredCalendar,
    StoredHost,
    StoredSearch,
)
from agent.tools.toolbox import BOOKED, SLOTS, WISH
from agent.turn import BookingStatus, SlotView
from conversations.models import ChangedBy, Conversation, Fact, Meeting, MeetingState, SlotOffer
from conversations.services.host_rules import rules_from
from conversations.services.meeting_results import offered_slot_of
from conversations.services.rota import rota
from conversations.services.slots import OwnMeeting

# The other ends of a booking follow from rules, and those are applied anew.
SAID_BY_CALENDAR = (
    BookingStatus.CONFIRMED,
    BookingStatus.PENDING,
    BookingStatus.TAKEN,
    BookingStatus.UNAVAILABLE,
)
NEVER = datetime.max.replace(tzinfo=UTC)
BOOKINGS = ("check_and_book", "reschedule")


@dataclass(frozen=True)
class Lock:
    """An answer that staff kept the agent from changing."""

    key: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Frozen:
    """The calendar, the times on offer before the first turn, when meetings were changed, and
    which answers staff had locked.
    """

    calendar: StoredCalendar = field(default_factory=StoredCalendar)
    offered: tuple[SlotView, ...] = ()
    changes: tuple[datetime, ...] = ()
    locks: tuple[Lock, ...] = ()

    def locked_at(self, moment: datetime) -> frozenset[str]:
        """The answers that only staff could change then."""
        return frozenset(each.key for each in self.locks if each.since <= moment < each.until)


def of_run(run: AgentRun) -> Frozen:
    """What one turn found."""
    return of_turns(
        conversation_id=run.conversation_id,
        begins_at=run.created_at,
        ends_at=run.created_at,
        runs=[run],
    )


def of_turns(
    *, conversation_id: UUID, begins_at: datetime, ends_at: datetime, runs: Sequence[AgentRun]
) -> Frozen:
    """What the turns of a conversation found, from the first one's moment to the last one's."""
    effects = Effect.objects.filter(run__in=runs, done_at__isnull=False).select_related("run")
    searches = effects.filter(tool="find_slots").order_by("run__created_at", "index")
    bookings = effects.filter(tool__in=BOOKINGS).order_by("done_at")
    return Frozen(
        StoredCalendar(
            hosts=_hosts(conversation_id, begins_at, ends_at),
            searches=tuple(_searches(searches)),
            bookings=tuple(_bookings(bookings)),
        ),
        _offered(conversation_id, begins_at),
        _changes(conversation_id, begins_at),
        _locks(conversation_id),
    )


def _hosts(conversation_id: UUID, begins_at: datetime, ends_at: datetime) -> tuple[StoredHost, ...]:
    """Who takes meetings, their hours, and the meetings with others that they had then."""
    conversation = Conversation.objects.select_related("lead").filter(pk=conversation_id).first()
    found = rota(conversation, begins_at).hosts if conversation else {}
    rules = {host.pk: rules_from(host, begins_at) for host in found.values()}
    if conversation is None or not rules:
        return ()
    longest = max(each.horizon + each.buffer_after for each in rules.values())
    rows = Meeting.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=begins_at),
        salesperson__in=rules,
        during__overlap=Range(begins_at, ends_at + longest),
        created_at__lte=ends_at,
    ).exclude(lead=conversation.lead)
    own: dict[int, list[OwnMeeting]] = defaultdict(list)
    for row in rows.order_by("during"):
        own[row.salesperson_id].append(
            OwnMeeting(row.during.lower, row.during.upper, row.pk, row.pk)
        )
    return tuple(
        StoredHost(pk, str(host), rules[pk], own=tuple(own[pk])) for pk, host in found.items()
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


def _changes(conversation_id: UUID, at: datetime) -> tuple[datetime, ...]:
    """When the lead moved or cancelled a meeting before this turn; only the last day counts."""
    own = Meeting.objects.filter(lead__conversation=conversation_id)
    moved = own.filter(replaces__isnull=False, created_at__lte=at)
    cancelled = own.filter(cancelled_by=ChangedBy.LEAD, ended_at__lte=at)
    times = [
        *moved.exclude(state=MeetingState.RELEASED).values_list("created_at", flat=True),
        *cancelled.values_list("ended_at", flat=True),
    ]
    return tuple(sorted(filter(None, times)))


def _locks(conversation_id: UUID) -> tuple[Lock, ...]:
    rows = Fact.objects.filter(lead__conversation=conversation_id, locked_at__isnull=False)
    return tuple(
        Lock(row.key, row.locked_at, row.superseded_at or NEVER) for row in rows if row.locked_at
    )
