"""A week of a simulated mailbox, as its owner sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import unescape
from zoneinfo import ZoneInfo

from django.utils.html import strip_tags

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.outlook.payloads import BOOKING_PROPERTY
from integrations.simulator.graph import owner
from integrations.simulator.graph.wire import known_zone

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
WORKDAYS = 5


@dataclass(frozen=True)
class Entry:
    """One event on its owner's clock. `is_ours`: leadbot put it there."""

    id: str
    starts: datetime
    ends: datetime
    subject: str
    text: str
    guests: tuple[str, ...]
    join_url: str
    show_as: str
    is_all_day: bool
    is_ours: bool

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.ends - self.starts).total_seconds() // 60)


@dataclass(frozen=True)
class Day:
    """A date with what happens on it."""

    date: date
    is_today: bool
    entries: tuple[Entry, ...]


def monday_of(day: date) -> date:
    """The Monday of that week."""
    return day - timedelta(days=day.weekday())


def zone_of(mailbox: SimulatedMailbox) -> ZoneInfo:
    """The clock that its owner lives by."""
    return ZoneInfo(mailbox.time_zone)


def days_of(mailbox: SimulatedMailbox, monday: date, *, now: datetime) -> list[Day]:
    """Monday to Friday, and the weekend where something is on it."""
    zone = zone_of(mailbox)
    starts_at = datetime.combine(monday, time(), zone)
    ends_at = datetime.combine(monday + WEEK, time(), zone)
    entries = [_entry(event, zone) for event in owner.events_between(mailbox, starts_at, ends_at)]
    days = (_day(monday + place * DAY, entries, now.astimezone(zone).date()) for place in range(7))
    return [day for place, day in enumerate(days) if place < WORKDAYS or day.entries]


def _day(day: date, entries: Iterable[Entry], today: date) -> Day:
    there = [
        entry
        for entry in entries
        if entry.starts.date() <= day and (entry.ends - timedelta.resolution).date() >= day
    ]
    return Day(day, day == today, tuple(sorted(there, key=lambda entry: (entry.starts, entry.id))))


def _entry(event: SimulatedMailboxEvent, zone: ZoneInfo) -> Entry:
    # An all-day event keeps the midnights of the zone that it was made in.
    clock = known_zone(event.time_zone) if event.is_all_day else zone
    content = event.content
    return Entry(
        id=event.pk,
        starts=event.starts_at.astimezone(clock),
        ends=event.ends_at.astimezone(clock),
        subject=str(content.get("subject") or ""),
        text=_plain(str((content.get("body") or {}).get("content", ""))),
        guests=tuple(_address(guest) for guest in content.get("attendees") or []),
        join_url=event.join_url,
        show_as=event.show_as,
        is_all_day=event.is_all_day,
        is_ours=any(
            item.get("id") == BOOKING_PROPERTY
            for item in content.get("singleValueExtendedProperties") or []
        ),
    )


def _plain(html: str) -> str:
    return unescape(strip_tags(html.replace("<br>", "\n").replace("</p>", "\n"))).strip()


def _address(guest: dict[str, dict[str, str]]) -> str:
    return guest.get("emailAddress", {}).get("address", "")
