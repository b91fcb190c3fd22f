"""The slot engine against a slow, obvious oracle, in zones whose clocks jump."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.services.slots import Interval, OwnMeeting, Rules, Taken, free_slots
from integrations.scheduling import BusyInterval

MINUTE = timedelta(minutes=1)
ZONES = (
    "America/Santiago",
    "Europe/Madrid",
    "America/New_York",
    "America/Asuncion",
    "Australia/Lord_Howe",
    "America/Mexico_City",
    "America/Sao_Paulo",
    "America/Havana",
    "Pacific/Apia",
    "UTC",
)
# Close to a change of the clock somewhere, or nowhere near one.
MOMENTS = (
    datetime(2023, 9, 30, 12, tzinfo=UTC),  # Asunción still had summer time
    datetime(2026, 3, 6, 12, tzinfo=UTC),
    datetime(2026, 3, 27, 22, tzinfo=UTC),
    datetime(2026, 4, 3, 12, tzinfo=UTC),
    datetime(2026, 9, 4, 12, tzinfo=UTC),
    datetime(2026, 10, 2, 12, tzinfo=UTC),
    datetime(2026, 10, 23, 12, tzinfo=UTC),
    datetime(2026, 11, 23, 15, 7, tzinfo=UTC),
    datetime(2011, 12, 28, 12, tzinfo=UTC),  # Apia skipped a whole day
)
FAST = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@st.composite
def windows(draw: st.DrawFn) -> list[list[str]]:
    """Up to two windows of a day, at quarter hours, in order and apart."""
    edges = sorted(draw(st.lists(st.integers(0, 96), min_size=2, max_size=4, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [[_clock(opens * 15), _clock(closes * 15)] for opens, closes in pairs]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    return Rules(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        working_hours={str(day): draw(windows()) for day in draw(st.sets(st.integers(0, 6)))},
        notice=draw(st.sampled_from([0, 30, 120, 1440])) * MINUTE,
        horizon=draw(st.integers(1, 4)) * timedelta(days=1),
        length=draw(st.sampled_from([15, 30, 45, 90])) * MINUTE,
        step=draw(st.sampled_from([15, 30, 60])) * MINUTE,
        buffer_before=draw(st.sampled_from([0, 5, 15])) * MINUTE,
        buffer_after=draw(st.sampled_from([0, 10, 30])) * MINUTE,
    )


moments = st.builds(
    lambda base, minutes: base + minutes * MINUTE, st.sampled_from(MOMENTS), st.integers(0, 600)
)


@st.composite
def busy_around(draw: st.DrawFn, now: datetime) -> list[BusyInterval]:
    found = []
    for _ in range(draw(st.integers(0, 6))):
        starts_at = now + draw(st.integers(-300, 6000)) * MINUTE
        found.append(BusyInterval(starts_at, starts_at + draw(st.integers(0, 400)) * MINUTE))
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rules, list[BusyInterval], datetime]:
    now = draw(moments)
    return draw(rules()), draw(busy_around(now)), now


def _oracle(given_rules: Rules, busy: Sequence[BusyInterval], now: datetime) -> list[Interval]:
    """Walk every quarter hour of the horizon and ask everything about each minute."""
    found = []
    instant = (now - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    while instant < now + given_rules.horizon:
        slot = Interval(instant, instant + given_rules.length)
        if _is_free(slot, given_rules, busy, now):
            found.append(slot)
        instant += 15 * MINUTE
    return found


def _is_free(
    slot: Interval, given_rules: Rules, busy: Sequence[BusyInterval], now: datetime
) -> bool:
    in_time = slot.starts_at >= now + given_rules.notice
    in_time = in_time and slot.ends_at <= now + given_rules.horizon
    return (
        in_time
        and _on_grid_and_worked(slot, given_rules)
        and not any(
            slot.starts_at - given_rules.buffer_before < each.ends_at
            and each.starts_at < slot.ends_at + given_rules.buffer_after
            and each.starts_at < each.ends_at
            for each in busy
        )
    )


def _on_grid_and_worked(slot: Interval, given_rules: Rules) -> bool:
    local = slot.starts_at.astimezone(given_rules.zone)
    for opens, closes in given_rules.working_hours.get(str(local.weekday()), ()):
        start = local.hour * 60 + local.minute
        since_opening = start - _minutes(opens)
        if since_opening < 0 or since_opening % (given_rules.step // MINUTE):
            continue
        if _every_minute_worked(slot, given_rules.zone, local.date(), opens, closes):
            return True
    return False


def _every_minute_worked(
    slot: Interval, zone: ZoneInfo, day: date, opens: str, closes: str
) -> bool:
    instant = slot.starts_at
    while instant < slot.ends_at:
        local = instant.astimezone(zone)
        minute = local.hour * 60 + local.minute
        if local.date() != day or not _minutes(opens) <= minute < _minutes(closes):
            return False
        other = local.replace(fold=1 - local.fold)
        if other.utcoffset() != local.utcoffset():
            return False
        instant += MINUTE
    return True


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


@FAST
@given(cases())
def test_exactly_the_times_that_the_oracle_finds(
    case: tuple[Rules, list[BusyInterval], datetime],
) -> None:
    given_rules, busy, now = case
    assert free_slots(given_rules, taken=Taken(busy), now=now) == _oracle(given_rules, busy, now)


@FAST
@given(cases(), st.integers(0, 600), st.integers(-300, 6000), st.integers(1, 400))
def test_more_busy_time_or_notice_never_adds_a_slot(
    case: tuple[Rules, list[BusyInterval], datetime], notice: int, starts: int, lasts: int
) -> None:
    given_rules, busy, now = case
    before = set(free_slots(given_rules, taken=Taken(busy), now=now))
    starts_at = now + starts * MINUTE
    more = [*busy, BusyInterval(starts_at, starts_at + lasts * MINUTE)]
    later = replace(given_rules, notice=given_rules.notice + notice * MINUTE)
    assert set(free_slots(given_rules, taken=Taken(more), now=now)) <= before
    assert set(free_slots(later, taken=Taken(busy), now=now)) <= before


@FAST
@given(cases())
def test_sorted_unique_and_each_local_time_is_one_instant(
    case: tuple[Rules, list[BusyInterval], datetime],
) -> None:
    given_rules, busy, now = case
    slots = free_slots(given_rules, taken=Taken(busy), now=now)
    assert slots == sorted(set(slots))
    for slot in slots:
        local = slot.starts_at.astimezone(given_rules.zone).replace(tzinfo=None, fold=0)
        assert local.replace(tzinfo=given_rules.zone).astimezone(UTC) == slot.starts_at


@FAST
@given(cases(), st.data())
def test_a_booked_slot_keeps_both_buffers_free(
    case: tuple[Rules, list[BusyInterval], datetime], data: st.DataObject
) -> None:
    given_rules, busy, now = case
    slots = free_slots(given_rules, taken=Taken(busy), now=now)
    if not slots:
        return
    booked = data.draw(st.sampled_from(slots))
    own = OwnMeeting(booked.starts_at, booked.ends_at, BOOKED, BOOKED)
    apart = given_rules.buffer_before + given_rules.buffer_after
    for slot in free_slots(given_rules, taken=Taken(busy, [own]), now=now):
        assert slot.ends_at + apart <= own.starts_at or own.ends_at + apart <= slot.starts_at


BOOKED = UUID(int=1)
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
    ]
    slots = free_slots(_plain("UTC", horizon=timedelta(hours=23)), taken=Taken(busy), now=now)
    assert [f"{slot.starts_at:%H:%M}" for slot in slots] == ["09:00", "11:00", "11:30"]
