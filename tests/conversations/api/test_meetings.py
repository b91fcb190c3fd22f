"""Slots and meetings through the API, with the local calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from conversations.models import (
    Conversation,
    IdempotencyKey,
    Meeting,
    Salesperson,
    SlotOffer,
    User,
)
from integrations import registry
from integrations.scheduling import CalendarError
from tests.conversations.api.world import (
    client_of,
    hours_ahead,
    make_conversation,
    make_host,
    make_manager,
    make_meeting,
    make_sales,
    make_slot,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return make_manager()


@pytest.fixture
def client(manager: User) -> APIClient:
    return client_of(manager)


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
    assert client.get(f"/api/v1/meetings/{meeting['id']}").json()["state"] == "rescheduled"
    path = f"/api/v1/meetings/{moved.json()['id']}/cancel"
    cancelled = client.post(path, {"comment": "Ya no"}, format="json")
    assert cancelled.status_code == 200
    assert (cancelled.json()["state"], cancelled.json()["cancelled_by"]) == ("cancelled", "staff")
    assert client.post(path).json() == cancelled.json()


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
    answer = book(client, slot.pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_gone")
    other = answer.json()["alternatives"][0]
    assert book(client, other["id"]).status_code == 201


@pytest.mark.parametrize(
    ("fields", "hours"),
    [({"expires_at": timezone.now() - timedelta(hours=1)}, 50), ({}, -2)],
)
def test_an_offer_that_ran_out(
    client: APIClient,
    conversation: Conversation,
    host: Salesperson,
    fields: dict[str, object],
    hours: int,
) -> None:
    answer = book(client, make_slot(conversation, host, hours_ahead(hours), **fields).pk)
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
    assert book(client, make_slot(conversation, host, hours_ahead(50)).pk).status_code == 201
    answer = book(client, make_slot(conversation, host, hours_ahead(60)).pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "has_meeting")


def test_the_same_key_books_once(
    client: APIClient, conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    slot = make_slot(conversation, host, hours_ahead(50)).pk
    first, again = book(client, slot, "one"), book(client, slot, "one")
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert book(client, make_slot(conversation, host, hours_ahead(60)).pk, "one").status_code == 409
    assert len(calendar.events) == 1


def test_a_request_that_lost_its_answer_is_continued(
    client: APIClient, conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    """As after a crash between the booking and the storing of the answer."""
    slot = make_slot(conversation, host, hours_ahead(50)).pk
    first = book(client, slot, "one").json()
    other = make_slot(conversation, host, hours_ahead(60)).pk
    moved = move(client, first["id"], other, "two").json()
    IdempotencyKey.objects.update(status=None)
    again = move(client, first["id"], other, "two")
    assert (again.status_code, again.json()["id"]) == (200, moved["id"])
    assert Meeting.objects.count() == 2
    assert len(calendar.events) == 1


def test_a_calendar_that_does_not_answer_leaves_it_pending(
    client: APIClient, conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    slot = make_slot(conversation, host, hours_ahead(50)).pk
    calendar.fail("create", CalendarError("slow", ambiguous=True))
    answer = book(client, slot)
    assert (answer.status_code, answer.json()["state"]) == (202, "booking")


def test_a_calendar_that_refuses(
    client: APIClient, conversation: Conversation, host: Salesperson, calendar: FakeCalendar
) -> None:
    slot = make_slot(conversation, host, hours_ahead(50)).pk
    calendar.fail("create", CalendarError("no such mailbox", permanent=True))
    answer = book(client, slot)
    assert (answer.status_code, answer.json()["code"]) == (503, "calendar_unavailable")


def test_only_what_is_ahead_is_moved_or_called_off(
    client: APIClient, conversation: Conversation, host: Salesperson
) -> None:
    past = make_meeting(conversation.lead, host, hours_ahead(-5), state="completed")
    current = make_meeting(conversation.lead, host, hours_ahead(5))
    slot = make_slot(conversation, host, hours_ahead(50)).pk
    for answer in (
        move(client, past.pk, slot),
        client.post(f"/api/v1/meetings/{past.pk}/cancel"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "meeting_state")
    foreign = make_slot(make_conversation(), host, hours_ahead(60)).pk
    assert move(client, current.pk, foreign).json()["code"] == "slot_gone"
    current.refresh_from_db()
    assert current.state == "confirmed"


def test_whose_lead_becomes_the_hosts_still_sees_the_answer(
    conversation: Conversation, host: Salesperson
) -> None:
    client = client_of(make_sales("ana"))
    answer = book(client, make_slot(conversation, host, hours_ahead(50)).pk)
    assert answer.status_code == 201
    assert answer.json()["lead"]["owner"]["name"] == "Ben"
    assert client.get(f"/api/v1/meetings/{answer.json()['id']}").status_code == 404


def test_slots_are_stored_before_they_are_shown(
    client: APIClient, conversation: Conversation
) -> None:
    shown = client.get(f"/api/v1/conversations/{conversation.pk}/slots").json()["results"]
    assert {row["id"] for row in shown} == {
        str(pk) for pk in SlotOffer.objects.values_list("pk", flat=True)
    }
