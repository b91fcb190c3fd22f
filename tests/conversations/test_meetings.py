"""Booking, moving and cancelling through the real database, with a calendar that fails on cue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.models import (
    Conversation,
    Fact,
    Meeting,
    MeetingState,
    Salesperson,
    SlotOffer,
    Stage,
    User,
)
from conversations.services import meetings
from conversations.services.meetings import BookingStatus
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
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
LATER = TOMORROW_TEN + timedelta(hours=2)
PERMANENT = CalendarError("ErrorAccessDenied", permanent=True)
DOWN = CalendarError("503")
LOST = CalendarError("timed out", ambiguous=True)


@pytest.fixture
def calendar() -> FakeCalendar:
    return FakeCalendar()


@pytest.fixture
def host() -> Salesperson:
    return make_host()


@pytest.fixture
def conversation(host: Salesperson) -> Conversation:
    return make_conversation(name="Marta", company="Acme", language="es")


@pytest.fixture
def booker(conversation: Conversation, calendar: FakeCalendar) -> Booker:
    return Booker(conversation, calendar)


def _states() -> list[str]:
    return sorted(Meeting.objects.values_list("state", flat=True))


# Booking


def test_a_booking_confirms_and_moves_the_lead(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    lead = booker.conversation.lead
    Fact.objects.create(lead=lead, key="team_size", value=12, quote="somos doce", created_at=NOW)
    booked = booker.book(make_offer(booker.conversation, host))
    assert booked.status is BookingStatus.CONFIRMED
    assert booked.meeting is not None
    assert booked.meeting.confirmed
    assert booked.meeting.join_url == "https://meet.example.com/event-1"
    lead.refresh_from_db()
    host.refresh_from_db()
    assert (lead.stage, lead.owner, host.last_assigned_at) == (Stage.MEETING, host.user, NOW)
    (event,) = calendar.standing
    assert "Marta (Acme)" in event.subject
    assert "Team size: 12 (“somos doce”)" in event.body
    assert meetings.active_meeting(lead_id=lead.pk, now=NOW) == booked.meeting


def test_a_later_stage_and_an_owner_stay(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    owner = make_host("luis").user
    lead = booker.conversation.lead
    lead.stage, lead.owner = Stage.WON, owner
    lead.save()
    booker.book(make_offer(booker.conversation, host))
    lead.refresh_from_db()
    assert (lead.stage, lead.owner) == (Stage.WON, owner)


def test_the_same_call_again_makes_one_event(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    slot = make_offer(booker.conversation, host)
    first = booker.book(slot, index=0)
    assert booker.book(slot, index=0) == first
    assert len(calendar.events) == 1
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize(
    "slot_id", ["", "nonsense", "0bfc63c3-2879-4759-8976-ba4cfea3a539", "2026-11-24T16:00:00Z"]
)
def test_only_what_was_offered_can_be_booked(booker: Booker, slot_id: str) -> None:
    assert booker.book(slot_id).status is BookingStatus.EXPIRED


def test_an_offer_to_somebody_else_is_none(booker: Booker, host: Salesperson) -> None:
    slot = make_offer(make_conversation(), host)
    assert booker.book(slot).status is BookingStatus.EXPIRED
    assert not Meeting.objects.exists()


def test_an_old_offer_and_one_too_soon_are_expired(booker: Booker, host: Salesperson) -> None:
    old = make_offer(booker.conversation, host, expires_at=NOW)
    soon = make_offer(booker.conversation, host, NOW + timedelta(minutes=119))
    assert booker.book(old).status is BookingStatus.EXPIRED
    assert booker.book(soon).status is BookingStatus.EXPIRED


def test_a_second_meeting_is_refused(booker: Booker, host: Salesperson) -> None:
    first = booker.book(make_offer(booker.conversation, host))
    second = booker.book(make_offer(booker.conversation, host, LATER))
    assert second.status is BookingStatus.HAS_MEETING
    assert second.meeting == first.meeting


def test_a_meeting_that_is_over_does_not_bar_the_next(booker: Booker, host: Salesperson) -> None:
    booker.book(make_offer(booker.conversation, host))
    booker.now = TOMORROW_TEN + timedelta(days=1)
    after = booker.now + timedelta(days=1)
    slot = make_offer(booker.conversation, host, after, expires_at=after)
    assert booker.book(slot).status is BookingStatus.CONFIRMED
    assert _states() == ["confirmed", "over"]


def test_a_time_that_a_meeting_of_ours_took_gives_alternatives(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    Booker(other := make_conversation(), calendar).book(make_offer(other, host))
    booked = booker.book(make_offer(booker.conversation, host))
    assert booked.status is BookingStatus.TAKEN
    assert TOMORROW_TEN not in {slot.starts_at for slot in booked.alternatives}
    offered = SlotOffer.objects.filter(conversation=booker.conversation)
    assert {slot.id for slot in booked.alternatives} <= {str(row.pk) for row in offered}
    assert len(booked.alternatives) == 6


def test_the_buffer_of_the_neighbour_counts(calendar: FakeCalendar) -> None:
    host = make_host("eva", buffer_after_minutes=10)
    first, second = make_conversation(), make_conversation()
    Booker(first, calendar).book(make_offer(first, host))
    slot = make_offer(second, host, TOMORROW_TEN + HALF_HOUR)
    assert Booker(second, calendar).book(slot).status is BookingStatus.TAKEN


@pytest.mark.parametrize("gone", ["takes_meetings", "is_active"])
def test_a_host_who_stopped_taking_meetings(booker: Booker, host: Salesperson, gone: str) -> None:
    slot = make_offer(booker.conversation, host)
    rows = User.objects if gone == "is_active" else Salesperson.objects
    rows.update(**{gone: False})
    assert booker.book(slot).status is BookingStatus.TAKEN


def test_busy_meanwhile_in_the_calendar(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    calendar.add_busy(host.mailbox, TOMORROW_TEN + timedelta(minutes=29), LATER)
    slot = make_offer(booker.conversation, host)
    booked = booker.book(slot, index=0)
    assert booked.status is BookingStatus.TAKEN
    assert booked.alternatives
    assert _states() == ["released"]
    assert booker.book(slot, index=0).status is BookingStatus.TAKEN
    assert not calendar.events


@pytest.mark.parametrize("step", ["busy", "create"])
def test_the_calendar_refuses_for_good(
    booker: Booker, host: Salesperson, calendar: FakeCalendar, step: str
) -> None:
    calendar.fail(step, PERMANENT)
    slot = make_offer(booker.conversation, host)
    assert booker.book(slot, index=0).status is BookingStatus.UNAVAILABLE
    row = Meeting.objects.get()
    assert (row.state, row.problem) == (MeetingState.RELEASED, "ErrorAccessDenied")
    assert booker.book(slot, index=0).status is BookingStatus.UNAVAILABLE
    assert booker.book(make_offer(booker.conversation, host)).status is BookingStatus.CONFIRMED


def test_a_mailbox_that_broke_meanwhile(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    calendar.broken_mailboxes[host.mailbox] = "ErrorMailboxNotFound"
    booked = booker.book(make_offer(booker.conversation, host))
    assert booked.status is BookingStatus.UNAVAILABLE
    assert Meeting.objects.get().problem == "ErrorMailboxNotFound"


# Pending


@pytest.mark.parametrize(
    ("step", "error", "after"),
    [
        ("busy", DOWN, False),
        ("create", DOWN, False),
        ("create", LOST, False),
        ("create", LOST, True),
    ],
)
def test_without_an_answer_the_time_is_kept_and_settled_later(
    booker: Booker,
    host: Salesperson,
    calendar: FakeCalendar,
    step: str,
    error: CalendarError,
    after: bool,
) -> None:
    calendar.fail(step, error, after=after)
    booked = booker.book(make_offer(booker.conversation, host))
    assert booked.status is BookingStatus.PENDING
    assert booked.meeting is not None
    assert not booked.meeting.confirmed
    other = make_conversation()
    slot = make_offer(other, host)
    assert Booker(other, calendar).book(slot).status is BookingStatus.TAKEN

    assert meetings.finish_pending(calendar=calendar, now=NOW) == ()  # not due yet
    told: list[Meeting] = []
    (settled,) = meetings.finish_pending(
        calendar=calendar, now=NOW + timedelta(minutes=1), tell=told.append
    )
    assert settled.status is BookingStatus.CONFIRMED
    assert settled.conversation_id == booker.conversation.pk
    assert [row.pk for row in told] == [settled.meeting.id]
    assert len(calendar.events) == 1
    assert meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=5)) == ()


@pytest.mark.parametrize("after", [True, False])
def test_the_turn_s_own_retry_settles_too(
    booker: Booker, host: Salesperson, calendar: FakeCalendar, after: bool
) -> None:
    calendar.fail("create", LOST, after=after)
    slot = make_offer(booker.conversation, host)
    assert booker.book(slot, index=0).status is BookingStatus.PENDING
    assert booker.book(slot, index=0).status is BookingStatus.CONFIRMED
    assert len(calendar.events) == 1


def test_a_pending_time_that_turns_out_busy(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    calendar.fail("create", DOWN)
    booker.book(make_offer(booker.conversation, host))
    calendar.add_busy(host.mailbox, TOMORROW_TEN, LATER)
    (settled,) = meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=2))
    assert settled.status is BookingStatus.TAKEN
    assert _states() == ["released"]


def test_retry_after_is_honoured(booker: Booker, host: Salesperson, calendar: FakeCalendar) -> None:
    calendar.fail("create", CalendarError("429", retry_after=300))
    booker.book(make_offer(booker.conversation, host))
    assert meetings.finish_pending(calendar=calendar, now=NOW + timedelta(seconds=299)) == ()
    assert len(meetings.finish_pending(calendar=calendar, now=NOW + timedelta(seconds=300))) == 1


def test_after_an_hour_without_an_answer_the_time_is_given_back(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    calendar.fail("create", LOST, after=True)  # it did land, and nobody can see it
    booker.book(make_offer(booker.conversation, host))
    calendar.fail("find", DOWN, times=2)
    assert meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=30)) == ()
    (settled,) = meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=61))
    assert settled.status is BookingStatus.UNAVAILABLE
    assert len(calendar.standing) == 1
    assert meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=70)) == ()
    assert calendar.standing == []
    assert Meeting.objects.get().sync_due_at is None
    assert Meeting.objects.get().problem


def test_cancelled_while_the_calendar_was_asked(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    calendar.before["create"] = lambda: _cancelled(booker, BookingStatus.CANCELLED)
    assert booker.book(make_offer(booker.conversation, host)).status is BookingStatus.CANCELLED
    meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=2))
    assert calendar.standing == []
    assert _states() == ["cancelled"]


def _cancelled(booker: Booker, expected: BookingStatus) -> None:
    assert booker.cancel().status is expected


def test_a_second_sweeper_finds_nothing_to_do(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    calendar.fail("create", DOWN)
    booker.book(make_offer(booker.conversation, host))
    due = NOW + timedelta(minutes=2)

    def second_sweeper() -> None:
        assert meetings.finish_pending(calendar=calendar, now=due) == ()

    calendar.before["find"] = second_sweeper
    assert len(meetings.finish_pending(calendar=calendar, now=due)) == 1


# Moving


def test_a_move_keeps_the_event(booker: Booker, host: Salesperson, calendar: FakeCalendar) -> None:
    booker.book(make_offer(booker.conversation, host))
    moved = booker.reschedule(make_offer(booker.conversation, host, LATER))
    assert moved.status is BookingStatus.CONFIRMED
    assert moved.meeting is not None
    assert moved.meeting.starts_at == LATER
    (event,) = calendar.events.values()
    assert event.starts_at == LATER
    assert _states() == ["confirmed", "rescheduled"]


def test_a_move_repeated_changes_nothing(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    booker.book(make_offer(booker.conversation, host))
    slot = make_offer(booker.conversation, host, LATER)
    first = booker.reschedule(slot, index=7)
    assert booker.reschedule(slot, index=7) == first
    assert booker.reschedule(slot, index=8) == first
    assert calendar.calls.count("move") == 1


def test_a_move_to_another_host_takes_the_old_event_away(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    booker.book(make_offer(booker.conversation, host))
    other = make_host("luis")
    calendar.fail("cancel", DOWN)
    moved = booker.reschedule(make_offer(booker.conversation, other, LATER))
    assert moved.status is BookingStatus.CONFIRMED
    assert moved.meeting is not None
    assert moved.meeting.host == "Luis"
    meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=2))
    assert [event.mailbox for event in calendar.standing] == ["luis@example.com"]


def test_a_move_of_an_event_that_is_gone_makes_a_new_one(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    booker.book(make_offer(booker.conversation, host))
    calendar.events["event-1"].cancelled = True
    moved = booker.reschedule(make_offer(booker.conversation, host, LATER))
    assert moved.status is BookingStatus.CONFIRMED
    assert [event.starts_at for event in calendar.standing] == [LATER]


@pytest.mark.parametrize("after", [True, False])
def test_a_move_without_an_answer_leaves_the_old_one_until_it_is_settled(
    booker: Booker, host: Salesperson, calendar: FakeCalendar, after: bool
) -> None:
    booker.book(make_offer(booker.conversation, host))
    calendar.fail("move", LOST, after=after)
    slot = make_offer(booker.conversation, host, LATER)
    assert booker.reschedule(slot).status is BookingStatus.PENDING
    assert _states() == ["booking", "confirmed"]
    again = make_offer(booker.conversation, host, LATER + HALF_HOUR)
    assert booker.reschedule(again).status is BookingStatus.PENDING
    (settled,) = meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=2))
    assert (settled.status, settled.moved) == (BookingStatus.CONFIRMED, True)
    assert [event.starts_at for event in calendar.standing] == [LATER]
    assert _states() == ["confirmed", "rescheduled"]


@pytest.mark.parametrize("refusal", ["busy", "permanent"])
def test_a_refused_move_leaves_the_old_meeting(
    booker: Booker, host: Salesperson, calendar: FakeCalendar, refusal: str
) -> None:
    first = booker.book(make_offer(booker.conversation, host))
    if refusal == "busy":
        calendar.add_busy(host.mailbox, LATER, LATER + HALF_HOUR)
    else:
        calendar.fail("move", PERMANENT)
    booked = booker.reschedule(make_offer(booker.conversation, host, LATER))
    expected = BookingStatus.TAKEN if refusal == "busy" else BookingStatus.UNAVAILABLE
    assert booked.status is expected
    active = meetings.active_meeting(lead_id=booker.conversation.lead_id, now=NOW)
    assert active == first.meeting
    assert [event.starts_at for event in calendar.standing] == [TOMORROW_TEN]


def test_two_moves_in_a_row_keep_one_event(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    booker.book(make_offer(booker.conversation, host))
    booker.reschedule(make_offer(booker.conversation, host, LATER))
    calendar.fail("move", LOST, after=True)
    last = LATER + timedelta(days=1)
    slot = make_offer(booker.conversation, host, last)
    assert booker.reschedule(slot, index=9).status is BookingStatus.PENDING
    assert booker.reschedule(slot, index=9).status is BookingStatus.CONFIRMED
    assert [event.starts_at for event in calendar.events.values()] == [last]


def test_nothing_to_move(booker: Booker, host: Salesperson) -> None:
    slot = make_offer(booker.conversation, host)
    assert booker.reschedule(slot).status is BookingStatus.NO_MEETING


def test_three_changes_a_day(booker: Booker, host: Salesperson) -> None:
    booker.book(make_offer(booker.conversation, host))
    for days in (1, 2, 3):
        slot = make_offer(booker.conversation, host, TOMORROW_TEN + timedelta(days=days))
        assert booker.reschedule(slot).status is BookingStatus.CONFIRMED
    slot = make_offer(booker.conversation, host, LATER)
    assert booker.reschedule(slot).status is BookingStatus.LIMIT
    booker.cancel()
    assert booker.book(slot).status is BookingStatus.LIMIT
    booker.now = NOW + timedelta(hours=24)
    slot = make_offer(
        booker.conversation,
        host,
        LATER + timedelta(days=4),
        expires_at=booker.now + timedelta(hours=1),
    )
    assert booker.book(slot).status is BookingStatus.CONFIRMED


# Cancelling


def test_a_cancellation(booker: Booker, host: Salesperson, calendar: FakeCalendar) -> None:
    booker.book(make_offer(booker.conversation, host))
    cancelled = booker.cancel(index=5)
    assert cancelled.status is BookingStatus.CANCELLED
    assert calendar.events["event-1"].comment == "Can't make it"
    assert booker.cancel(index=5) == cancelled
    assert calendar.calls.count("cancel") == 1
    assert booker.cancel(index=6).status is BookingStatus.NO_MEETING
    row = Meeting.objects.get()
    assert (row.state, row.cancelled_by, row.ended_at) == (MeetingState.CANCELLED, "lead", NOW)


def test_a_cancellation_while_the_calendar_is_down_is_made_up_for(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    booker.book(make_offer(booker.conversation, host))
    calendar.fail("cancel", DOWN)
    assert booker.cancel().status is BookingStatus.CANCELLED
    assert Meeting.objects.get().problem == "503"
    assert meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=2)) == ()
    assert calendar.standing == []


def test_a_cancellation_that_is_refused_is_left_to_staff(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    booker.book(make_offer(booker.conversation, host))
    calendar.fail("cancel", PERMANENT)
    booker.cancel()
    row = Meeting.objects.get()
    assert (row.problem, row.sync_due_at) == ("ErrorAccessDenied", None)


def test_a_pending_booking_can_be_cancelled(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    calendar.fail("create", LOST, after=True)
    booker.book(make_offer(booker.conversation, host))
    calendar.fail("find", DOWN)
    assert booker.cancel().status is BookingStatus.CANCELLED
    meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=2))
    assert calendar.standing == []


def test_cancelling_during_a_move_takes_both_away(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    booker.book(make_offer(booker.conversation, host))
    calendar.fail("move", LOST, after=True)
    booker.reschedule(make_offer(booker.conversation, host, LATER))
    assert booker.cancel().status is BookingStatus.CANCELLED
    assert calendar.standing == []
    assert _states() == ["cancelled", "cancelled"]


def test_staff_cancel_by_meeting(booker: Booker, host: Salesperson, calendar: FakeCalendar) -> None:
    booked = booker.book(make_offer(booker.conversation, host))
    assert booked.meeting is not None
    cancelled = meetings.cancel(
        meeting_id=booked.meeting.id, by="staff", calendar=calendar, now=NOW
    )
    assert cancelled.status is BookingStatus.CANCELLED
    assert Meeting.objects.get().cancelled_by == "staff"
    assert calendar.standing == []


def test_the_local_calendar_goes_all_the_way(conversation: Conversation, host: Salesperson) -> None:
    booker = Booker(conversation, LocalCalendar())
    booked = booker.book(make_offer(conversation, host))
    assert booked.meeting is not None
    assert Meeting.objects.get().event_id == f"local-{booked.meeting.id}"
    moved = booker.reschedule(make_offer(conversation, host, LATER))
    assert moved.status is BookingStatus.CONFIRMED
    assert booker.cancel().status is BookingStatus.CANCELLED
    assert not Meeting.objects.filter(sync_due_at__isnull=False).exists()


def test_a_hold_ends_at_its_hour_whatever_the_calendar_says(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    calendar.fail("create", CalendarError("429", retry_after=4 * 3600))
    booker.book(make_offer(booker.conversation, host))
    calendar.fail("find", ZeroDivisionError(), times=2)  # not even our own bug keeps it
    assert meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=59)) == ()
    (settled,) = meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=60))
    assert settled.status is BookingStatus.UNAVAILABLE
    assert _states() == ["released"]
    other = Booker(make_conversation(), calendar)
    assert other.book(make_offer(other.conversation, host)).status is BookingStatus.CONFIRMED


def test_a_meeting_that_trips_over_a_bug_holds_up_no_other(
    booker: Booker, host: Salesperson, calendar: FakeCalendar
) -> None:
    other = Booker(make_conversation(), calendar)
    calendar.fail("create", DOWN, times=2)
    booker.book(make_offer(booker.conversation, host))
    other.book(make_offer(other.conversation, host, TOMORROW_TEN + 2 * HALF_HOUR))
    calendar.fail("find", ZeroDivisionError())
    assert len(meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=2))) == 1
    assert len(meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=4))) == 1
