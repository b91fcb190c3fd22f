"""Why a time is not offered; that there is a reason exactly then is a law in bench/slot_laws.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from conversations.services.slot_reasons import Code, Reason, reasons, why_not
from conversations.services.slots import Interval, OwnMeeting, Rules, Taken
from integrations.scheduling import BusyInterval

MINUTE = timedelta(minutes=1)
MEETING = UUID(int=7)
RULES = Rules(
    zone=ZoneInfo("Europe/Madrid"),
    working_hours={str(day): [["09:00", "14:00"]] for day in range(6)},
    notice=timedelta(hours=2),
    horizon=timedelta(days=14),
    length=30 * MINUTE,
    step=30 * MINUTE,
    buffer_before=5 * MINUTE,
    buffer_after=10 * MINUTE,
    days_off=frozenset({date(2026, 11, 26)}),
    holidays=frozenset({date(2026, 11, 27)}),
    daily_cap=1,
)


def _at(day: int, clock: str, month: int = 11) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, month, day, hour, minute, tzinfo=RULES.zone).astimezone(UTC)


NOW = _at(23, "09:10")
TAKEN = Taken(
    busy=[
        BusyInterval(_at(24, "10:00"), _at(24, "11:00")),
        BusyInterval(_at(25, "09:00"), _at(25, "09:30")),  # ours, as the calendar shows it
    ],
    own=[OwnMeeting(_at(25, "09:00"), _at(25, "09:30"), MEETING, MEETING)],
)


@pytest.mark.parametrize(
    ("instant", "codes"),
    [
        (_at(24, "09:00"), []),
        (_at(24, "11:30"), []),
        (_at(23, "09:00"), [Code.PAST]),
        (_at(23, "11:00"), [Code.TOOSOON]),
        (_at(23, "11:30"), []),
        (_at(7, "09:00", month=12), [Code.RANGE]),
        (_at(26, "09:00"), [Code.DAYOFF]),
        (_at(27, "09:00"), [Code.HOLIDAY]),
        (_at(24, "08:30"), [Code.HOURS]),
        (_at(24, "14:00"), [Code.HOURS]),
        (_at(29, "10:00"), [Code.HOURS]),  # a Sunday
        (_at(24, "13:45"), [Code.DURATION, Code.STEP]),
        (_at(24, "13:31"), [Code.DURATION, Code.STEP]),
        (_at(24, "09:01"), [Code.STEP]),
        (_at(24, "09:00") + timedelta(seconds=1), [Code.STEP]),
        (_at(24, "10:30"), [Code.CALENDAR]),
        (_at(24, "09:30"), [Code.BUFFER]),
        (_at(24, "11:00"), [Code.BUFFER]),
        (_at(25, "09:00"), [Code.RESERVED, Code.DAYMAX]),
        (_at(25, "09:30"), [Code.BUFFER, Code.DAYMAX]),
        (_at(25, "12:00"), [Code.DAYMAX]),
    ],
)
def test_the_reasons(instant: datetime, codes: list[Code]) -> None:
    found = list(reasons(RULES, taken=TAKEN, instant=instant, now=NOW))
    assert [reason.code for reason in found] == codes
    assert why_not(RULES, taken=TAKEN, instant=instant, now=NOW) == next(iter(found), None)


def test_what_is_in_the_way_and_what_would_do() -> None:
    def first(instant: datetime) -> Reason | None:
        return why_not(RULES, taken=TAKEN, instant=instant, now=NOW)

    busy, ours = TAKEN.busy[0], TAKEN.own[0]
    assert first(_at(24, "10:30")) == Reason(
        Code.CALENDAR, during=Interval(busy.starts_at, busy.ends_at)
    )
    assert first(_at(25, "09:00")) == Reason(
        Code.RESERVED, during=Interval(ours.starts_at, ours.ends_at), meeting_id=MEETING
    )
    assert first(_at(23, "11:00")) == Reason(Code.TOOSOON, limit=_at(23, "11:10"))
    assert first(_at(9, "09:00", month=12)) == Reason(Code.RANGE, limit=_at(7, "08:40", month=12))


def test_what_stands_there_comes_before_what_is_too_near() -> None:
    near = BusyInterval(_at(24, "09:00"), _at(24, "10:28"))
    taken = Taken([near, *TAKEN.busy])
    found = reasons(RULES, taken=taken, instant=_at(24, "10:30"), now=NOW)
    assert [reason.code for reason in found] == [Code.CALENDAR, Code.BUFFER]


def test_the_very_edges_would_do() -> None:
    now = _at(23, "09:00")
    assert why_not(RULES, taken=Taken(), instant=now + RULES.notice, now=now) is None
    last = replace(RULES, horizon=timedelta(days=1, minutes=30))
    assert why_not(last, taken=Taken(), instant=now + timedelta(days=1), now=now) is None


def test_an_hour_that_comes_twice() -> None:
    night = replace(RULES, working_hours={"6": [["00:00", "05:00"]]})
    now = datetime(2026, 10, 24, 12, tzinfo=UTC)
    for hour, code in ((23, None), (0, Code.CLOCK), (1, Code.CLOCK), (2, None)):
        day = 24 if hour == 23 else 25
        instant = datetime(2026, 10, day, hour, 0, tzinfo=UTC)
        reason = why_not(night, taken=Taken(), instant=instant, now=now)
        assert (reason.code if reason else None) == code
