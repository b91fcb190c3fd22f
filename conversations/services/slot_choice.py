"""Which free times to put before a lead: few, varied, and what they asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from itertools import chain, groupby, zip_longest
from typing import Literal
from zoneinfo import ZoneInfo

from conversations.services.slots import Interval

Part = Literal["", "morning", "afternoon"]
NOON = 12
# Nobody who says «en la tarde» means before lunch.
AFTER_LUNCH = 13
LIMIT = 6
ENOUGH = 3
DAYS_AT_ONCE = 3
KEPT_FOR_OTHER_DAYS = 2


@dataclass(frozen=True)
class Wish:
    """What the lead asked for, in their own zone. Empty = anything soon.

    `or_day` is as good as `day`; `bound` makes `at` the first or the last hour, not the very one.
    """

    day: date | None = None
    part: Part = ""
    earliest: datetime | None = None
    or_day: date | None = None
    at: time | None = None
    bound: Literal["", "after", "before"] = ""


@dataclass(frozen=True)
class Option:
    """A free time of one host. `local` is the start on the lead's clock."""

    host_id: int
    slot: Interval
    local: datetime

    @cached_property
    def day(self) -> date:
        """The lead's calendar day."""
        return self.local.date()

    @cached_property
    def part(self) -> Part:
        """Morning or afternoon on the lead's clock."""
        return "morning" if self.local.hour < NOON else "afternoon"


def pick_varied(
    slots_by_host: Iterable[tuple[int, Sequence[Interval]]],
    *,
    zone: ZoneInfo,
    wish: Wish,
    limit: int = LIMIT,
) -> list[Option]:
    """Up to `limit` options in order of time, from as few hosts as give a good choice.

    Hosts come in order of preference; a later one is asked only for what the earlier ones
    cannot give. Of two hosts free at one time the earlier gets it.
    """
    pool: dict[datetime, Option] = {}
    best: list[Option] = []
    for host_id, slots in slots_by_host:
        new = _options(host_id, slots, zone, wish)
        for option in new:
            pool.setdefault(option.slot.starts_at, option)
        if _quality(best, wish) == SECOND_BEST and not any(_suits(each, wish) for each in new):
            continue
        picked = _pick(sorted(pool.values(), key=lambda option: option.slot), wish, limit)
        if _quality(picked, wish) > _quality(best, wish):
            best = picked
        if _quality(best, wish) == PERFECT:
            break
    return sorted(best, key=lambda option: option.slot)


def _options(host_id: int, slots: Sequence[Interval], zone: ZoneInfo, wish: Wish) -> list[Option]:
    return [
        Option(host_id, slot, slot.starts_at.astimezone(zone))
        for slot in slots
        if wish.earliest is None or slot.starts_at >= wish.earliest
    ]


PERFECT = (True, ENOUGH, True)
# Only what suits the wish could be better.
SECOND_BEST = (False, ENOUGH, True)


def _quality(picked: Sequence[Option], wish: Wish) -> tuple[bool, int, bool]:
    return (
        any(_suits(option, wish) for option in picked),
        min(len(picked), ENOUGH),
        len({option.day for option in picked}) > 1,
    )


def _suits(option: Option, wish: Wish) -> bool:
    return _is_on(option, wish) and _is_in(option, wish.part) and _misses_by(option, wish) == 0


def _is_on(option: Option, wish: Wish) -> bool:
    return wish.day is None or option.day in (wish.day, wish.or_day)


def _is_in(option: Option, part: Part) -> bool:
    if part == "afternoon":
        return option.local.hour >= AFTER_LUNCH
    return not part or option.local.hour < NOON


def _misses_by(option: Option, wish: Wish) -> int:
    """How many minutes the option is away from the hours they asked for."""
    if wish.at is None:
        return 0
    late = _minutes(option.local.time()) - _minutes(wish.at)
    kept = {"": late == 0, "after": late >= 0, "before": late < 0}[wish.bound]
    return 0 if kept else abs(late) or 1


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _nearest(options: list[Option], wish: Wish, limit: int) -> list[Option]:
    """Closest to the hour they asked for; varied when they asked for none."""
    if wish.at is None:
        return _varied(options, limit)
    return sorted(options, key=lambda option: _misses_by(option, wish))[:limit]


def _pick(options: list[Option], wish: Wish, limit: int) -> list[Option]:
    there = _varied([option for option in options if _suits(option, wish)], limit)
    kept_to_bound = bool(there) and bool(wish.bound)
    if wish.day is not None and len(there) < ENOUGH and not kept_to_bound:
        same_day = [option for option in options if _is_on(option, wish)]
        there = _joined(there, _nearest(same_day, wish, limit))
    at_that_hour = bool(there) and wish.day is None and wish.at is not None
    usual = wish == Wish(earliest=wish.earliest)
    if usual or at_that_hour or _quality(there, wish) == PERFECT:
        return there
    elsewhere = _elsewhere(options, wish, limit)
    room = limit - min(len(elsewhere), KEPT_FOR_OTHER_DAYS)
    return _joined(there[:room], elsewhere)[:limit]


def _elsewhere(options: list[Option], wish: Wish, limit: int) -> list[Option]:
    """What comes closest to an unmet wish: the days after the wished one before those ahead of it,
    and the wished part of the day before the other."""
    others = options
    if wish.day is not None:
        others = [option for option in options if option.day > wish.day]
        others += [option for option in options if option.day < wish.day]
    same_part = [option for option in others if _is_in(option, wish.part)]
    return _joined(_nearest(same_part, wish, limit), _nearest(others, wish, limit))


def _joined(first: list[Option], then: list[Option]) -> list[Option]:
    return [*first, *(option for option in then if option not in first)]


def _varied(options: list[Option], limit: int) -> list[Option]:
    """A few per day over a few days, morning and afternoon; whole days must stand together."""
    days = [list(group) for _, group in groupby(options, key=lambda option: option.day)]
    picked: list[Option] = []
    for first in range(0, len(days), DAYS_AT_ONCE):
        if len(picked) >= limit:
            break
        batch = enumerate(days[first : first + DAYS_AT_ONCE], first)
        rounds = zip_longest(*(_order_in_day(day, index, limit) for index, day in batch))
        picked += [option for option in chain.from_iterable(rounds) if option is not None]
    return _with_both_parts(picked[:limit], options)


def _order_in_day(day: list[Option], index: int, limit: int) -> list[Option]:
    """Morning and afternoon in turns, each far from those before; another start every day."""
    halves = [
        _spread([option for option in day if option.part == part], index, limit)
        for part in ("morning", "afternoon")
    ]
    if index % 2:
        halves.reverse()
    return [option for option in chain.from_iterable(zip_longest(*halves)) if option is not None]


def _spread(options: list[Option], index: int, limit: int) -> list[Option]:
    if not options:
        return []
    rest = list(options)
    order = [rest.pop(index * 2 % len(rest))]
    while rest and len(order) < limit:
        farthest = max(rest, key=lambda option: _distance(option, order))
        rest.remove(farthest)
        order.append(farthest)
    return order


def _distance(option: Option, chosen: list[Option]) -> float:
    return min(
        abs((option.slot.starts_at - each.slot.starts_at).total_seconds()) for each in chosen
    )


def _with_both_parts(picked: list[Option], options: list[Option]) -> list[Option]:
    parts = {option.part for option in picked}
    if len(parts) != 1 or len(picked) < ENOUGH:
        return picked
    other = next((option for option in options if option.part not in parts), None)
    return picked if other is None else [*picked[:-1], other]
