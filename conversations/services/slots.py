"""Free times of a salesperson and which of them to offer. Pure: no database, no clock, no I/O."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from integrations.scheduling import BusyInterval

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Interval:
    """Half-open, aware, UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Rules:
    """When a salesperson meets leads. Working hours are wall clock of `zone`, by weekday."""

    zone: ZoneInfo
    working_hours: Mapping[str, Sequence[Sequence[str]]]
    notice: timedelta
    horizon: timedelta
    length: timedelta
    step: timedelta
    buffer_before: timedelta = timedelta()
    buffer_after: timedelta = timedelta()

    def padded(self, starts_at: datetime, ends_at: datetime) -> BusyInterval:
        """The time that a meeting really takes: our own bookings count with their buffers."""
        return BusyInterval(starts_at - self.buffer_before, ends_at + self.buffer_after)


def free_slots(rules: Rules, *, busy: Iterable[BusyInterval], now: datetime) -> list[Interval]:
    """Every start on the grid that is worked, not too soon, not too far and free; sorted."""
    earliest, latest = now + rules.notice, now + rules.horizon
    blocked = _merged(busy)
    ends = [ends_at for _, ends_at in blocked]
    return [
        slot
        for slot in _worked_slots(rules, earliest, latest)
        if slot.starts_at >= earliest
        and slot.ends_at <= latest
        and not _meets(rules.padded(slot.starts_at, slot.ends_at), blocked, ends)
    ]


def _merged(busy: Iterable[BusyInterval]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for starts_at, ends_at in sorted((each.starts_at, each.ends_at) for each in busy):
        if starts_at >= ends_at:
            continue
        if merged and starts_at <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends_at))
        else:
            merged.append((starts_at, ends_at))
    return merged


def _meets(
    taken: BusyInterval, blocked: list[tuple[datetime, datetime]], ends: list[datetime]
) -> bool:
    # The first block that ends after we start is the only one that can reach us.
    index = bisect_left(ends, taken.starts_at + datetime.resolution)
    return index < len(blocked) and blocked[index][0] < taken.ends_at


def _worked_slots(rules: Rules, earliest: datetime, latest: datetime) -> Iterator[Interval]:
    day = earliest.astimezone(rules.zone).date()
    last = latest.astimezone(rules.zone).date()
    while day <= last:
        offset = _steady_offset(day, rules.zone)
        for window in rules.working_hours.get(str(day.weekday()), ()):
            opens, closes = (_minutes(edge) for edge in window)
            if offset is None:
                yield from _on_a_changing_day(rules, day, opens, closes)
            else:
                yield from _on_a_steady_day(rules, day, opens, closes, offset)
        day += DAY


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _on_a_steady_day(
    rules: Rules, day: date, opens: int, closes: int, offset: timedelta
) -> Iterator[Interval]:
    midnight = datetime.combine(day, time(), UTC) - offset
    last_start = closes - rules.length // MINUTE
    for minute in range(opens, last_start + 1, rules.step // MINUTE):
        starts_at = midnight + minute * MINUTE
        yield Interval(starts_at, starts_at + rules.length)


def _on_a_changing_day(rules: Rules, day: date, opens: int, closes: int) -> Iterator[Interval]:
    for minute in range(opens, closes, rules.step // MINUTE):
        starts_at = _instant(datetime.combine(day, time(minute // 60, minute % 60)), rules.zone)
        if starts_at is None:
            continue
        slot = Interval(starts_at, starts_at + rules.length)
        if all(
            opens <= _minute_of(day, passed, rules.zone) < closes for passed in _every_minute(slot)
        ):
            yield slot


def _every_minute(slot: Interval) -> Iterator[datetime]:
    instant = slot.starts_at
    while instant < slot.ends_at:
        yield instant
        instant += MINUTE


def _minute_of(day: date, instant: datetime, zone: ZoneInfo) -> int:
    """The minute of that day on the wall clock; -1 on another day or when it comes twice."""
    local = instant.astimezone(zone).replace(tzinfo=None)
    if local.date() != day or _instant(local.replace(fold=0), zone) is None:
        return -1
    return local.hour * 60 + local.minute


def _instant(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The one instant with this wall-clock time: None when the clock skips or repeats it."""
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    return first.astimezone(UTC) if first.utcoffset() == second.utcoffset() else None


def _steady_offset(day: date, zone: ZoneInfo) -> timedelta | None:
    """The offset from UTC all day long; None when the clock changes on that day."""
    offsets = {
        datetime.combine(each, time(), zone).replace(fold=fold).utcoffset()
        for each in (day, day + DAY)
        for fold in (0, 1)
    }
    return offsets.pop() if len(offsets) == 1 else None
