"""Salespeople, calendars and moments to try the slot engine on: near the clock's jumps if it can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from conversations.services.slots import OwnMeeting, Rules, Taken
from integrations.scheduling import BusyInterval

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",  # back in Ramadan
    "America/Asuncion",  # at midnight, until 2024
    "America/Bogota",
    "America/Caracas",  # half an hour in 2016
    "America/Havana",  # at midnight
    "America/Mexico_City",
    "America/New_York",
    "America/Nuuk",  # the evening before
    "America/Santiago",  # at midnight
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Tijuana",
    "Antarctica/Troll",  # two hours
    "Asia/Beirut",  # at midnight
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Pyongyang",  # half an hour in 2015 and 2018
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Eucla",
    "Australia/Lord_Howe",  # half an hour
    "Europe/Dublin",  # winter is the exception
    "Europe/London",
    "Europe/Madrid",
    "Pacific/Apia",  # skipped the 30th of December 2011
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Easter",
    "Pacific/Kiritimati",
    "Pacific/Marquesas",
    "UTC",
)
FIRST, LAST = date(2010, 1, 1), date(2027, 6, 1)


@dataclass(frozen=True)
class Case:
    """One question to the engine."""

    rules: Rules
    taken: Taken
    now: datetime


@lru_cache
def jumps(zone: str) -> tuple[datetime, ...]:
    """Noon UTC of the days after which this zone's clock shows another offset."""
    noon = datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC)
    days = [noon + passed * DAY for passed in range((LAST - FIRST).days)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    pairs = zip(days, offsets, offsets[1:], strict=False)
    return tuple(day for day, before, after in pairs if before != after)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def _windows(draw: st.DrawFn) -> list[list[str]]:
    """Up to two windows of a day, at any five minutes, in order; they may touch."""
    edges = sorted(draw(st.lists(st.integers(0, 288), min_size=2, max_size=4)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [[_clock(a * 5), _clock(b * 5)] for a, b in pairs if a < b]


@st.composite
def _rules(draw: st.DrawFn, zone: str, now: datetime) -> Rules:
    today = now.astimezone(ZoneInfo(zone)).date()
    away = [frozenset({today + passed * DAY} if passed < 4 else ()) for passed in draw(TWO_DAYS)]
    one, other, closed = draw(_windows()), draw(_windows()), draw(st.integers(0, 6))
    return Rules(
        zone=ZoneInfo(zone),
        working_hours={str(day): (one, other)[day % 2] for day in range(7) if day != closed},
        notice=draw(st.sampled_from([0, 1, 30, 120, 1440])) * MINUTE,
        horizon=draw(st.sampled_from([1440, 2000, 2880, 4320])) * MINUTE,
        length=draw(st.sampled_from([15, 30, 45, 90])) * MINUTE,
        step=draw(st.sampled_from([15, 20, 30, 60])) * MINUTE,
        buffer_before=draw(st.sampled_from([0, 5, 15])) * MINUTE,
        buffer_after=draw(st.sampled_from([0, 10, 30])) * MINUTE,
        days_off=away[0],
        holidays=away[1],
        daily_cap=draw(st.sampled_from([None, None, 1, 2, 3])),
    )


# How many days from today; four and more are none at all.
TWO_DAYS = st.tuples(st.integers(-1, 8), st.integers(-1, 8))
# Seconds from now and how long; most on whole minutes, as calendars have them.
STARTS = st.integers(-600, 5000).map(lambda minutes: minutes * 60) | st.integers(-36_000, 300_000)
SPANS = st.lists(st.tuples(STARTS, st.sampled_from([0, 900, 1800, 3600, 7211, 24_000])), max_size=6)


@st.composite
def _taken(draw: st.DrawFn, now: datetime) -> Taken:
    """The first ones are our own meetings."""
    spans = [
        (now + timedelta(seconds=start), timedelta(seconds=lasts)) for start, lasts in draw(SPANS)
    ]
    ours = draw(st.integers(0, len(spans)))
    own = [
        OwnMeeting(start, start + lasts + MINUTE, UUID(int=number), UUID(int=number // 2 * 2))
        for number, (start, lasts) in enumerate(spans[:ours])
    ]
    busy = [BusyInterval(start, start + lasts) for start, lasts in spans[ours:]]
    return Taken(busy, own, draw(st.sampled_from([None, *(each.root for each in own)])))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A salesperson in some zone, a day or two before its clock jumps where it does."""
    zone = draw(st.sampled_from(ZONES))
    bases = jumps(zone) or (datetime(2026, 11, 23, 15, tzinfo=UTC),)
    now = draw(st.sampled_from(bases)) + draw(st.integers(-2400, 600)) * MINUTE
    now += draw(st.sampled_from([0, 0, 1, 30_000_000])) * datetime.resolution
    return Case(draw(_rules(zone, now)), draw(_taken(now)), now)
