"""Who did not change a meeting hears of it: its salesperson by e-mail, the lead from the agent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from conversations.models import Conversation, Meeting, MeetingState, Notice, Salesperson, User
from conversations.services import meeting_telling, meetings, notice_words, notices
from conversations.services.meeting_claims import Who
from conversations.services.meeting_overlaps import look_again
from conversations.services.meetings import Booked, BookingStatus
from conversations.services.notices import Couriers
from integrations.scheduling import CalendarError
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    make_conversation,
    make_host,
    make_offer,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=5)
LATER = TOMORROW_TEN + timedelta(hours=2)


@pytest.fixture(autouse=True)
def post_office(settings: Settings) -> None:
    settings.EMAIL_HOST = "smtp.example.com"
    settings.PUBLIC_URL = "https://crm.example.com"
    settings.LANGUAGE_CODE = "es"


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """What leads would be told of: the row's state, and who changed it."""
    heard: list[tuple[str, str]] = []

    def teller(meeting: Meeting, *, now: datetime) -> None:
        heard.append((meeting.state, meeting.cancelled_by or meeting.moved_by))

    before = meeting_telling._tellers[0]
    meeting_telling.provide(teller)
    yield heard
    meeting_telling.provide(before)


@pytest.fixture
def calendar() -> FakeCalendar:
    return FakeCalendar()


@pytest.fixture
def host() -> Salesperson:
    host = make_host("eva", time_zone="America/Bogota")
    User.objects.filter(pk=host.user_id).update(email="eva@example.com")
    host.user.refresh_from_db()
    return host


@pytest.fixture
def conversation() -> Conversation:
    return make_conversation(name="Marta")


def book(
    conversation: Conversation, host: Salesperson, calendar: FakeCalendar, by: Who = "lead"
) -> Booked:
    return meetings.book(
        conversation_id=conversation.pk,
        slot_id=make_offer(conversation, host),
        calendar=calendar,
        turn_id=None,
        turn_index=None,
        now=NOW,
        by=by,
    )


def move(
    conversation: Conversation,
    host: Salesperson,
    calendar: FakeCalendar,
    by: Who = "lead",
    starts_at: datetime = LATER,
) -> Booked:
    return meetings.reschedule(
        conversation_id=conversation.pk,
        slot_id=make_offer(conversation, host, starts_at),
        calendar=calendar,
        turn_id=None,
        turn_index=None,
        now=SOON,
        by=by,
    )


def cancel(conversation: Conversation, calendar: FakeCalendar, by: Who = "lead") -> Booked:
    return meetings.cancel(
        conversation_id=conversation.pk, calendar=calendar, now=SOON, by=by, comment="Me enfermé"
    )


def send(now: datetime = SOON) -> list[tuple[str, list[str]]]:
    mail.outbox.clear()
    notices.send_due(
        couriers=Couriers(mail=notice_words.send_mail, webhook=None), clock=lambda: now
    )
    return [(str(each.subject), list(each.to)) for each in mail.outbox]


def test_what_the_lead_does_the_salesperson_hears_and_nobody_tells_the_lead(
    conversation: Conversation,
    host: Salesperson,
    calendar: FakeCalendar,
    told: list[tuple[str, str]],
) -> None:
    book(conversation, host, calendar)
    eva = ["eva@example.com"]
    # 10:00 in Mexico is 11:00 in Bogotá.
    assert send(NOW) == [("Cita nueva: Marta, mar 24 nov 2026, 11:00", eva)]
    assert f"/{conversation.pk}/" in mail.outbox[0].body
    move(conversation, host, calendar)
    assert send() == [("Cambiada: Marta, mar 24 nov 2026, 13:00", eva)]
    assert "Antes: mar 24 nov 2026, 11:00" in mail.outbox[0].body
    cancel(conversation, calendar)
    assert send() == [("Cancelada: Marta, mar 24 nov 2026, 13:00", eva)]
    assert "Me enfermé" in mail.outbox[0].body
    assert send() == []
    assert told == []


