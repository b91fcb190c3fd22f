"""Follow-ups through the API."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from conversations.models import Meeting
from tests.conversations.api.world import Office, client_of, make_reminder

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(office: Office) -> APIClient:
    return client_of(office.ana)


def listed(client: APIClient, office: Office, query: str = "") -> list[tuple[int, str, str]]:
    path = f"/api/v1/conversations/{office.own.conversation.pk}/follow-ups{query}"
    return [
        (row["step"], row["state"], row["reason"]) for row in client.get(path).json()["results"]
    ]


def test_the_newest_plan_comes_first_and_pages_go_on(office: Office, ana: APIClient) -> None:
    make_reminder(office.own.conversation, office.own.meeting, step=1)
    assert listed(ana, office) == [(1, "planned", ""), (0, "planned", "")]
    assert listed(ana, office, "?limit=1") == [(1, "planned", "")]


def test_one_is_called_off_once(office: Office, ana: APIClient) -> None:
    row = office.own.planned
    path = f"/api/v1/follow-ups/{row.pk}/cancel"
    answer = ana.post(path).json()
    assert (answer["state"], answer["reason"]) == ("cancelled", "staff")
    assert answer["meeting"] == str(office.own.meeting.pk)
    again = ana.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "follow_up_state")


def test_what_an_event_took_back_is_not_shown_as_planned(office: Office, ana: APIClient) -> None:
    Meeting.objects.update(state="cancelled")
    assert listed(ana, office) == [(0, "cancelled", "meeting_changed")]
