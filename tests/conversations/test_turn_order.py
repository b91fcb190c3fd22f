"""Whose turn it is."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.services.turn_order import Candidate, in_turn

BEGAN = datetime(2026, 11, 23, tzinfo=UTC)
LEAD = UUID(int=1)
LATEST, EARLIER = [BEGAN], [BEGAN - timedelta(days=1)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 10), min_size=1, max_size=5),
    st.lists(st.integers(1, 5000), min_size=1, max_size=10),
)
def test_shares_are_as_the_weights(weights: list[int], pauses: list[int]) -> None:
    """After any number of rounds, whenever leads book, and from whatever state it began in."""
    assigned: dict[int, list[datetime]] = defaultdict(list)
    now, rounds = BEGAN, 4
    for number in range(rounds * sum(weights)):
        now += timedelta(minutes=pauses[number % len(pauses)])
        candidates = [
            Candidate(host_id, weight=weight, assigned=assigned[host_id][:weight])
            for host_id, weight in enumerate(weights)
        ]
        first = in_turn(candidates, uuid5(LEAD, str(number)))[0]
        assigned[first].insert(0, now)
    counts = [len(assigned[host_id]) for host_id in range(len(weights))]
    assert counts == [rounds * weight for weight in weights]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Candidate(1, has_meeting=True), Candidate(2, is_owner=True)),
        (Candidate(1, is_owner=True, speaks=False), Candidate(2)),
        (Candidate(1), Candidate(2, speaks=False, was_offered=True)),
        (Candidate(1, assigned=LATEST, was_offered=True), Candidate(2)),
        (Candidate(1, assigned=EARLIER), Candidate(2, assigned=LATEST)),
        (Candidate(1), Candidate(2, assigned=EARLIER)),
        (Candidate(1, assigned=LATEST, weight=2), Candidate(2, assigned=EARLIER)),
        (Candidate(1, assigned=[*LATEST, *EARLIER], weight=2), Candidate(2, assigned=LATEST)),
    ],
)
def test_who_comes_first(first: Candidate, second: Candidate) -> None:
    assert in_turn([second, first], LEAD) == [1, 2]


def test_equals_stand_in_an_order_of_the_lead_s_own() -> None:
    equals = [Candidate(1), Candidate(2), Candidate(3)]
    first = {in_turn(equals, uuid5(LEAD, str(number)))[0] for number in range(60)}
    assert first == {1, 2, 3}
    assert in_turn(equals, LEAD) == in_turn(reversed(equals), LEAD)
