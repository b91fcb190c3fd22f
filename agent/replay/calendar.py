"""A calendar as it stood: what it answered then, and free times for what it was not asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from agent.turn import BookingStatus, MeetingView, SlotsResult, SlotView, SlotWish
from conversations.services.host_rules import offering
from conversations.services.slot_choice import Option, Wish, pick_varied
from conversations.services.slots import Interval, OwnMeeting, Rules, Taken, free_slots
from integrations.scheduling import BusyInterval


@dataclass(frozen=True)
class StoredHost:
    """A salesperson's hours, our meetings with others, and what else took their time."""

    id: int
    name: str
    rules: Rules
    busy: tuple[BusyInterval, ...] = ()
    own: tuple[OwnMeeting, ...] = ()


@dataclass(frozen=True)
class StoredSearch:
    """What the calendar answered to a wish in the turn that began at `at`."""

    at: datetime
    wish: SlotWish
    result: SlotsResult


@dataclass(frozen=True)
class StoredBooking:
    """How asking for an offered time ended. `join_url` is the link of the meeting it became."""

    slot_id: str
    status: BookingStatus
    join_url: str = ""


@dataclass(frozen=True)
class StoredCalendar:
    """Frozen: the same question has the same answer, whoever asks and whenever.

    `hosts` are in the order in which they are asked.
    """

    hosts: tuple[StoredHost, ...] = ()
    searches: tuple[StoredSearch, ...] = ()
    bookings: tuple[StoredBooking, ...] = ()

    def find(
        self,
        wish: SlotWish,
        *,
        turn_at: datetime,
        zone: ZoneInfo,
        meeting: MeetingView | None,
        lost: Iterable[SlotView] = (),
    ) -> SlotsResult:
        """What was answered to this wish then, else what is free by the hours kept here."""
        for search in self.searches:
            if (search.at, search.wish) == (turn_at, wish):
                return search.result
        free = ((host.id, _free(host, turn_at, meeting, lost)) for host in self.hosts)
        picked = pick_varied(free, zone=zone, wish=Wish(**vars(wish)))
        slots = tuple(map(self._slot, picked))
        return SlotsResult(slots, "" if slots else "no_slots")

    def booked(self, slot: SlotView) -> StoredBooking:
        """How booking this time ended then; a time that nobody asked for is free."""
        same = {each.id for each in self._known if _is_same(each, slot)}
        found = [each for each in self.bookings if each.slot_id in same]
        return found[-1] if found else StoredBooking(slot.id, BookingStatus.CONFIRMED)

    def notice_ends(self, slot: SlotView, now: datetime) -> datetime:
        """The earliest time that its host may still be booked for."""
        rules = [host.rules for host in self.hosts if host.name == slot.host]
        return now + rules[0].notice if rules else now

    def time_of(self, slot_id: str) -> SlotView | None:
        """The time that the lead saw under this id then."""
        return next((slot for slot in self._known if slot.id == slot_id), None)

    @property
    def _known(self) -> tuple[SlotView, ...]:
        return tuple(slot for search in self.searches for slot in search.result.slots)

    def _slot(self, option: Option) -> SlotView:
        """Under the id that the lead knows the time by, so that their taps still name it."""
        name = next(host.name for host in self.hosts if host.id == option.host_id)
        made_up = str(_made_up(option.host_id, option.slot.starts_at))
        slot = SlotView(made_up, option.slot.starts_at, option.slot.ends_at, name)
        known = [each for each in self._known if _is_same(each, slot)]
        return replace(slot, id=known[-1].id) if known else slot


STORED = TypeAdapter(StoredCalendar)


def _is_same(one: SlotView, other: SlotView) -> bool:
    return (one.starts_at, one.host) == (other.starts_at, other.host)


def _free(
    host: StoredHost, now: datetime, meeting: MeetingView | None, lost: Iterable[SlotView]
) -> list[Interval]:
    """Their free times, between their meetings, the lead's own and those that somebody else got."""
    with_lead = [_own(host, meeting)] if meeting and meeting.host == host.name else []
    others = (_own(host, slot) for slot in lost if slot.host == host.name)
    moving = with_lead[0].root if with_lead else None
    taken = Taken(host.busy, [*host.own, *with_lead, *others], moving)
    return free_slots(offering(host.rules), taken=taken, now=now)


def _own(host: StoredHost, slot: SlotView | MeetingView) -> OwnMeeting:
    made_up = _made_up(host.id, slot.starts_at)
    return OwnMeeting(slot.starts_at, slot.ends_at, made_up, made_up)


def _made_up(host_id: int, starts_at: datetime) -> UUID:
    return uuid5(NAMESPACE_OID, f"{host_id} {starts_at.isoformat()}")
