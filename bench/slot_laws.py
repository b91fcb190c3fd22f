"""The slot engine's laws as properties. `.venv/bin/python -m bench.slot_laws --examples 10000`

Each law is tried on that many salespeople, calendars and moments, in zones whose clocks jump (see
slot_cases). The suite tries the same laws on a few.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from time import perf_counter
from uuid import UUID

from hypothesis import HealthCheck, given, settings

from bench import slot_oracle
from bench.slot_cases import DAY, MINUTE, ZONES, Case, cases
from conversations.services.slot_reasons import why_not
from conversations.services.slots import Interval, OwnMeeting, Rules, free_slots
from integrations.scheduling import BusyInterval

Law = Callable[[Case], None]
# A short run tries the same cases every time.
MANY = 1000


def exactly_what_brute_force_finds(case: Case) -> None:
    assert [slot.starts_at for slot in _free(case)] == slot_oracle.starts(case)


def sorted_unique_and_of_one_length(case: Case) -> None:
    slots = _free(case)
    assert slots == sorted(set(slots))
    assert {slot.ends_at - slot.starts_at for slot in slots} <= {case.rules.length}


def worked_in_every_minute_on_the_wall_clock(case: Case) -> None:
    rules = case.rules
    for slot in _free(case):
        instant, minutes = slot.starts_at, []
        while instant < slot.ends_at:
            local = instant.astimezone(rules.zone)
            assert local.date() not in rules.days_off | rules.holidays
            minutes.append((local.date(), f"{local:%H:%M}"))
            instant += MINUTE
        ((day, _first),) = {(day, "") for day, _clock in minutes}
        assert any(
            all(opens <= clock < closes for _day, clock in minutes)
            for opens, closes in rules.working_hours[str(day.weekday())]
        )


def each_local_time_is_one_instant(case: Case) -> None:
    zone = case.rules.zone
    for slot in _free(case):
        local = slot.starts_at.astimezone(zone).replace(tzinfo=None)
        for fold in (0, 1):
            again = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
            assert again == slot.starts_at


def after_the_notice_and_before_the_horizon(case: Case) -> None:
    for slot in _free(case):
        assert slot.starts_at >= case.now + case.rules.notice
        assert slot.ends_at <= case.now + case.rules.horizon


def apart_from_all_that_takes_time(case: Case) -> None:
    before, after = case.rules.buffer_before, case.rules.buffer_after
    others = [(each.starts_at, each.ends_at) for each in case.taken.busy]
    others += [(each.starts_at - before, each.ends_at + after) for each in case.taken.own]
    for slot in _free(case):
        begin, end = slot.starts_at - before, slot.ends_at + after
        assert all(a >= b or b <= begin or end <= a for a, b in others)


def less_room_never_adds_a_time(case: Case) -> None:
    rules, taken, slots = case.rules, case.taken, _free(case)
    away = slots[0].starts_at if slots else case.now
    busy = BusyInterval(away, away + rules.length + MINUTE)
    own = OwnMeeting(busy.starts_at, busy.ends_at, UUID(int=99), UUID(int=99))
    local = away.astimezone(rules.zone).date()
    for tighter, fuller in (
        (rules, replace(taken, busy=[*taken.busy, busy])),
        (rules, replace(taken, own=[*taken.own, own])),
        (rules, replace(taken, moving=None)),
        (replace(rules, notice=rules.notice + 90 * MINUTE), taken),
        (replace(rules, horizon=rules.horizon - DAY / 2), taken),
        (replace(rules, buffer_before=rules.buffer_before + 10 * MINUTE), taken),
        (replace(rules, days_off=rules.days_off | {local}), taken),
        (replace(rules, holidays=rules.holidays | {local}), taken),
        (replace(rules, daily_cap=1), taken),
    ):
        assert set(free_slots(tighter, taken=fuller, now=case.now)) <= set(slots)


def the_cap_is_kept_whoever_books(case: Case) -> None:
    """Book one offered time after the other until none is left."""
    rules, own = case.rules, list(case.taken.own)
    before = _meetings_by_day(rules, own)
    taken = replace(case.taken, moving=None)
    while slots := free_slots(rules, taken=replace(taken, own=own), now=case.now):
        slot, booked = slots[len(own) % len(slots)], UUID(int=1000 + len(own))
        own.append(OwnMeeting(*slot, booked, booked))
    for day, count in _meetings_by_day(rules, own).items():
        assert rules.daily_cap is None or count <= max(rules.daily_cap, before[day])
    new = sorted((each.starts_at, each.ends_at) for each in own[len(case.taken.own) :])
    for (_start, end), (start, _end) in pairwise(new):
        assert start - end >= rules.apart


def a_meeting_that_moves_does_not_count_itself(case: Case) -> None:
    """Without it in the calendar at all the same days are open."""
    taken = case.taken
    others = [each for each in taken.own if each.root != taken.moving]
    without = free_slots(case.rules, taken=replace(taken, own=others), now=case.now)
    moved = [each for each in taken.own if each.root == taken.moving]
    apart = case.rules.apart
    assert _free(case) == [
        slot
        for slot in without
        if all(
            slot.ends_at + apart <= each.starts_at or each.ends_at + apart <= slot.starts_at
            for each in moved
        )
    ]


def a_reason_wherever_it_is_not_offered(case: Case) -> None:
    """And none where it is: everywhere on the grid, and at odd moments."""
    offered = {slot.starts_at for slot in _free(case)}
    odd = {case.now, *(starts_at + 7 * datetime.resolution for starts_at in offered)}
    for instant in {*_grid(case), *odd, *offered}:
        reason = why_not(case.rules, taken=case.taken, instant=instant, now=case.now)
        assert (reason is None) is (instant in offered), (instant, reason)


def _grid(case: Case) -> Iterator[datetime]:
    """Each step of each window on the wall clock, a step beyond its end, and both of a pair."""
    rules = case.rules
    midnight = datetime.combine(case.now.astimezone(rules.zone), time(), rules.zone)
    for passed in range(-1, rules.horizon // DAY + 2):
        for opens, closes in rules.working_hours.get(str((midnight.weekday() + passed) % 7), ()):
            length = timedelta(hours=int(closes[:2]) + 1 - int(opens[:2]))
            for step in range(-1, length // rules.step + 2):
                minutes = timedelta(hours=int(opens[:2]), minutes=int(opens[3:]))
                local = midnight + passed * DAY + minutes + step * rules.step
                yield from (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


LAWS: tuple[Law, ...] = (
    exactly_what_brute_force_finds,
    sorted_unique_and_of_one_length,
    worked_in_every_minute_on_the_wall_clock,
    each_local_time_is_one_instant,
    after_the_notice_and_before_the_horizon,
    apart_from_all_that_takes_time,
    less_room_never_adds_a_time,
    the_cap_is_kept_whoever_books,
    a_meeting_that_moves_does_not_count_itself,
    a_reason_wherever_it_is_not_offered,
)


def check(*laws: Law, examples: int) -> None:
    """Try some laws; a case that breaks one is made as small as can be, and raised."""

    def hold(case: Case) -> None:
        for law in laws:
            law(case)

    tries = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples < MANY,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    tries(given(cases())(hold))()


def main() -> None:
    """Try them all and say what each took."""
    parser = argparse.ArgumentParser(prog="bench.slot_laws", description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--only", default="", help="a part of a law's name")
    options = parser.parse_args()
    laws = [law for law in LAWS if options.only in law.__name__]
    began = perf_counter()
    check(*laws, examples=options.examples)
    print(f"{options.examples} examples in {len(ZONES)} zones, {perf_counter() - began:.0f} s")
    print(*(f"  held: {law.__name__}" for law in laws), sep="\n")


def _free(case: Case) -> list[Interval]:
    return free_slots(case.rules, taken=case.taken, now=case.now)


def _meetings_by_day(rules: Rules, own: Sequence[OwnMeeting]) -> Counter[object]:
    roots = {(each.starts_at.astimezone(rules.zone).date(), each.root) for each in own}
    return Counter(day for day, _root in roots)


if __name__ == "__main__":
    main()
