"""What is put before a lead out of all that is free."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.services.slot_choice import Option, Wish, pick_varied
from conversations.services.slots import Interval, Rules, Taken, free_slots

ZONE = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)  # a Monday, 08:00 in Mexico
HALF_HOUR = timedelta(minutes=30)
OFFICE = {str(day): [["09:00", "14:00"], ["16:00", "18:00"]] for day in range(5)}


def _free(**changes: object) -> list[Interval]:
    rules = Rules(
        zone=ZONE,
        working_hours=OFFICE,
        notice=timedelta(hours=2),
        horizon=timedelta(days=14),
        length=HALF_HOUR,
        step=HALF_HOUR,
    )
    return free_slots(rules, taken=Taken(), now=NOW)


def _pick(slots: Sequence[Interval], **wish: object) -> list[Option]:
    return pick_varied([(1, slots)], zone=ZONE, wish=Wish(**wish))  # type: ignore[arg-type]


def test_six_over_three_days_morning_and_afternoon() -> None:
    picked = _pick(_free())
    assert len(picked) == 6
    assert len({option.day for option in picked}) == 3
    assert {option.part for option in picked} == {"morning", "afternoon"}
    assert len({option.local.time() for option in picked}) >= 4


def test_a_wished_day_comes_first_and_other_days_follow() -> None:
    thursday = date(2026, 11, 26)
    picked = _pick(_free(), day=thursday)
    assert [option.day for option in picked].count(thursday) == 4
    assert all(option.day >= thursday for option in picked)
    assert len({option.day for option in picked}) > 1


def test_a_wished_afternoon_gives_afternoons_only() -> None:
    picked = _pick(_free(), part="afternoon")
    assert len(picked) == 6
    assert {option.part for option in picked} == {"afternoon"}
    assert len({option.day for option in picked}) == 3


def test_a_day_without_free_time_gives_the_nearest_ones() -> None:
    sunday = date(2026, 11, 29)
    picked = _pick(_free(), day=sunday, part="morning")
    assert {option.part for option in picked} == {"morning"}
    assert picked[0].day == date(2026, 11, 30)


def test_nothing_before_the_earliest_wish() -> None:
    earliest = datetime(2026, 12, 1, 18, tzinfo=UTC)
    picked = _pick(_free(), earliest=earliest)
    assert len(picked) == 6
    assert picked[0].slot.starts_at >= earliest


def test_the_first_host_alone_when_they_have_a_good_choice() -> None:
    hosts = [(7, _free()), (8, _free())]
    picked = pick_varied(hosts, zone=ZONE, wish=Wish())
    assert {option.host_id for option in picked} == {7}


def test_a_second_host_fills_what_the_first_cannot_give() -> None:
    hosts = [(7, _free()[:1]), (8, _free())]
    picked = pick_varied(hosts, zone=ZONE, wish=Wish())
    assert {option.host_id for option in picked} == {7, 8}
    assert len(picked) == 6
    assert len({option.slot.starts_at for option in picked}) == 6


grid = st.lists(
    st.integers(0, 14 * 48).map(lambda step: NOW + step * HALF_HOUR), unique=True, max_size=80
).map(lambda starts: [Interval(each, each + HALF_HOUR) for each in sorted(starts)])
wishes = st.builds(
    Wish,
    day=st.none() | st.dates(date(2026, 11, 22), date(2026, 12, 8)),
    part=st.sampled_from(["", "morning", "afternoon"]),
    earliest=st.none() | st.integers(0, 400).map(lambda hours: NOW + timedelta(hours=hours)),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(grid, max_size=3), wishes, st.integers(3, 6))
def test_choice_invariants(hosts: list[list[Interval]], wish: Wish, limit: int) -> None:
    by_host = list(enumerate(hosts))
    picked = pick_varied(by_host, zone=ZONE, wish=wish, limit=limit)
    pool = {
        slot.starts_at
        for slots in hosts
        for slot in slots
        if wish.earliest is None or slot.starts_at >= wish.earliest
    }
    days = {each.astimezone(ZONE).date() for each in pool}
    starts = [option.slot.starts_at for option in picked]
    assert starts == sorted(set(starts))
    assert set(starts) <= pool
    assert len(picked) <= limit
    assert len(picked) >= min(3, len(pool))
    assert len({option.day for option in picked}) >= min(2, len(days))
    assert all(option.slot in hosts[option.host_id] for option in picked)
    suiting = [each for each in pool if _suits(each.astimezone(ZONE), wish)]
    found = [option for option in picked if _suits(option.local, wish)]
    assert len(found) >= min(1, len(suiting))
    assert picked == pick_varied(by_host, zone=ZONE, wish=wish, limit=limit)


def _suits(local: datetime, wish: Wish) -> bool:
    part = "morning" if local.hour < 12 else "afternoon" if local.hour >= 13 else "noon"
    return wish.day in (None, local.date()) and wish.part in ("", part)
