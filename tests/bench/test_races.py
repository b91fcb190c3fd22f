"""A short run of bench/races.py; the long one is in docs/testing.md."""

from __future__ import annotations

import pytest

from bench.races import Result, race


@pytest.mark.django_db(transaction=True)
def test_of_many_who_tap_one_time_exactly_one_has_it() -> None:
    result = race(racers=8, rounds=4, seed=1)
    assert result.holds, (result.wrong, result.errors, result.deadlocks)
    assert result.statuses == {"confirmed": 4, "taken": 28}


@pytest.mark.parametrize(
    "broken",
    [Result(wrong=["two winners"]), Result(deadlocks=1)],
)
def test_what_went_wrong_is_not_passed_over(broken: Result) -> None:
    assert Result().holds
    assert not broken.holds
