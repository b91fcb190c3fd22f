"""What salespeople read in their calendar follows what leads say after they booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from conversations.admin.labels import FactLabel
from conversations.models import Conversation, Fact, Meeting, MeetingState, Salesperson
from conversations.services import meeting_brief, meetings
from conversations.services.meeting_briefs import AT_ONCE, refresh
from conversations.services.meetings import BookingStatus
from integrations.local_calendar.calendar import LocalCalendar
from integrations.scheduling import Booking, CalendarError
from tests.conversations.meeting_rows import (
    NOW,
    TOMORROW_TEN,
    Booker,
    make_conversation,
    make_host,
    make_offer,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SOON = NOW + MINUTE


@pytest.fixture
def calendar() -> FakeCalendar:
    return FakeCalendar()


@pytest.fixture
def host() -> Salesperson:
    return make_host("eva")


@pytest.fixture
def conversation(host: Salesperson, calendar: FakeCalendar) -> Conversation:
    conversation = make_conversation(name="Marta", language="es")
    booked = Booker(conversation, calendar).book(make_offer(conversation, host))
    assert booked.status is BookingStatus.CONFIRMED
    return conversation


@pytest.fixture
def names() -> Iterator[None]:
    before = meeting_brief._sources[0]
    sizes = {"big": "Más de 50"}
    meeting_brief.provide(lambda: {"team_size": FactLabel("Tamaño del equipo", sizes)})
    yield
    meeting_brief.provide(before)


def learn(conversation: Conversation, value: object, *, at: datetime = SOON) -> None:
    known = Fact.objects.filter(lead=conversation.lead, key="team_size")
    known.filter(superseded_at=None).update(superseded_at=at)
    Fact.objects.create(
        lead=conversation.lead, key="team_size", value=value, quote="somos", created_at=at
    )


def run(calendar: FakeCalendar, *, now: datetime = SOON, everything: bool = False) -> int:
    return refresh(calendar=calendar, clock=lambda: now, everything=everything)


def test_what_was_said_after_the_booking_is_written_once(
    conversation: Conversation, calendar: FakeCalendar, settings: Settings, names: None
) -> None:
    settings.PUBLIC_URL = "https://crm.example.com"
    assert run(calendar) == 0
    learn(conversation, "big")
    assert run(calendar) == 1
    (event,) = calendar.standing
    assert "Tamaño del equipo: Más de 50 (“somos”)" in event.body
    assert (
        f"https://crm.example.com/admin/conversations/conversation/{conversation.pk}" in event.body
    )
    assert run(calendar) == 0
    assert calendar.calls.count("rewrite") == 1
    assert run(calendar, everything=True) == 0


def test_the_old_way_round_is_nothing_to_write(
    conversation: Conversation, calendar: FakeCalendar
) -> None:
    learn(conversation, 12)
    run(calendar)
    learn(conversation, 13)
    learn(conversation, 12)
    assert run(calendar) == 0


def test_a_mailbox_that_is_down_is_asked_once_a_round_and_made_up_for(
    conversation: Conversation, calendar: FakeCalendar, host: Salesperson
) -> None:
    second = make_conversation()
    slot = make_offer(second, host, TOMORROW_TEN + timedelta(hours=1))
    Booker(second, calendar).book(slot)
    learn(conversation, 12)
    learn(second, 7)
    calendar.fail("rewrite", CalendarError("503"), times=9)
    assert run(calendar) == 0
    assert calendar.calls.count("rewrite") == 1
    calendar.heal()
    late = SOON + timedelta(hours=1)
    assert run(calendar, now=late) == 0
    assert run(calendar, now=late, everything=True) == 2


def test_an_event_that_is_gone_is_looked_at_and_not_written(
    conversation: Conversation, calendar: FakeCalendar
) -> None:
    learn(conversation, 12)
    Meeting.objects.update(check_due_at=None)
    calendar.standing[0].cancelled = True
    run(calendar)
    assert Meeting.objects.get().check_due_at == SOON


@pytest.mark.parametrize("state", [MeetingState.CANCELLED, MeetingState.OVER])
def test_what_is_not_ahead_keeps_its_text(
    conversation: Conversation, calendar: FakeCalendar, state: MeetingState
) -> None:
    learn(conversation, 12)
    Meeting.objects.update(state=state)
    assert run(calendar, everything=True) == 0


def test_one_that_was_moved_meanwhile_is_not_taken_for_written(
    conversation: Conversation, calendar: FakeCalendar, host: Salesperson
) -> None:
    learn(conversation, 12)
    slot = make_offer(conversation, host, TOMORROW_TEN + timedelta(hours=1))
    calendar.before["rewrite"] = lambda: _must(Booker(conversation, calendar).reschedule(slot))
    run(calendar)
    new = Meeting.objects.get(state=MeetingState.CONFIRMED)
    old = Meeting.objects.get(state=MeetingState.RESCHEDULED)
    assert new.brief_digest == old.brief_digest
    assert run(calendar) == 1


def _must(booked: meetings.Booked) -> None:
    assert booked.status is BookingStatus.CONFIRMED


def test_a_round_is_bounded(calendar: FakeCalendar, host: Salesperson) -> None:
    for number in range(AT_ONCE + 2):
        lead = make_conversation().lead
        Fact.objects.create(lead=lead, key="team_size", value=number, created_at=SOON)
        starts_at = TOMORROW_TEN + number * timedelta(hours=1)
        meeting = Meeting(
            lead=lead,
            salesperson=host,
            during=(starts_at, starts_at + MINUTE),
            state=MeetingState.CONFIRMED,
            created_at=NOW,
        )
        meeting.event_id = calendar.create(_plain(meeting)).event_id
        meeting.save()
    assert run(calendar) == AT_ONCE
    assert run(calendar) == 2


def _plain(meeting: Meeting) -> Booking:
    starts_at, ends_at = meeting.during
    return Booking(
        meeting.pk, meeting.transaction_id, "eva@example.com", starts_at, ends_at, "UTC", "", ""
    )


def test_where_nobody_writes_there_is_nothing_to_keep() -> None:
    assert refresh(calendar=LocalCalendar(), clock=lambda: NOW, everything=True) == 0
