"""What else is in the calendar: before a booking with the buffers, and again after it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from psycopg.types.range import Range

from conversations.models import Conflict, Meeting, MeetingState, Salesperson
from conversations.services.meeting_overlaps import look_again
from conversations.services.meetings import BookingStatus
from integrations.scheduling import BusyInterval, CalendarError
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    Booker,
    make_conversation,
    make_host,
    make_offer,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)
ENDS = TOMORROW_TEN + HALF_HOUR
SOON = NOW + timedelta(minutes=2)


@pytest.fixture
def calendar() -> FakeCalendar:
    return FakeCalendar()


@pytest.fixture
def host() -> Salesperson:
    return make_host("eva", buffer_before_minutes=15, buffer_after_minutes=10)


@pytest.fixture
def booker(host: Salesperson, calendar: FakeCalendar) -> Booker:
    return Booker(make_conversation(), calendar)


@pytest.fixture
def meeting(booker: Booker, host: Salesperson) -> Meeting:
    assert booker.book(make_offer(booker.conversation, host)).status is BookingStatus.CONFIRMED
    return Meeting.objects.select_related("salesperson__user").get()


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "status"),
    [
        (TOMORROW_TEN - HALF_HOUR, TOMORROW_TEN - 15 * MINUTES, BookingStatus.CONFIRMED),
        (TOMORROW_TEN - HALF_HOUR, TOMORROW_TEN - 14 * MINUTES, BookingStatus.TAKEN),
        (ENDS + 10 * MINUTES, ENDS + HALF_HOUR, BookingStatus.CONFIRMED),
        (ENDS + 9 * MINUTES, ENDS + HALF_HOUR, BookingStatus.TAKEN),
    ],
)
def test_the_fresh_look_keeps_the_buffers_that_were_offered(
    booker: Booker,
    host: Salesperson,
    calendar: FakeCalendar,
    starts_at: datetime,
    ends_at: datetime,
    status: BookingStatus,
) -> None:
    calendar.add_busy(host.mailbox, starts_at, ends_at)
    assert booker.book(make_offer(booker.conversation, host)).status is status


def test_a_booking_is_looked_at_again_at_once(meeting: Meeting, calendar: FakeCalendar) -> None:
    assert meeting.check_due_at == NOW
    assert meeting.etag == calendar.standing[0].etag
    assert not look_again(meeting, calendar=calendar, now=SOON)
    meeting.refresh_from_db()
    assert (meeting.conflict, meeting.conflict_at) == ("", None)


def test_what_came_in_between_is_noted_once_and_goes_with_it(
    meeting: Meeting, calendar: FakeCalendar, host: Salesperson
) -> None:
    """The very same time, as an invitation of somebody else has it, is no event of ours."""
    calendar.other_busy[host.mailbox].append(BusyInterval(TOMORROW_TEN, ENDS, "theirs"))
    assert look_again(meeting, calendar=calendar, now=SOON)
    assert not look_again(meeting, calendar=calendar, now=SOON + MINUTES)
    meeting.refresh_from_db()
    assert (meeting.state, meeting.conflict) == (MeetingState.CONFIRMED, Conflict.OVERLAP)
    assert (meeting.conflict_at, meeting.conflict_during) == (SOON, Range(TOMORROW_TEN, ENDS))

    Meeting.objects.update(conflict_at=None)  # a colleague has seen to it
    assert not look_again(meeting, calendar=calendar, now=SOON + MINUTES)
    meeting.refresh_from_db()
    assert meeting.conflict_at is None

    calendar.other_busy.clear()
    assert not look_again(meeting, calendar=calendar, now=SOON + 2 * MINUTES)
    meeting.refresh_from_db()
    assert (meeting.conflict, meeting.conflict_during) == ("", None)


@pytest.mark.parametrize("minutes", [-1, 1])
def test_only_the_meeting_itself_is_looked_at_afterwards(
    meeting: Meeting, calendar: FakeCalendar, host: Salesperson, minutes: int
) -> None:
    """The buffers are for those who book: a colleague may put something right before."""
    calendar.add_busy(host.mailbox, ENDS - minutes * MINUTES, ENDS + HALF_HOUR)
    assert look_again(meeting, calendar=calendar, now=SOON) is (minutes == 1)


def test_an_event_of_ours_that_is_about_to_go_is_in_nobodys_way(
    meeting: Meeting, calendar: FakeCalendar, host: Salesperson
) -> None:
    Meeting.objects.create(
        lead=make_conversation().lead,
        salesperson=host,
        during=meeting.during,
        state=MeetingState.CANCELLED,
        event_id="late",
        sync_due_at=SOON,
        created_at=NOW,
    )
    calendar.other_busy[host.mailbox].append(BusyInterval(TOMORROW_TEN, ENDS, "late"))
    assert not look_again(meeting, calendar=calendar, now=SOON)


def test_a_row_that_moved_meanwhile_keeps_out_of_it(
    meeting: Meeting, calendar: FakeCalendar, host: Salesperson
) -> None:
    calendar.add_busy(host.mailbox, TOMORROW_TEN, ENDS + HALF_HOUR)

    def call_off() -> None:
        Meeting.objects.update(state=MeetingState.CANCELLED)

    calendar.before["busy"] = call_off
    assert not look_again(meeting, calendar=calendar, now=SOON)
    meeting.refresh_from_db()
    assert meeting.conflict == ""


def test_a_mailbox_that_cannot_tell_settles_nothing(
    meeting: Meeting, calendar: FakeCalendar, host: Salesperson
) -> None:
    calendar.broken_mailboxes[host.mailbox] = "ErrorMailboxNotFound"
    with pytest.raises(CalendarError):
        look_again(meeting, calendar=calendar, now=SOON)


def test_the_event_that_is_moved_is_in_nobodys_way_and_keeps_its_text(
    meeting: Meeting, booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    slot = make_offer(booker.conversation, host, TOMORROW_TEN + 60 * MINUTES)
    calendar.standing[0].ends_at += HALF_HOUR  # made longer by its owner, read by nobody yet
    assert booker.reschedule(slot).status is BookingStatus.CONFIRMED
    assert len(calendar.standing) == 1
    new = Meeting.objects.get(state=MeetingState.CONFIRMED)
    assert new.etag == calendar.standing[0].etag
    assert new.brief_digest == meeting.brief_digest != ""
