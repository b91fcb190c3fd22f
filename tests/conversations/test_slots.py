"""The slot engine where one can see by hand what is right; its laws: tests/bench/test_slot_laws.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from conversations.services.slots import Interval, OwnMeeting, Rules, Taken, free_slots
from integrations.scheduling import BusyInterval

MINUTE = timedelta(minutes=1)
WEEK = {str(day): [["09:00", "12:00"]] for day in range(7)}


def _plain(zone: str, **changes: object) -> Rules:
    base = Rules(
        zone=ZoneInfo(zone),
        working_hours=WEEK,
        notice=timedelta(),
        horizon=timedelta(days=2),
        length=timedelta(minutes=30),
        step=timedelta(minutes=30),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_working_hours_stay_on_the_wall_clock_when_the_clock_changes() -> None:
    before = datetime(2026, 9, 5, 4, tzinfo=UTC)  # Santiago goes from -4 to -3 on the 6th
    starts = [
        slot.starts_at
        for slot in free_slots(_plain("America/Santiago"), taken=Taken(()), now=before)
    ]
    assert starts[0] == datetime(2026, 9, 5, 13, tzinfo=UTC)
    assert starts[6] == datetime(2026, 9, 6, 12, tzinfo=UTC)


def test_hours_that_the_clock_skips_or_repeats_are_not_offered() -> None:
    night = {str(day): [["00:00", "04:00"]] for day in range(7)}
    night_rules = _plain("Europe/Madrid", working_hours=night, horizon=timedelta(days=1))
    for midnight_utc, hours in (
        (datetime(2026, 3, 28, 23, tzinfo=UTC), [0, 1, 3]),  # 02:00 to 03:00 does not exist
        (datetime(2026, 10, 24, 22, tzinfo=UTC), [0, 1, 3]),  # 02:00 to 03:00 comes twice
    ):
        slots = free_slots(night_rules, taken=Taken(()), now=midnight_utc)
        zone = night_rules.zone
        local = [slot.starts_at.astimezone(zone) for slot in slots]
        assert sorted({each.hour for each in local if each.date() == local[0].date()}) == hours


@pytest.mark.parametrize(("minutes", "free"), [(29, False), (30, True)])
def test_notice_is_exact_to_the_minute(minutes: int, free: bool) -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    found = free_slots(
        _plain("UTC", notice=(59 - minutes) * MINUTE), taken=Taken(), now=now + MINUTE
    )
    wanted = Interval(now + 30 * MINUTE, now + 60 * MINUTE)
    assert (wanted in found) is free


def test_a_meeting_that_touches_a_busy_interval_is_free() -> None:
    now = datetime(2026, 11, 23, 0, tzinfo=UTC)
    day = datetime.combine(date(2026, 11, 23), time(), UTC)
    busy = [
        BusyInterval(day.replace(hour=9, minute=30), day.replace(hour=11)),
        BusyInterval(day.replace(hour=10), day.replace(hour=10, minute=1)),
        BusyInterval(day.replace(hour=8), day.replace(hour=9)),
    ]
    slots = free_slots(_plain("UTC", horizon=timedelta(hours=23)), taken=Taken(busy), now=now)
    assert [f"{slot.starts_at:%H:%M}" for slot in slots] == ["09:00", "11:00", "11:30"]


def test_a_meeting_never_runs_into_an_hour_that_comes_twice() -> None:
    night = {str(day): [["00:00", "04:00"]] for day in range(7)}
    rules = _plain("Europe/Madrid", working_hours=night, length=45 * MINUTE, step=15 * MINUTE)
    slots = free_slots(rules, taken=Taken(), now=datetime(2026, 10, 24, 22, tzinfo=UTC))
    local = [slot.starts_at.astimezone(rules.zone) for slot in slots]
    first_day = [f"{each:%H:%M}" for each in local if each.day == 25]
    assert first_day == ["00:00", "00:15", "00:30", "00:45", "01:00", "01:15", "03:00", "03:15"]


def test_what_takes_no_time_is_in_nobody_s_way() -> None:
    moment = MONDAY.replace(hour=9, minute=15)
    taken = Taken([BusyInterval(moment, moment)])
    first = free_slots(_plain("UTC"), taken=taken, now=MONDAY)[0]
    assert first.starts_at == MONDAY.replace(hour=9)


def test_a_fraction_of_a_second_counts() -> None:
    rules = _plain("UTC", horizon=timedelta(hours=23))
    instant = timedelta(microseconds=1)
    nine, ten, eleven = (MONDAY.replace(hour=hour) for hour in (9, 10, 11))
    busy = [BusyInterval(nine, nine + instant), BusyInterval(eleven - instant, eleven)]
    starts = [each.starts_at for each in free_slots(rules, taken=Taken(busy), now=MONDAY)]
    assert starts[0] == nine + 30 * MINUTE
    assert eleven - 30 * MINUTE not in starts
    assert eleven in starts
    late = free_slots(rules, taken=Taken(), now=ten + instant)
    assert late[0].starts_at == ten + 30 * MINUTE
    # The horizon ends a moment before the slot at ten does.
    end = replace(rules, horizon=timedelta(hours=10, minutes=30) - instant)
    assert free_slots(end, taken=Taken(), now=MONDAY)[-1].ends_at == ten


MONDAY = datetime(2026, 11, 23, 0, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)


def _days(rules: Rules, taken: Taken) -> set[int]:
    return {slot.starts_at.day for slot in free_slots(rules, taken=taken, now=MONDAY)}


def _meeting(day: int, hour: int, meeting_id: UUID, root: UUID | None = None) -> OwnMeeting:
    starts_at = datetime(2026, 11, day, hour, tzinfo=UTC)
    return OwnMeeting(starts_at, starts_at + 30 * MINUTE, meeting_id, root or meeting_id)


def test_days_off_and_holidays_are_days_on_their_own_clock() -> None:
    rules = _plain(
        "Pacific/Kiritimati",  # 14 hours ahead: their Tuesday begins on our Monday
        days_off=frozenset({date(2026, 11, 24)}),
        holidays=frozenset({date(2026, 11, 25)}),
        horizon=timedelta(days=3),
    )
    slots = free_slots(rules, taken=Taken(), now=MONDAY)
    assert {slot.starts_at.astimezone(rules.zone).day for slot in slots} == {26}


@pytest.mark.parametrize(("cap", "days"), [(1, {24}), (2, {23, 24}), (None, {23, 24})])
def test_a_full_day_takes_no_more(cap: int | None, days: set[int]) -> None:
    taken = Taken(own=[_meeting(23, 7, ONE)])
    assert _days(_plain("UTC", daily_cap=cap), taken) == days


def test_a_move_does_not_count_the_meeting_that_moves() -> None:
    rules, own = _plain("UTC", daily_cap=1), [_meeting(23, 7, ONE)]
    assert _days(rules, Taken(own=own, moving=ONE)) == {23, 24}
    # While the calendar is asked, old and new are one meeting.
    half_moved = [*own, _meeting(23, 11, TWO, root=ONE)]
    assert _days(replace(rules, daily_cap=2), Taken(own=half_moved)) == {23, 24}
    assert _days(rules, Taken(own=half_moved)) == {24}


def test_meetings_of_ours_bring_their_buffers() -> None:
    rules = _plain("UTC", buffer_after=20 * MINUTE, buffer_before=10 * MINUTE, step=10 * MINUTE)
    starts = [
        f"{slot.starts_at:%H:%M}"
        for slot in free_slots(rules, taken=Taken(own=[_meeting(23, 10, ONE)]), now=MONDAY)
    ]
    assert starts[:3] == ["09:00", "11:00", "11:10"]
    beside_another_s = Taken(
        busy=[BusyInterval(MONDAY.replace(hour=10), MONDAY.replace(hour=10, minute=30))]
    )
    starts = [
        f"{slot.starts_at:%H:%M}" for slot in free_slots(rules, taken=beside_another_s, now=MONDAY)
    ]
    assert starts[:4] == ["09:00", "09:10", "10:40", "10:50"]
