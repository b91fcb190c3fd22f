"""A process that dies between two steps: the retry or the sweeper completes what it began."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from conversations.models import Conversation, Meeting, MeetingState, Salesperson
from conversations.services import meetings
from conversations.services.meetings import BookingStatus
from tests.conversations.meeting_rows import (
    NOW,
    TOMORROW_TEN,
    Booker,
    make_conversation,
    make_host,
    make_offer,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db(transaction=True)
LATER = TOMORROW_TEN + timedelta(hours=2)
SOON = NOW + timedelta(minutes=5)


class KilledError(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.fixture
def calendar() -> FakeCalendar:
    return FakeCalendar()


@pytest.fixture
def host() -> Salesperson:
    return make_host()


@pytest.fixture
def conversation(host: Salesperson) -> Conversation:
    return make_conversation()


@pytest.fixture
def booker(conversation: Conversation, calendar: FakeCalendar) -> Booker:
    return Booker(conversation, calendar)


steps = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
healers = pytest.mark.parametrize("healer", ["retry", "sweeper"])


@steps
@healers
@pytest.mark.parametrize("call", ["busy", "create"])
def test_killed_while_booking(
    booker: Booker,
    host: Salesperson,
    calendar: FakeCalendar,
    call: str,
    after: bool,
    healer: str,
) -> None:
    slot = make_offer(booker.conversation, host)
    calendar.fail(call, KilledError(), after=after)
    with pytest.raises(KilledError):
        booker.book(slot, index=0)
    if healer == "sweeper":
        (settled,) = meetings.finish_pending(calendar=calendar, now=SOON)
        assert settled.status is BookingStatus.CONFIRMED
    assert booker.book(slot, index=0).status is BookingStatus.CONFIRMED
    assert len(calendar.events) == 1
    assert Meeting.objects.get().state == MeetingState.CONFIRMED


@steps
@healers
@pytest.mark.parametrize("call", ["busy", "move"])
def test_killed_while_moving(
    booker: Booker,
    host: Salesperson,
    calendar: FakeCalendar,
    call: str,
    after: bool,
    healer: str,
) -> None:
    booker.book(make_offer(booker.conversation, host))
    slot = make_offer(booker.conversation, host, LATER)
    calendar.fail(call, KilledError(), after=after)
    with pytest.raises(KilledError):
        booker.reschedule(slot, index=0)
    if healer == "sweeper":
        (settled,) = meetings.finish_pending(calendar=calendar, now=SOON)
        assert settled.moved
    assert booker.reschedule(slot, index=0).status is BookingStatus.CONFIRMED
    (event,) = calendar.events.values()
    assert event.starts_at == LATER
    row = Meeting.objects.get(state=MeetingState.CONFIRMED)
    assert (row.during.lower, row.event_id) == (LATER, event.id)


@steps
@healers
@pytest.mark.parametrize("call", ["busy", "create", "cancel"])
def test_killed_while_moving_to_another_host(
    booker: Booker,
    host: Salesperson,
    calendar: FakeCalendar,
    call: str,
    after: bool,
    healer: str,
) -> None:
    booker.book(make_offer(booker.conversation, host))
    slot = make_offer(booker.conversation, make_host("luis"), LATER)
    calendar.fail(call, KilledError(), after=after)
    with pytest.raises(KilledError):
        booker.reschedule(slot, index=0)
    if healer == "sweeper":
        meetings.finish_pending(calendar=calendar, now=SOON)
    assert booker.reschedule(slot, index=0).status is BookingStatus.CONFIRMED
    assert [event.mailbox for event in calendar.standing] == ["luis@example.com"]
    assert Meeting.objects.get(state=MeetingState.CONFIRMED).during.lower == LATER


@steps
@healers
def test_killed_while_cancelling(
    booker: Booker, host: Salesperson, calendar: FakeCalendar, after: bool, healer: str
) -> None:
    booker.book(make_offer(booker.conversation, host))
    calendar.fail("cancel", KilledError(), after=after)
    with pytest.raises(KilledError):
        booker.cancel(index=0)
    if healer == "sweeper":
        meetings.finish_pending(calendar=calendar, now=SOON)
    assert booker.cancel(index=0).status is BookingStatus.CANCELLED
    assert calendar.standing == []
    assert not Meeting.objects.filter(sync_due_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("named", "demo", "code"),
    [("here", "1", -9), ("elsewhere", "1", 0), ("", "1", 0), ("here", "0", 0)],
)
def test_a_named_point_kills_and_others_do_nothing(named: str, demo: str, code: int) -> None:
    script = "from conversations.crashpoints import reach; reach('here')"
    environment = {"LEADBOT_CRASH_AT": named, "LEADBOT_DEMO": demo}
    ended = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert ended.returncode == code
