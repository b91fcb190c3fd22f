"""A short run of the slot engine's laws; the long one is `python -m bench.slot_laws`."""

from __future__ import annotations

import pytest

from bench.slot_cases import ZONES, jumps
from bench.slot_laws import LAWS, Law, check


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_law_holds(law: Law) -> None:
    check(law, examples=20)


def test_there_are_many_zones_whose_clocks_jump() -> None:
    assert sum(bool(jumps(zone)) for zone in ZONES) >= 20
