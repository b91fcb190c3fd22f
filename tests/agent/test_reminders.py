"""Reminders of meetings: when they come, what they say, and what calls them off."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from agent import follow_ups
from conversations.models import Conversation, FollowUp, Meeting, Message, MessageTemplate
from conversations.services import handoff, meetings
from tests.agent.silent_leads import HOUR, MINUTE, NOW, Office, answered, book, publish
from tests.conversations.meeting_rows import make_host
from tests.conversations.rows import make_staff, write
from tests.conversations.template_rows import make_template
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db

THURSDAY_TEN = datetime(2026, 11, 26, 16, tzinfo=UTC)  # 10:00 in Mexico City
DAY = 24 * HOUR


@pytest.fixture
def office() -> Office:
    publish(nudges=(), reminders=[24 * 60, 60])
    make_host("marta")
    return answered(name="Ana López")


def open_window(at: datetime) -> None:
    Conversation.objects.update(window_expires_at=at)


def test_a_meeting_is_reminded_of_in_the_leads_zone_with_its_link(office: Office) -> None:
    book(office, THURSDAY_TEN)
    open_window(THURSDAY_TEN)
    Conversation.objects.update(language="en")
    type(office.conversation.lead).objects.update(time_zone="America/Tijuana")
    office.live(NOW, THURSDAY_TEN)
    assert office.rows == [
        ("queued", "", THURSDAY_TEN - DAY + HOUR),  # at 08:00 it is quiet there
        ("queued", "", THURSDAY_TEN - DAY + 13 * HOUR - MINUTE),  # the evening before
    ]
    text = office.heard[0]
    assert text.startswith("Hi, Ana! A reminder of your appointment:")
    assert "8:00" in text
    assert "Tijuana" in text
    assert "https://meet.example/abc" in text


def test_one_that_would_be_past_already_is_not_planned(office: Office) -> None:
    book(office, NOW + 2 * HOUR)
    office.round(NOW)
    assert [due for _state, _why, due in office.rows] == [NOW + HOUR]


def test_in_quiet_hours_it_waits_for_their_end_or_comes_before_them(office: Office) -> None:
    publish(nudges=(), reminders=[180, 30], quiet_until="10:30")
    half_past = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)  # 11:00 there
    book(office, half_past)
    office.round(NOW)
    assert sorted(due for _state, _why, due in office.rows) == [
        half_past - 30 * MINUTE,
        half_past - 30 * MINUTE,
    ]
    Meeting.objects.update(during=(half_past - HOUR, half_past))
    FollowUp.objects.all().delete()
    office.round(NOW + MINUTE)
    evening = datetime(2026, 11, 26, 2, 59, tzinfo=UTC)  # 20:59
    assert [due for _state, _why, due in office.rows] == [evening, evening]


def test_two_that_quiet_hours_bring_to_one_minute_are_said_once(office: Office) -> None:
    publish(nudges=(), reminders=[180, 60])
    book(office, THURSDAY_TEN)
    open_window(THURSDAY_TEN)
    office.live(NOW, THURSDAY_TEN)
    nine = THURSDAY_TEN - HOUR
    office.round(nine + MINUTE)
    assert sorted(office.rows) == [("queued", "", nine), ("skipped", "too_late", nine)]
    assert FollowUp.objects.get(state="queued").step == 1
    assert len(office.heard) == 1


def test_a_meeting_that_is_cancelled_is_not_reminded_of(office: Office) -> None:
    meeting = book(office, THURSDAY_TEN)
    office.round(NOW)
    meetings.cancel(meeting_id=meeting.pk, by="staff", calendar=FakeCalendar(), now=NOW + HOUR)
    office.live(NOW + HOUR, THURSDAY_TEN)
    assert {(state, why) for state, why, _due in office.rows} == {("cancelled", "meeting_changed")}
    assert [text for text in office.heard if "recuerdo" in text] == []


def test_a_meeting_that_moves_is_reminded_of_at_its_new_time(office: Office) -> None:
    old = book(office, THURSDAY_TEN)
    office.round(NOW)
    Meeting.objects.filter(pk=old.pk).update(state="rescheduled")
    new = book(office, THURSDAY_TEN + DAY, replaces=old)
    open_window(THURSDAY_TEN + 2 * DAY)
    office.live(NOW + HOUR, THURSDAY_TEN + DAY)
    by_meeting = FollowUp.objects.order_by("due_at").values_list("meeting", "state", "due_at")
    assert list(by_meeting.filter(meeting=new)) == [
        (new.pk, "queued", THURSDAY_TEN),
        (new.pk, "queued", THURSDAY_TEN + 23 * HOUR),
    ]
    assert set(by_meeting.filter(meeting=old).values_list("state", flat=True)) == {"cancelled"}
    assert len(office.heard) == 2


def test_a_meeting_that_is_called_off_while_the_reminder_waits_to_leave_stops_it(
    office: Office,
) -> None:
    meeting = book(office, THURSDAY_TEN)
    open_window(THURSDAY_TEN)
    office.round(NOW)
    follow_ups.run(clock=lambda: THURSDAY_TEN - DAY)
    meetings.cancel(
        meeting_id=meeting.pk, by="lead", calendar=FakeCalendar(), now=THURSDAY_TEN - DAY
    )
    office.deliver(THURSDAY_TEN - DAY)
    assert office.heard == []
    assert Message.objects.get(author="bot", state="cancelled").error_text == (
        "The meeting was moved or cancelled."
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hola {{1}}, nos vemos el {{2}}.", "Hola Ana, nos vemos el jueves 26 de noviembre a las"),
        ("Tu cita: {{1}}, {{2}}.", "Tu cita: jueves 26 de noviembre, 10:00."),
        ("{{1}}, {{2}}, con {{3}}.", "jueves 26 de noviembre, 10:00, con "),
        ("Mañana tienes cita.", "Mañana tienes cita."),
    ],
)
def test_outside_the_window_a_template_reminds(office: Office, body: str, expected: str) -> None:
    publish(nudges=(), reminders=[24 * 60], reminder_template="recordatorio")
    make_template(body, name="recordatorio")
    book(office, THURSDAY_TEN)
    office.live(NOW, THURSDAY_TEN)
    [text] = office.heard
    assert text.startswith(expected)


def test_without_a_template_it_is_skipped_outside_the_window(office: Office) -> None:
    book(office, THURSDAY_TEN)
    office.live(NOW, THURSDAY_TEN)
    assert {(state, why) for state, why, _due in office.rows} == {("skipped", "window_closed")}
    assert not MessageTemplate.objects.exists()


def test_a_conversation_that_staff_hold_is_left_to_them_and_only_then(office: Office) -> None:
    book(office, THURSDAY_TEN)
    open_window(THURSDAY_TEN)
    office.round(NOW)
    staff = make_staff()
    handoff.take_over(conversation_id=office.conversation.pk, staff=staff, now=NOW + HOUR)
    office.live(NOW + HOUR, THURSDAY_TEN - 23 * HOUR)
    handoff.release(conversation_id=office.conversation.pk, now=THURSDAY_TEN - 23 * HOUR)
    office.live(THURSDAY_TEN - 23 * HOUR, THURSDAY_TEN)
    assert [(state, why) for state, why, _due in office.rows] == [
        ("skipped", "handed_over"),
        ("queued", ""),
    ]


def test_a_reminder_waits_until_the_lead_was_answered(office: Office) -> None:
    book(office, THURSDAY_TEN)
    open_window(THURSDAY_TEN)
    office.round(NOW)
    due = THURSDAY_TEN - DAY
    write("¿Dónde era?", now=due - MINUTE)
    office.round(due)
    assert office.heard == []
    Message.objects.filter(state="received").update(state="handled")
    office.round(due + MINUTE)
    assert len(office.heard) == 1


def test_a_lead_who_said_stop_is_not_reminded(office: Office) -> None:
    book(office, THURSDAY_TEN)
    office.round(NOW)
    write("Ya no me escriban, por favor", now=NOW + MINUTE)
    office.live(NOW + 2 * MINUTE, THURSDAY_TEN)
    assert {(state, why) for state, why, _due in office.rows} == {("cancelled", "opted_out")}
    assert office.heard == []


def test_a_reminder_after_a_standstill_comes_while_it_helps(office: Office) -> None:
    book(office, THURSDAY_TEN)
    open_window(THURSDAY_TEN)
    office.round(NOW)
    office.round(THURSDAY_TEN - 20 * HOUR)
    assert len(office.heard) == 1
    office.round(THURSDAY_TEN - 29 * MINUTE)
    assert [(state, why) for state, why, _due in office.rows] == [
        ("queued", ""),
        ("skipped", "too_late"),
    ]


def test_other_rules_move_the_reminder(office: Office) -> None:
    book(office, THURSDAY_TEN)
    office.round(NOW)
    publish(at=NOW + HOUR, nudges=(), reminders=[120], quiet_until=time(8).isoformat())
    office.round(NOW + HOUR + MINUTE)
    assert office.rows == [
        ("cancelled", "rules_changed", THURSDAY_TEN - HOUR),
        ("planned", "", THURSDAY_TEN - 2 * HOUR),
    ]


@pytest.mark.parametrize(
    ("meeting_at", "due"),
    [
        # New York goes to summer time at 02:00 on 8 March 2026 and back at 02:00 on 1 November.
        (datetime(2026, 3, 8, 14, 0, tzinfo=UTC), datetime(2026, 3, 7, 14, 0, tzinfo=UTC)),
        (datetime(2026, 3, 8, 13, 15, tzinfo=UTC), datetime(2026, 3, 8, 13, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 15, 0, tzinfo=UTC), datetime(2026, 10, 31, 15, 0, tzinfo=UTC)),
    ],
)
def test_a_day_before_is_a_day_of_hours_where_clocks_change(
    office: Office, meeting_at: datetime, due: datetime
) -> None:
    near = meeting_at - due < HOUR
    publish(at=due - 40 * DAY, nudges=(), reminders=[30 if near else 24 * 60])
    type(office.conversation.lead).objects.update(time_zone="America/New_York")
    book(office, meeting_at)
    office.round(due - timedelta(hours=5))
    assert office.rows == [("planned", "", due)]
