"""When people of the business answer again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from agent.opening import next_opening
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import OpenHours, parse_playbook
from agent.turn import HandoffWhy, LeadView, TurnContext
from agent.wording import hand_off, handing_over

PLAYBOOK = replace(
    parse_playbook(DEFAULT_PLAYBOOK),
    time_zone="America/Santiago",
    opening_hours=(
        OpenHours(0, time(9), time(14)),
        OpenHours(0, time(16), time(18)),
        OpenHours(4, time(22), time(2)),
        OpenHours(6, time(9), time(12)),
    ),
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026 in Santiago, where it is three hours earlier; the 2nd is a Monday."""
    return datetime(2026, 11, day, hour + 3, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(2, 9), None),
        (at(2, 13, 59), None),
        (at(2, 14), at(2, 16)),
        (at(2, 8, 59), at(2, 9)),
        (at(2, 18), datetime(2026, 11, 7, 1, tzinfo=UTC)),
        (datetime(2026, 11, 7, 4, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 7, 5, tzinfo=UTC), at(8, 9)),
        (at(8, 12), at(9, 9)),
    ],
)
def test_the_next_stretch_of_the_business_own_clock(now: datetime, opens: datetime | None) -> None:
    assert next_opening(PLAYBOOK, now) == opens


def test_a_clock_change_moves_the_hour_in_utc() -> None:
    """On 5 April 2026 Santiago leaves summer time: Sunday's nine o'clock is an hour later."""
    saturday = datetime(2026, 4, 4, 20, tzinfo=UTC)
    assert next_opening(PLAYBOOK, saturday) == datetime(2026, 4, 5, 13, tzinfo=UTC)


def test_one_stretch_a_week_is_found_from_right_after_it() -> None:
    only = replace(PLAYBOOK, opening_hours=(OpenHours(0, time(9), time(10)),))
    assert next_opening(only, at(2, 10)) == at(9, 9)


def test_without_hours_nothing_is_known() -> None:
    assert next_opening(replace(PLAYBOOK, opening_hours=()), at(2, 3)) is None


def test_who_is_handed_over_at_night_hears_when_somebody_is_back() -> None:
    context = TurnContext(
        now=at(2, 20),
        language="es",
        playbook=PLAYBOOK,
        lead=LeadView(time_zone="America/Santiago"),
        inbound=(),
    )
    said = handing_over(HandoffWhy.STUCK, context, "es")
    assert said == (
        f"{hand_off(HandoffWhy.STUCK, 'es')} Ahora no hay nadie en la oficina; "
        "vuelven el viernes 6 de noviembre a las 22:00."
    )
    by_day = replace(context, now=at(2, 10))
    assert handing_over(HandoffWhy.STUCK, by_day, "es") == hand_off(HandoffWhy.STUCK, "es")
