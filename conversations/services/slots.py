"""Free times of a salesperson. Pure: no database, no clock, no I/O.

Inside, an instant is whole seconds since 1970: busy times are rounded outwards, which changes
nothing for starts on whole seconds, and comparing numbers is what makes a search cheap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil, floor
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from conversations.services.wall_clock import instant_of, is_repeated, steady_offset
from integrations.scheduling import BusyInterval

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NEVER = int(datetime.max.replace(tzinfo=UTC).timestamp())


class Interval(NamedTuple):
    """Half-open, aware, UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Rules:
    """When a salesperson meets leads. Working hours are wall clock of `zone`, by weekday; days off
    and holidays are dates there, and `daily_cap` is how many meetings of ours one may have.
    """

    zone: ZoneInfo
    working_hours: Mapping[str, Sequence[Sequence[str]]]
    notice: timedelta
    horizon: timedelta
    length: timedelta
    step: timedelta
    buffer_before: timedelta = timedelta()
    buffer_after: timedelta = timedelta()
    days_off: frozenset[date] = frozenset()
    holidays: frozenset[date] = frozenset()
    daily_cap: int | None = None

    @property
    def apart(self) -> timedelta:
        """How far two meetings of ours are from each other at least: each brings its buffers."""
        return self.buffer_before + self.buffer_after

    def windows_on(self, day: date) -> list[tuple[int, int]]:
        """When that weekday's windows open and close, in minutes of the wall clock."""
        windows = self.working_hours.get(str(day.weekday()), ())
        return [(_minutes(opens), _minutes(closes)) for opens, closes in windows]


@dataclass(frozen=True)
class OwnMeeting:
    """A meeting of ours. `root` is itself, or the one that it is about to take the place of."""

    starts_at: datetime
    ends_at: datetime
    meeting_id: UUID
    root: UUID


@dataclass(frozen=True)
class Taken:
    """What takes a salesperson's time: what their calendar says, and our own meetings.

    `moving` is the meeting that a time is looked for: its own stays taken, a day's cap does not
    count it.
    """

    busy: Sequence[BusyInterval] = ()
    own: Sequence[OwnMeeting] = ()
    moving: UUID | None = None

    def full_days(self, rules: Rules) -> set[date]:
        """The days that have as many meetings as the cap allows."""
        if rules.daily_cap is None:
            return set()
        meetings: dict[date, set[UUID]] = defaultdict(set)
        for each in self.own:
            if each.root != self.moving:
                meetings[each.starts_at.astimezone(rules.zone).date()].add(each.root)
        return {day for day, roots in meetings.items() if len(roots) >= rules.daily_cap}


def free_slots(rules: Rules, *, taken: Taken, now: datetime) -> list[Interval]:
    """Every start on the grid that is worked, not too soon, not too far and free; sorted."""
    earliest = ceil((now + rules.notice).timestamp())
    latest = floor((now + rules.horizon - rules.length).timestamp())
    begins, ends = _forbidden(rules, taken)
    length = rules.length
    found = []
    for starts in _worked_starts(rules, taken.full_days(rules), now):
        index = bisect_right(ends, starts[0]) if starts else 0
        for start in starts:
            while ends[index] <= start:
                index += 1
            if start <= begins[index] and earliest <= start <= latest:
                starts_at = datetime.fromtimestamp(start, UTC)
                found.append(Interval(starts_at, starts_at + length))
    return found


def _forbidden(rules: Rules, taken: Taken) -> tuple[list[int], list[int]]:
    """Between which moments, themselves allowed, no meeting can start: merged, in order.

    The last are so late that no start comes after them.
    """
    spans = sorted(
        [
            *_spans(taken.busy, rules.length + rules.buffer_after, rules.buffer_before),
            *_spans(taken.own, rules.length + rules.apart, rules.apart),
        ]
    )
    begins: list[int] = []
    ends: list[int] = []
    for begin, end in spans:
        # Where two only touch, the moment between them is allowed.
        if not ends or begin >= ends[-1]:
            begins.append(begin)
            ends.append(end)
        elif end > ends[-1]:
            ends[-1] = end
    return [*begins, NEVER], [*ends, NEVER]


def _spans(
    taken: Sequence[BusyInterval] | Sequence[OwnMeeting], before: timedelta, after: timedelta
) -> list[tuple[int, int]]:
    earlier, later = before // SECOND, after // SECOND
    return [
        (floor(each.starts_at.timestamp()) - earlier, ceil(each.ends_at.timestamp()) + later)
        for each in taken
        if each.starts_at < each.ends_at
    ]


def _worked_starts(rules: Rules, full: set[date], now: datetime) -> Iterator[Sequence[int]]:
    """The grid, window by window, in seconds."""
    day = (now + rules.notice).astimezone(rules.zone).date()
    last = (now + rules.horizon).astimezone(rules.zone).date()
    closed = rules.days_off | rules.holidays | full
    weekdays: dict[int, list[tuple[int, int]]] = {}
    while day <= last:
        if day.weekday() not in weekdays:
            weekdays[day.weekday()] = rules.windows_on(day)
        for opens, closes in () if day in closed else weekdays[day.weekday()]:
            yield _starts_on(rules, day, opens, closes)
        day += DAY


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _starts_on(rules: Rules, day: date, opens: int, closes: int) -> Sequence[int]:
    offset = steady_offset(day, rules.zone)
    if offset is None:
        return list(_starts_on_a_changing_day(rules, day, opens, closes))
    midnight = int((datetime.combine(day, time(), UTC) - offset).timestamp())
    last = midnight + closes * 60 - rules.length // SECOND
    return range(midnight + opens * 60, last + 1, rules.step // SECOND)


def _starts_on_a_changing_day(rules: Rules, day: date, opens: int, closes: int) -> Iterator[int]:
    for minute in range(opens, closes, rules.step // MINUTE):
        starts_at = instant_of(datetime.combine(day, time(minute // 60, minute % 60)), rules.zone)
        if starts_at is not None and all(
            opens <= _minute_of(day, passed, rules.zone) < closes
            for passed in every_minute(starts_at, rules.length)
        ):
            yield int(starts_at.timestamp())


def every_minute(starts_at: datetime, length: timedelta) -> Iterator[datetime]:
    """Each minute that a meeting lasts, by its first moment."""
    return (starts_at + passed * MINUTE for passed in range(ceil(length / MINUTE)))


def _minute_of(day: date, instant: datetime, zone: ZoneInfo) -> int:
    """The minute of that day on the wall clock; -1 on another day or when it comes twice."""
    local = instant.astimezone(zone)
    if local.date() != day or is_repeated(instant, zone):
        return -1
    return local.hour * 60 + local.minute
