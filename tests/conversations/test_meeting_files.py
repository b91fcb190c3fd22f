"""The file behind the lead's link: what a calendar reads in it, and who may fetch it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar
from psycopg.types.range import Range
from pytest_django import Settings

from conversations.models import Conversation, Meeting, MeetingState
from conversations.services import meeting_files
from conversations.services.meeting_results import summary_of
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    make_conversation,
    make_host,
)

pytestmark = pytest.mark.django_db
ENDS = TOMORROW_TEN + HALF_HOUR
JOIN = (
    "https://teams.example.com/l/meetup-join/19%3ameeting_" + "Zq" * 60 + "%40thread.v2/0?a=1,2;b"
)


@pytest.fixture
def conversation() -> Conversation:
    return make_conversation(name="Marta Ruiz", company="Acme", phone_number="+525550101234")


@pytest.fixture
def meeting(conversation: Conversation) -> Meeting:
    return make_meeting(conversation)


def make_meeting(conversation: Conversation, **changes: object) -> Meeting:
    values: dict[str, object] = {
        "lead": conversation.lead,
        "during": Range(TOMORROW_TEN, ENDS),
        "state": MeetingState.CONFIRMED,
        "join_url": JOIN,
        "created_at": NOW,
        "confirmed_at": NOW,
    }
    if "salesperson" not in changes:
        changes["salesperson"] = make_host("josé; pérez, jr")
    return Meeting.objects.create(**values | changes)


def read(meeting: Meeting) -> Any:
    found = meeting_files.read(meeting_files.token_of(meeting.pk), now=NOW)
    assert found is not None
    calendar = Calendar.from_ical(found.content)
    assert calendar["method"] == "PUBLISH"
    (event,) = calendar.walk("VEVENT")
    return event


def test_a_calendar_reads_when_with_whom_and_where(meeting: Meeting) -> None:
    event = read(meeting)
    assert (event["dtstart"].dt, event["dtend"].dt) == (TOMORROW_TEN, ENDS)
    assert str(event["summary"]) == "Reunión con José; pérez, jr"
    assert (str(event["url"]), str(event["location"])) == (JOIN, JOIN)
    assert (event["status"], event["sequence"]) == ("CONFIRMED", 0)


def test_it_is_written_by_the_letter_and_says_nothing_of_the_lead(meeting: Meeting) -> None:
    found = meeting_files.read(meeting_files.token_of(meeting.pk), now=NOW)
    assert found is not None
    lines = found.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in found.content.replace(b"\r\n", b"")
    assert "SUMMARY:Reunión con José\\; pérez\\, jr".encode() in found.content.replace(
        b"\r\n ", b""
    )
    assert b"DTSTART:20261124T160000Z" in lines
    for secret in (b"Marta", b"Acme", b"0101234", b"TZ", b"ATTENDEE"):
        assert secret not in found.content


def test_a_move_is_the_same_event_with_a_higher_number_by_every_link(meeting: Meeting) -> None:
    later = Range(TOMORROW_TEN + timedelta(hours=2), ENDS + timedelta(hours=2))
    common = {"salesperson": meeting.salesperson, "during": later}
    Meeting.objects.update(state=MeetingState.RESCHEDULED, ended_at=NOW)
    lost = {"state": MeetingState.RELEASED, "replaces": meeting}
    make_meeting(meeting.lead.conversation, **common, **lost)
    moved = make_meeting(meeting.lead.conversation, **common, replaces=meeting)
    for row in (meeting, moved):
        event = read(row)
        assert event["uid"] == f"{meeting.pk}@leadbot"
        assert event["dtstart"].dt == later.lower
        assert event["sequence"] == 1
    Meeting.objects.filter(pk=moved.pk).update(state=MeetingState.CANCELLED, ended_at=NOW)
    event = read(meeting)
    assert (event["status"], event["sequence"]) == ("CANCELLED", 2)


def test_another_meeting_of_the_lead_is_another_event(meeting: Meeting) -> None:
    Meeting.objects.update(state=MeetingState.COMPLETED)
    other = make_meeting(meeting.lead.conversation, salesperson=meeting.salesperson)
    assert read(other)["uid"] != read(meeting)["uid"]


def test_it_ends_a_day_after_the_meeting(meeting: Meeting) -> None:
    token = meeting_files.token_of(meeting.pk)
    over = ENDS + meeting_files.KEPT
    assert meeting_files.read(token, now=over - timedelta(seconds=1)) is not None
    assert meeting_files.read(token, now=over) is None


def test_the_door_needs_no_login_and_no_guess_opens_it(
    meeting: Meeting, client: Client, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://crm.example.com"
    Meeting.objects.update(during=Range(TOMORROW_TEN, ENDS + timedelta(days=36500)))
    address = meeting_files.address_of(meeting.pk)
    assert address.startswith("https://crm.example.com/m/")
    assert len(address) < 120
    path = address.removeprefix("https://crm.example.com")
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    assert "no-store" in answer["Cache-Control"]
    assert client.post(path).status_code == 405
    short, _dot, signature = meeting_files.token_of(meeting.pk).partition(".")
    for guess in (short, f"{short}.", f"{short}.{signature[::-1]}", f"x{short}.{signature}", "."):
        assert client.get(f"/m/{guess}.ics").status_code == 404


def test_a_row_that_never_was_has_no_file(conversation: Conversation) -> None:
    hold = make_meeting(conversation, state=MeetingState.BOOKING)
    assert meeting_files.read(meeting_files.token_of(hold.pk), now=NOW) is None


def test_only_who_gets_no_invitation_gets_the_link(meeting: Meeting, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://crm.example.com"
    assert summary_of(meeting).file_url == meeting_files.address_of(meeting.pk)
    meeting.lead.email = "marta@example.com"
    assert summary_of(meeting).file_url == ""
    meeting.lead.email = ""
    settings.PUBLIC_URL, settings.DEMO = "", False
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["localhost"], []
    assert summary_of(meeting).file_url == ""
