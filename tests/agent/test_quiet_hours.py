"""Quiet hours against a clock that is read minute by minute, over zones and changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.quiet_hours import QuietHours

MINUTE = timedelta(minutes=1)
ZONES = [
    "America/Mexico_City",
    "America/New_York",
    "America/Santiago",
    "America/Havana",
    "Europe/Madrid",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
]
# Days on which one of them changes its clocks, and the days around.
DAYS = [
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in [(3, 8), (3, 29), (4, 5), (9, 6), (10, 4), (10, 25), (11, 1), (7, 1)]
]
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(ZONES),
    clocks,
    clocks,
    st.sampled_from(DAYS),
    st.integers(-24 * 60, 48 * 60),
)
@example("Europe/Madrid", time(2, 30), time(3, 30), DAYS[5], 45)  # shown twice, not quiet between
@example("America/Santiago", time(23, 30), time(0, 30), DAYS[3], 230)  # ends in a skipped hour
@example("America/Santiago", time(23, 30), time(3), DAYS[2], 388)  # began twice
def test_what_is_moved_leaves_at_the_first_minute_that_is_not_quiet(
    zone: str, begins: time, ends: time, day: datetime, minutes: int
) -> None:
    hours = QuietHours(begins, ends, ZoneInfo(zone))
    at = day + minutes * MINUTE
    expected = at
    while hours.hold(expected):
        expected += MINUTE
    assert hours.over(at) == expected
    if begins != ends and not hours.hold(at):
        quiet = at
        while not hours.hold(quiet):
            quiet += MINUTE
        assert hours.next_begin(at) == quiet
    earlier = at
    while hours.hold(earlier):
        earlier -= MINUTE
    assert hours.before(at) == earlier


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("20:59:59", False), ("21:00", True), ("03:00", True), ("08:59:59", True), ("09:00", False)],
)
def test_quiet_hours_are_half_open_and_go_over_midnight(clock: str, quiet: bool) -> None:
    zone = ZoneInfo("America/Mexico_City")
    at = datetime.combine(datetime(2026, 11, 23, tzinfo=UTC), time.fromisoformat(clock), zone)
    assert QuietHours(time(21), time(9), zone).hold(at) is quiet


def test_equal_ends_mean_that_it_is_never_quiet() -> None:
    hours = QuietHours(time(9), time(9), ZoneInfo("UTC"))
    assert not any(hours.hold(DAYS[0] + minutes * MINUTE) for minutes in range(1440))
    assert hours.next_begin(DAYS[0]) is None
