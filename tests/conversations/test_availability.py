"""What staff are shown of one salesperson: free times, and why others are none."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from psycopg.types.range import Range

from conversations.models import DayOff, Meeting, MeetingState, Salesperson
from conversations.services.availability import explain, free_times
from conversations.services.slot_reasons import Code, Reason
from integrations.scheduling import CalendarError
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    make_conversation,
    make_host,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 11, 24, 10)  # tomorrow, on their clock  # noqa: DTZ001


@pytest.fixture
def calendar() -> FakeCalendar:
    return FakeCalendar()


def _codes(host: Salesperson, calendar: FakeCalendar, local: datetime = TEN) -> list[Code]:
    return [reason.code for reason in _reasons(host, calendar, local)]


def _reasons(
    host: Salesperson, calendar: FakeCalendar, local: datetime = TEN
) -> tuple[Reason, ...]:
    return explain(host_id=host.pk, local=local, calendar=calendar, now=NOW)


def test_free_until_something_is_there(calendar: FakeCalendar) -> None:
    host = make_host()
    slots = free_times(host_id=host.pk, calendar=calendar, now=NOW).slots
    assert (TOMORROW_TEN, TOMORROW_TEN + HALF_HOUR) in slots
    assert _codes(host, calendar) == []
    calendar.add_busy(host.mailbox, TOMORROW_TEN, TOMORROW_TEN + HALF_HOUR)
    (reason,) = _reasons(host, calendar)
    assert (reason.code, reason.during) == (
        Code.CALENDAR,
        (TOMORROW_TEN, TOMORROW_TEN + HALF_HOUR),
    )
    slots = free_times(host_id=host.pk, calendar=calendar, now=NOW).slots
    assert (TOMORROW_TEN, TOMORROW_TEN + HALF_HOUR) not in slots


def test_the_meeting_in_the_way_is_named(calendar: FakeCalendar) -> None:
    host = make_host(daily_cap=1)
    meeting = Meeting.objects.create(
        lead=make_conversation().lead,
        salesperson=host,
        during=Range(TOMORROW_TEN, TOMORROW_TEN + HALF_HOUR),
        state=MeetingState.BOOKING,
        time_zone="UTC",
        created_at=NOW,
    )
    reserved, full = _reasons(host, calendar)
    assert (reserved.code, reserved.meeting_id) == (Code.RESERVED, meeting.pk)
    assert full.code == Code.DAYMAX
    assert _codes(host, calendar, TEN + timedelta(hours=1)) == [Code.DAYMAX]


def test_days_off_and_holidays_by_their_names(calendar: FakeCalendar) -> None:
    host = make_host(holiday_country="MX", horizon_days=40)
    DayOff.objects.create(
        salesperson=host, first_day=date(2026, 11, 24), last_day=date(2026, 11, 26), note="Oaxaca"
    )
    assert _reasons(host, calendar) == (Reason(Code.DAYOFF, label="Oaxaca"),)
    christmas = datetime(2026, 12, 25, 10)  # noqa: DTZ001
    (reason,) = _reasons(host, calendar, christmas)
    assert (reason.code, bool(reason.label)) == (Code.HOLIDAY, True)
    days = {
        slot.starts_at.date()
        for slot in free_times(host_id=host.pk, calendar=calendar, now=NOW).slots
    }
    assert days.isdisjoint({date(2026, 11, 24), date(2026, 11, 26), date(2026, 12, 25)})
    assert {date(2026, 11, 23), date(2026, 11, 27), date(2026, 12, 24)} <= days


@pytest.mark.parametrize("error", ["ErrorAccessDenied", ""])
def test_a_calendar_that_cannot_be_read(calendar: FakeCalendar, error: str) -> None:
    host = make_host()
    if error:
        calendar.broken_mailboxes[host.mailbox] = error
    else:
        calendar.fail("busy", CalendarError("503"), times=2)
    found = free_times(host_id=host.pk, calendar=calendar, now=NOW)
    assert (found.problem, found.slots, found.detail) == (Code.NOCAL, (), error or "503")
    assert _reasons(host, calendar) == (Reason(Code.NOCAL, label=error or "503"),)


def test_who_takes_no_meetings(calendar: FakeCalendar) -> None:
    host = make_host(takes_meetings=False)
    assert free_times(host_id=host.pk, calendar=calendar, now=NOW).problem == Code.HOST
    assert _codes(host, calendar, TEN + timedelta(minutes=10)) == [Code.HOST, Code.STEP]


def test_an_hour_that_their_clock_skips(calendar: FakeCalendar) -> None:
    host = make_host(time_zone="America/Santiago")
    skipped = datetime(2026, 9, 6, 0, 30)  # noqa: DTZ001
    assert _codes(host, calendar, skipped) == [Code.CLOCK]
