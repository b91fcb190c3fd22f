"""Slots and meetings through the API, with the local calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from conversations.models import (
    Conversation,
    IdempotencyKey,
    Meeting,
    Salesperson,
    SlotOffer,
)
from conversations.services import meeting_conflicts
from integrations import registry
from integrations.scheduling import CalendarError
from tests.conversations.admin.rows import put_in_the_way
from tests.conversations.api.world import (
    client_of,
    hours_ahead,
    make_conversation,
    make_host,
    make_meeting,
    make_sales,
    make_slot,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def host() -> Salesperson:
    return make_host(make_sales("ben"))


@pytest.fixture
def conversation(host: Salesperson) -> Conversation:
    return make_conversation()


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> FakeCalendar:
    fake = FakeCalendar()
    monkeypatch.setattr(registry, "calendar", lambda: fake)
    return fake


def book(client: APIClient, slot: object, key: str = "") -> Any:
    headers: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return client.post("/api/v1/meetings", {"slot": str(slot)}, format="json", **headers)


def move(client: APIClient, meeting_id: object, slot: object, key: str = "") -> Any:
    headers: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    path = f"/api/v1/meetings/{meeting_id}/reschedule"
    return client.post(path, {"slot": str(slot)}, format="json", **headers)


def test_from_slots_to_a_meeting_and_back(
    client: APIClient, conversation: Conversation, host: Salesperson
) -> None:
    offered = client.get(f"/api/v1/conversations/{conversation.pk}/slots").json()
    assert (offered["next"], offered["previous"]) == (None, None)
    first, second = offered["results"][:2]
    assert first["starts_at"].endswith("Z")
    assert first["host"] == "Ben"
    booked = book(client, first["id"])
    assert booked.status_code == 201
    meeting = booked.json()
    assert (meeting["state"], meeting["starts_at"]) == ("confirmed", first["starts_at"])
    assert meeting["salesperson"] == {"id": str(host.user_id), "name": "Ben"}
    assert meeting["conversation"] == str(conversation.pk)
    moved = move(client, meeting["id"], second["id"])
    assert (moved.status_code, moved.json()["replaces"]) == (200, meeting["id"])
    assert (moved.json()["moved_by"], moved.json()["conflict"]) == ("staff", None)
    assert client.get(f"/api/v1/meetings/{meeting['id']}").json()["state"] == "rescheduled"
    path = f"/api/v1/meetings/{moved.json()['id']}/cancel"
    cancelled = client.post(path, {"comment": "Ya no"}, format="json")
    assert cancelled.status_code == 200
    assert (cancelled.json()["state"], cancelled.json()["cancelled_by"]) == ("cancelled", "staff")
    assert client.post(path).json() == cancelled.json()


def test_what_is_in_the_way_is_shown_until_somebody_has_seen_to_it(
    client: APIClient, conversation: Conversation, host: Salesperson
) -> None:
    meeting = make_meeting(conversation.lead, host, hours_ahead(5))
    path = f"/api/v1/meetings/{meeting.pk}"
    assert client.get(path).json()["conflict"] is None
    put_in_the_way(meeting)
    shown = client.get(path).json()
    assert shown["conflict"]["kind"] == "overlap"
    assert shown["conflict"]["starts_at"] == shown["starts_at"]
    assert meeting_conflicts.keep_both(meeting_id=meeting.pk)
    assert not meeting_conflicts.keep_both(meeting_id=meeting.pk)
    assert client.get(path).json()["conflict"] is None


def test_slots_follow_the_wish(client: APIClient, conversation: Conversation) -> None:
    path = f"/api/v1/conversations/{conversation.pk}/slots"
    day = (timezone.now() + timedelta(days=3)).date().isoformat()
    assert client.get(f"{path}?day={day}&part=morning").json()["results"]
    for query, pointer in (("day=soon", "/day"), ("part=night", "/part")):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == pointer


def test_no_slots_and_no_calendar(
    client: APIClient, conversation: Conversation, calendar: FakeCalendar
) -> None:
    path = f"/api/v1/conversations/{conversation.pk}/slots"
    calendar.fail("busy", CalendarError("down"))
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (503, "calendar_unavailable")
    Salesperson.objects.update(takes_meetings=False)
    assert client.get(path).json()["results"] == []


def test_a_time_that_is_gone_comes_with_others(
    client: APIClient, conversation: Conversation, host: Salesperson
) -> None:
    at = hours_ahead(50)
    slot = make_slot(conversation, host, at)
    make_meeting(make_conversation().lead, host, at)
    answer = book(client, slot)
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_gone")
    other = answer.json()["alternatives"][0]
    assert book(client, other["id"]).status_code == 201


@pytest.mark.parametrize(("lasts", "hours"), [(-60, 50), (60, -2)])
def test_an_offer_that_ran_out(
    client: APIClient, conversation: Conversation, host: Salesperson, lasts: int, hours: int
) -> None:
    answer = book(client, make_slot(conversation, host, hours_ahead(hours), lasts=lasts))
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_gone")
    assert answer.json()["alternatives"] == []


def test_no_such_slot(client: APIClient) -> None:
    for slot in (uuid4(), "soon"):
        answer = book(client, slot)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/slot"


def test_one_meeting_per_lead(
    client: APIClient, conversation: Conversation, host: Salesperson
) -> None:
    assert book(client, make_slot(conversation, host, hours_ahead(50))).status_code == 201
    answer = book(client, make_slot(conversation, host, hours_ahead(60)))
    assert (answer.status_code, answer.json()["code"]) == (409, "has_meeting")


def test_the_same_key_books_once(
    client: APIClient, conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    slot = make_slot(conversation, host, hours_ahead(50))
    first, again = book(client, slot, "one"), book(client, slot, "one")
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert book(client, make_slot(conversation, host, hours_ahead(60)), "one").status_code == 409
    assert len(calendar.events) == 1


def test_a_request_that_lost_its_answer_is_continued(
    client: APIClient, conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    """As after a crash between the booking and the storing of the answer."""
    slot = make_slot(conversation, host, hours_ahead(50))
    first = book(client, slot, "one").json()
    other = make_slot(conversation, host, hours_ahead(60))
    moved = move(client, first["id"], other, "two").json()
    IdempotencyKey.objects.update(status=None)
    again = move(client, first["id"], other, "two")
    assert (again.status_code, again.json()["id"]) == (200, moved["id"])
    assert Meeting.objects.count() == 2
    assert len(calendar.events) == 1


def test_a_calendar_that_does_not_answer_leaves_it_pending(
    client: APIClient, conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    slot = make_slot(conversation, host, hours_ahead(50))
    calendar.fail("create", CalendarError("slow", ambiguous=True))
    answer = book(client, slot)
    assert (answer.status_code, answer.json()["state"]) == (202, "booking")


def test_a_calendar_that_refuses(
    client: APIClient, conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    slot = make_slot(conversation, host, hours_ahead(50))
    calendar.fail("create", CalendarError("no such mailbox", permanent=True))
    answer = book(client, slot)
    assert (answer.status_code, answer.json()["code"]) == (503, "calendar_unavailable")


def test_only_what_is_ahead_is_moved_or_called_off(
    client: APIClient, conversation: Conversation, host: Salesperson
) -> None:
    past = make_meeting(conversation.lead, host, hours_ahead(-5), state="completed")
    current = make_meeting(conversation.lead, host, hours_ahead(5))
    slot = make_slot(conversation, host, hours_ahead(50))
    for answer in (
        move(client, past.pk, slot),
        client.post(f"/api/v1/meetings/{past.pk}/cancel"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "meeting_state")
    foreign = make_slot(make_conversation(), host, hours_ahead(60))
    assert move(client, current.pk, foreign).json()["code"] == "slot_gone"
    current.refresh_from_db()
    assert current.state == "confirmed"


def test_whose_lead_becomes_the_hosts_still_sees_the_answer(
    conversation: Conversation, host: Salesperson
) -> None:
    client = client_of(make_sales("ana"))
    answer = book(client, make_slot(conversation, host, hours_ahead(50)))
    assert answer.status_code == 201
    assert answer.json()["lead"]["owner"]["name"] == "Ben"
    assert client.get(f"/api/v1/meetings/{answer.json()['id']}").status_code == 404


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_slots_writes_nothing(
    client: APIClient, conversation: Conversation, host: Salesperson, method: str
) -> None:
    path = f"/api/v1/conversations/{conversation.pk}/slots"
    client.get(path)  # notes that the token was used, once an hour
    with CaptureQueriesContext(connection) as captured:
        assert getattr(client, method)(path).status_code == 200
    written = [query["sql"] for query in captured if not query["sql"].startswith("SELECT")]
    assert written == []
    assert not SlotOffer.objects.exists()


def test_neither_does_losing_a_slot_leave_an_offer_to_the_lead(
    client: APIClient, conversation: Conversation, host: Salesperson
) -> None:
    at = hours_ahead(50)
    make_meeting(make_conversation().lead, host, at)
    assert book(client, make_slot(conversation, host, at)).json()["alternatives"]
    assert not SlotOffer.objects.exists()


def test_busy_meanwhile_is_seen_before_booking(
    client: APIClient, conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    """What was free when somebody looked is asked again: calendar and our own rows."""
    found = client.get(f"/api/v1/conversations/{conversation.pk}/slots").json()["results"][0]
    at = datetime.fromisoformat(found["starts_at"])
    calendar.add_busy(host.mailbox, at, at + timedelta(minutes=5))
    answer = book(client, found["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_gone")
    assert not calendar.events


def outcome(client: APIClient, meeting: Meeting, said: object) -> Any:
    path = f"/api/v1/meetings/{meeting.pk}/outcome"
    return client.post(path, {"outcome": said}, format="json")


def test_staff_say_how_it_went_and_may_correct_it(
    client: APIClient, conversation: Conversation, host: Salesperson
) -> None:
    meeting = make_meeting(conversation.lead, host, hours_ahead(-5))
    first = outcome(client, meeting, "no_show")
    assert (first.status_code, first.json()["state"]) == (200, "no_show")
    assert outcome(client, meeting, "no_show").json() == first.json()
    assert outcome(client, meeting, "completed").json()["state"] == "completed"


@pytest.mark.parametrize(
    ("hours", "state"), [(5, "confirmed"), (-5, "cancelled"), (-5, "booking"), (-5, "rescheduled")]
)
def test_no_outcome_of_what_did_not_happen(
    client: APIClient, conversation: Conversation, host: Salesperson, hours: int, state: str
) -> None:
    meeting = make_meeting(conversation.lead, host, hours_ahead(hours), state=state)
    answer = outcome(client, meeting, "completed")
    assert (answer.status_code, answer.json()["code"]) == (409, "meeting_state")
    meeting.refresh_from_db()
    assert (meeting.state, meeting.ended_at) == (state, None)


@pytest.mark.parametrize("said", ["cancelled", "confirmed", "over", "", None, 1])
def test_only_two_outcomes_exist(
    client: APIClient, conversation: Conversation, host: Salesperson, said: object
) -> None:
    meeting = make_meeting(conversation.lead, host, hours_ahead(-5))
    answer = outcome(client, meeting, said)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/outcome"


def test_the_queries_of_each_door_do_not_grow(
    client: APIClient, conversation: Conversation, host: Salesperson
) -> None:
    """With every meeting and every salesperson more, and for every action of a meeting."""
    meeting = make_meeting(conversation.lead, host, hours_ahead(-5))
    outcome(client, meeting, "no_show")
    said = cycle(["completed", "no_show"])
    doors: dict[str, Callable[[], Any]] = {
        "slots": lambda: client.get(f"/api/v1/conversations/{conversation.pk}/slots"),
        "detail": lambda: client.get(f"/api/v1/meetings/{meeting.pk}"),
        "outcome": lambda: outcome(client, meeting, next(said)),
    }
    few = {name: queries_of(door) for name, door in doors.items()}
    for number in range(8):
        other = make_host(make_sales(f"sales{number}"))
        for day in range(1, 4):
            make_meeting(make_conversation().lead, other, hours_ahead(24 * day))
    assert {name: queries_of(door) for name, door in doors.items()} == few
    # Each begins with two for the token's user and for the groups.
    assert few == {"slots": 9, "detail": 3, "outcome": 12}


def queries_of(door: Callable[[], Any]) -> int:
    door()
    with CaptureQueriesContext(connection) as captured:
        assert door().status_code == 200
    return len(captured)
