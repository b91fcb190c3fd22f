"""Events are read again, on the timer alone: each in time, by one worker, for few questions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from psycopg.types.range import Range
from pytest_django import DjangoAssertNumQueries

from conversations.models import CalendarWatch, Conflict, Meeting, MeetingState, Salesperson
from conversations.services import meeting_checks
from conversations.services.meeting_calendar import Tell
from integrations.local_calendar.calendar import LocalCalendar
from integrations.scheduling import CalendarError
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    Booker,
    make_conversation,
    make_host,
    make_offer,
)
from tests.fakes.calendar import FakeCalendar, FakeEvent

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
S = MeetingState


class Desk:
    """A calendar, a clock, and what leads would hear."""

    def __init__(self) -> None:
        self.calendar = FakeCalendar()
        self.now = NOW + HOUR
        self.moved: list[Meeting] = []
        self.cancelled: list[Meeting] = []
        self.host = make_host()
        self.trips_over: Meeting | None = None

    def book(self, starts_at: datetime = TOMORROW_TEN, host: Salesperson | None = None) -> Meeting:
        conversation = make_conversation()
        Booker(conversation, self.calendar).book(
            make_offer(conversation, host or self.host, starts_at)
        )
        return Meeting.objects.get(lead=conversation.lead)

    def event(self, meeting: Meeting) -> FakeEvent:
        return self.calendar.events[Meeting.objects.get(pk=meeting.pk).event_id]

    def move_event(self, meeting: Meeting, starts_at: datetime, length: timedelta) -> None:
        event = self.event(meeting)
        event.starts_at, event.ends_at = starts_at, starts_at + length

    def check(self, after: timedelta = timedelta()) -> int:
        self.now += after
        return meeting_checks.check_due(
            calendar=self.calendar,
            clock=lambda: self.now,
            tell=self.moved.append,
            prepare=self.prepare,
        )

    def prepare(self, meeting: Meeting) -> Tell:
        if meeting == self.trips_over:
            raise ZeroDivisionError
        return self.cancelled.append

    def current(self, meeting: Meeting) -> Meeting:
        return Meeting.objects.filter(lead=meeting.lead_id).latest("created_at")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def later(meeting: Meeting) -> timedelta:
    due = Meeting.objects.values_list("check_due_at", flat=True).get(pk=meeting.pk)
    assert due is not None
    return due - NOW - HOUR


def test_what_stands_is_read_again_the_sooner_the_nearer(desk: Desk) -> None:
    soon, tomorrow = desk.book(NOW + 3 * HOUR), desk.book()
    far = desk.book(TOMORROW_TEN + timedelta(days=5))
    assert desk.check() == 3
    assert desk.check() == 0
    for meeting, pause in ((soon, 2), (tomorrow, 10), (far, 30)):
        assert 0.9 * pause * MINUTE <= later(meeting) <= 1.1 * pause * MINUTE
        assert desk.current(meeting).state == S.CONFIRMED
    assert desk.check(3 * MINUTE) == 1
    assert (desk.moved, desk.cancelled) == ([], [])


@pytest.mark.parametrize(
    ("starts_at", "length"),
    [
        (TOMORROW_TEN + HOUR, HALF_HOUR),
        (TOMORROW_TEN + timedelta(days=9), HALF_HOUR),
        (TOMORROW_TEN + HOUR, timedelta(hours=2)),
        (TOMORROW_TEN, HOUR),
        (TOMORROW_TEN + HOUR, timedelta()),
    ],
    ids=["an hour later", "another day", "longer too", "only longer", "no length"],
)
def test_a_move_in_the_calendar_moves_the_row(
    desk: Desk, starts_at: datetime, length: timedelta
) -> None:
    meeting = desk.book()
    desk.move_event(meeting, starts_at, length)
    for _again in range(3):
        desk.check(HOUR)
    now = desk.current(meeting)
    assert now.state == S.CONFIRMED
    assert now.during == Range(starts_at, starts_at + max(length, MINUTE))
    assert desk.moved == [now]
    assert Salesperson.objects.get().busy_changed_at == NOW + 2 * HOUR


@pytest.mark.parametrize("past", [-timedelta(days=3), timedelta()])
def test_a_move_into_the_past_is_for_a_colleague(desk: Desk, past: timedelta) -> None:
    meeting = desk.book()
    desk.move_event(meeting, NOW + HOUR + past, HALF_HOUR)
    desk.check()
    stands = desk.current(meeting)
    assert (stands.during.lower, stands.conflict) == (TOMORROW_TEN, Conflict.CANNOT_FOLLOW)
    assert not desk.moved
    desk.move_event(meeting, TOMORROW_TEN, HALF_HOUR)
    desk.check(HOUR)
    assert desk.current(meeting).conflict == ""


def test_a_whole_day_is_no_hour_to_tell_a_lead(desk: Desk) -> None:
    meeting = desk.book()
    desk.move_event(meeting, TOMORROW_TEN - 10 * HOUR, timedelta(days=1))
    desk.check()
    assert desk.current(meeting).conflict == Conflict.CANNOT_FOLLOW
    assert not desk.moved


def test_longer_while_it_runs_is_followed(desk: Desk) -> None:
    meeting = desk.book(NOW + 2 * HOUR)
    desk.move_event(meeting, NOW + 2 * HOUR, HOUR)
    desk.check(HOUR + 10 * MINUTE)
    assert desk.current(meeting).during.upper == NOW + 3 * HOUR


@pytest.mark.parametrize("how", ["cancelled", "deleted"])
def test_one_that_is_gone_is_called_off_once(desk: Desk, how: str) -> None:
    meeting = desk.book()
    if how == "cancelled":
        desk.event(meeting).cancelled = True
    else:
        desk.calendar.events.clear()
    for _again in range(3):
        desk.check(HOUR)
    assert [row.pk for row in desk.cancelled] == [meeting.pk]
    gone = desk.current(meeting)
    assert (gone.state, gone.cancelled_by, gone.sync_due_at) == (S.CANCELLED, "host", None)


def test_what_a_search_finds_is_not_gone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = desk.book()
    monkeypatch.setattr(desk.calendar, "read", lambda **_asked: None)
    desk.check()
    assert desk.current(meeting).state == S.CONFIRMED


def test_what_was_put_there_just_now_is_not_gone_at_once(desk: Desk) -> None:
    meeting = desk.book()
    desk.calendar.events.clear()
    desk.now = NOW + timedelta(seconds=20)
    desk.check()
    assert desk.current(meeting).state == S.CONFIRMED
    desk.check(timedelta(seconds=15))
    assert desk.current(meeting).state == S.CANCELLED


@pytest.mark.parametrize("known", [False, True], ids=["not yet noticed", "noticed"])
def test_another_mailbox_cancels_nobody(desk: Desk, known: bool) -> None:
    meeting = desk.book()
    CalendarWatch.objects.create(
        salesperson=desk.host,
        mailbox="new@example.com" if known else desk.host.mailbox,
        renew_due_at=NOW,
        created_at=NOW + MINUTE if known else NOW - timedelta(days=9),
    )
    Salesperson.objects.update(mailbox="new@example.com")
    desk.calendar.events.clear()
    desk.check()
    stands = desk.current(meeting)
    assert stands.state == S.CONFIRMED
    assert stands.problem == meeting_checks.OTHER_CALENDAR
    assert desk.check(HOUR - MINUTE) == 0


def test_what_was_booked_in_another_calendar_is_not_called_off(desk: Desk) -> None:
    conversation = make_conversation()
    Booker(conversation, LocalCalendar()).book(make_offer(conversation, desk.host))
    meeting = Meeting.objects.get()
    for _again in range(3):
        desk.check(HOUR)
    stands = desk.current(meeting)
    assert (stands.state, stands.problem) == (S.CONFIRMED, meeting_checks.OTHER_CALENDAR)
    assert not desk.cancelled


def test_what_stood_there_once_can_be_called_off_there(desk: Desk) -> None:
    meeting = desk.book()
    # As it was stored before versions were kept.
    Meeting.objects.update(etag="")
    desk.check()
    assert desk.current(meeting).etag == desk.event(meeting).etag
    desk.calendar.events.clear()
    desk.check(HOUR)
    assert desk.current(meeting).state == S.CANCELLED


def test_who_moves_it_and_then_removes_it_is_followed_at_once(desk: Desk) -> None:
    meeting = desk.book()
    desk.move_event(meeting, TOMORROW_TEN + HOUR, HALF_HOUR)
    desk.check()
    desk.calendar.events.clear()
    Meeting.objects.update(check_due_at=desk.now)
    desk.check(timedelta(seconds=5))
    assert desk.current(meeting).state == S.CANCELLED


def test_over_ended_and_unbooked_meetings_are_not_read(desk: Desk) -> None:
    states = (S.OVER, S.CANCELLED, S.RESCHEDULED, S.NO_SHOW, S.COMPLETED, S.BOOKING)
    for index, state in enumerate(states):
        meeting = desk.book(TOMORROW_TEN + HOUR * index)
        Meeting.objects.filter(pk=meeting.pk).update(state=state, check_due_at=NOW)
    past = desk.book(NOW + 2 * HOUR)
    assert desk.check(4 * HOUR) == 0
    assert desk.current(past).state == S.CONFIRMED
    assert "read" not in desk.calendar.calls


def test_a_calendar_that_nobody_else_writes_in_is_not_read(desk: Desk) -> None:
    desk.book()
    looked_at = meeting_checks.check_due(
        calendar=LocalCalendar(),
        clock=lambda: desk.now,
        tell=desk.moved.append,
        prepare=desk.prepare,
    )
    assert looked_at == 0


@pytest.mark.parametrize(
    ("error", "pause", "problem"),
    [
        (CalendarError("away"), 2 * MINUTE, ""),
        (CalendarError("slow", retry_after=900), 15 * MINUTE, ""),
        (CalendarError("forbidden", permanent=True), HOUR, "forbidden"),
    ],
)
def test_a_mailbox_that_does_not_answer_is_asked_once_and_later(
    desk: Desk, error: CalendarError, pause: timedelta, problem: str
) -> None:
    first, second = desk.book(), desk.book(TOMORROW_TEN + HOUR)
    other = desk.book(TOMORROW_TEN, make_host("beto"))
    desk.move_event(other, TOMORROW_TEN + HOUR, HALF_HOUR)
    desk.calendar.calls.clear()
    desk.calendar.fail("read", error)
    assert desk.check() == 2
    assert (later(first), desk.current(first).problem) == (pause, problem)
    assert later(second) <= pause
    assert [row.lead for row in desk.moved] == [other.lead]
    desk.check(pause)
    assert desk.current(first).problem == ""


def test_a_slow_calendar_ends_the_round_and_the_others_are_due_again(desk: Desk) -> None:
    meetings = [desk.book(), desk.book(TOMORROW_TEN + HOUR), desk.book(TOMORROW_TEN + 2 * HOUR)]

    def take_long() -> None:
        desk.now += timedelta(seconds=11)

    desk.calendar.before["read"] = take_long
    assert desk.check() == 1
    assert all(later(meeting) <= timedelta(seconds=11) for meeting in meetings[1:])
    assert desk.check() == 2


def test_news_that_comes_while_it_is_read_is_not_lost(desk: Desk) -> None:
    meeting = desk.book()

    def tell() -> None:
        Meeting.objects.filter(pk=meeting.pk).update(check_due_at=desk.now)

    desk.calendar.before["read"] = tell
    assert desk.check() == 2
    assert later(meeting) > MINUTE


def test_two_workers_do_not_read_one_event_twice(desk: Desk) -> None:
    desk.book()
    seen: list[int] = []
    desk.calendar.before["read"] = lambda: seen.append(desk.check())
    assert desk.check() == 1
    assert seen == [0]


def test_no_question_to_a_calendar_within_a_transaction(desk: Desk) -> None:
    gone, moved = desk.book(), desk.book(TOMORROW_TEN + HOUR)
    desk.event(gone).cancelled = True
    desk.move_event(moved, TOMORROW_TEN + 3 * HOUR, HALF_HOUR)
    depth, asked = len(connection.savepoint_ids), list[str]()

    def note(name: str) -> Callable[[], None]:
        def hook() -> None:
            assert len(connection.savepoint_ids) == depth
            asked.append(name)

        return hook

    for name in ("read", "find"):
        desk.calendar.before[name] = note(name)
    desk.check()
    assert asked == ["read", "find"]
    assert (len(desk.moved), len(desk.cancelled)) == (1, 1)


def test_our_own_move_under_way_is_left_alone(desk: Desk) -> None:
    meeting = desk.book()
    offer = make_offer(meeting.lead.conversation, desk.host, TOMORROW_TEN + 2 * HOUR)
    booker = Booker(meeting.lead.conversation, desk.calendar)
    desk.calendar.fail("move", CalendarError("lost", ambiguous=True), after=True)
    booker.reschedule(offer)
    assert desk.check() == 1
    assert later(meeting) == timedelta(seconds=15)
    assert sorted(Meeting.objects.values_list("state", flat=True)) == ["booking", "confirmed"]
    assert not desk.moved


def test_our_move_that_ends_while_the_event_is_read_is_not_the_hosts(desk: Desk) -> None:
    meeting = desk.book()
    offer = make_offer(meeting.lead.conversation, desk.host, TOMORROW_TEN + 2 * HOUR)
    booker = Booker(meeting.lead.conversation, desk.calendar)

    def reschedule() -> None:
        booker.reschedule(offer)

    desk.calendar.before["read"] = reschedule
    desk.check()
    assert not desk.moved
    assert desk.current(meeting).moved_by != "host"
    assert Meeting.objects.count() == 2


def test_what_came_in_between_is_found_right_after_the_booking(desk: Desk) -> None:
    meeting = desk.book()
    desk.calendar.add_busy(desk.host.mailbox, TOMORROW_TEN, TOMORROW_TEN + HOUR)
    desk.now = NOW + MINUTE
    desk.check()
    assert desk.current(meeting).conflict == Conflict.OVERLAP
    desk.calendar.other_busy.clear()
    desk.check(HOUR)
    assert desk.current(meeting).conflict == ""


def test_a_bug_of_ours_holds_up_no_other(desk: Desk) -> None:
    first, second = desk.book(), desk.book(TOMORROW_TEN + HOUR)
    for meeting in (first, second):
        desk.event(meeting).cancelled = True
    desk.trips_over = first
    desk.check()
    assert desk.current(second).state == S.CANCELLED
    assert desk.current(first).state == S.CONFIRMED


def test_each_costs_few_queries(
    desk: Desk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for index in range(6):
        desk.book(TOMORROW_TEN + index * HOUR)
    # Six are taken with five, none is left to take after three, and each costs one.
    with django_assert_num_queries(5 + 3 + 6):
        desk.check()