def test_what_a_colleague_does_both_hear(
    conversation: Conversation,
    host: Salesperson,
    calendar: FakeCalendar,
    told: list[tuple[str, str]],
) -> None:
    boss = make_host("luis").user
    book(conversation, host, calendar, boss)
    move(conversation, host, calendar, boss)
    cancel(conversation, calendar, boss)
    assert told == [("confirmed", ""), ("confirmed", "staff"), ("cancelled", "staff")]
    kinds = list(Notice.objects.order_by("created_at", "id").values_list("kind", flat=True))
    assert kinds == ["booked", "moved", "cancelled"]


def test_who_does_it_themselves_needs_no_notice(
    conversation: Conversation,
    host: Salesperson,
    calendar: FakeCalendar,
    told: list[tuple[str, str]],
) -> None:
    book(conversation, host, calendar, host.user)
    move(conversation, host, calendar, host.user)
    cancel(conversation, calendar, host.user)
    assert len(told) == 3
    assert not Notice.objects.exists()


def test_a_move_to_another_salesperson_is_news_for_both(
    conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    other = make_host("luis")
    User.objects.filter(pk=other.user_id).update(email="luis@example.com")
    book(conversation, host, calendar)
    send(NOW)
    other.user.refresh_from_db()
    move(conversation, other, calendar, "staff")
    assert {(subject.split(":")[0], *to) for subject, to in send()} == {
        ("Cita nueva", "luis@example.com"),
        ("Cancelada", "eva@example.com"),
    }


def test_a_notice_that_leaves_late_tells_only_what_still_holds(
    conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    book(conversation, host, calendar)
    move(conversation, host, calendar)
    assert [subject.split(":")[0] for subject, _to in send()] == ["Cambiada"]
    dropped = Notice.objects.get(state=Notice.State.DROPPED)
    assert dropped.kind == Notice.Kind.BOOKED


def test_a_booking_that_the_calendar_answers_late_is_told_then(
    conversation: Conversation,
    host: Salesperson,
    calendar: FakeCalendar,
    told: list[tuple[str, str]],
) -> None:
    calendar.fail("busy", CalendarError("503"))
    assert book(conversation, host, calendar, "staff").status is BookingStatus.PENDING
    assert not Notice.objects.exists()
    assert told == []
    meetings.finish_pending(calendar=calendar, now=SOON)
    assert [subject.split(":")[0] for subject, _to in send()] == ["Cita nueva"]


def test_two_things_at_once_reach_the_salesperson_unless_it_was_seen_to(
    conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    book(conversation, host, calendar, host.user)
    meeting = Meeting.objects.select_related("salesperson__user").get()
    calendar.add_busy(host.mailbox, TOMORROW_TEN + HALF_HOUR / 2, LATER)
    assert look_again(meeting, calendar=calendar, now=SOON)
    assert send() == [("Dos cosas a la vez: Marta, mar 24 nov 2026, 11:00", ["eva@example.com"])]
    assert "mar 24 nov 2026, 11:15 – mar 24 nov 2026, 13:00" in mail.outbox[0].body

    calendar.add_busy(host.mailbox, TOMORROW_TEN, LATER)
    assert look_again(meeting, calendar=calendar, now=SOON + HALF_HOUR)
    Meeting.objects.update(conflict_at=None)
    assert send(SOON + HALF_HOUR) == []


def test_a_lead_may_change_it_three_times_a_day_and_staff_as_often_as_they_like(
    conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    book(conversation, host, calendar)
    hour = timedelta(hours=1)
    for moved in range(1, 5):
        at = LATER + moved * hour / 2
        assert move(conversation, host, calendar, "staff", at).status is BookingStatus.CONFIRMED
    for moved in range(3):
        at = LATER + timedelta(days=1) + moved * hour
        assert move(conversation, host, calendar, "lead", at).status is BookingStatus.CONFIRMED
    assert move(conversation, host, calendar).status is BookingStatus.LIMIT
    assert move(conversation, host, calendar, "staff").status is BookingStatus.CONFIRMED
    assert Meeting.objects.filter(state=MeetingState.CONFIRMED).count() == 1
