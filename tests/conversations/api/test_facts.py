"""Locking facts, deciding about proposals, and the history, through the API."""

from __future__ import annotations

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from conversations.models import Lead, User
from conversations.services import facts
from conversations.services.facts import NewFact
from tests.conversations.api.world import client_of, make_conversation, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(manager: User) -> APIClient:
    return client_of(manager)


@pytest.fixture
def lead() -> Lead:
    return make_conversation().lead


def hear(lead: Lead, value: int) -> None:
    message = make_message(lead.conversation, text=f"Tengo {value}")
    answer = NewFact("budget", value, str(message.pk), str(value))
    facts.save_answers(lead_id=lead.pk, answers=[answer], turn_id=uuid4(), now=message.created_at)


def test_correcting_and_locking_in_one_request(client: APIClient, lead: Lead) -> None:
    path = f"/api/v1/leads/{lead.pk}/facts/budget"
    hear(lead, 10)
    fixed = client.patch(path, {"value": 20, "locked": True}, format="json").json()
    assert (fixed["value"], fixed["locked_at"] is not None) == (20, True)
    same = client.put(path, {"value": 21}, format="json").json()
    assert (same["value"], same["locked_at"] is not None) == (21, True)
    free = client.patch(path, {"locked": False}, format="json").json()
    assert (free["value"], free["locked_at"], free["id"]) == (21, None, same["id"])
    assert client.patch(path, {}, format="json").json()["value"] == 21
    unknown = f"/api/v1/leads/{lead.pk}/facts/nothing"
    assert client.patch(unknown, {"locked": True}, format="json").status_code == 404


def test_a_proposal_is_listed_accepted_once_and_all_of_it_is_history(
    client: APIClient, lead: Lead
) -> None:
    path = f"/api/v1/leads/{lead.pk}"
    hear(lead, 10)
    client.patch(f"{path}/facts/budget", {"value": 20, "locked": True}, format="json")
    hear(lead, 30)
    (waiting,) = client.get(f"{path}/fact-proposals").json()["results"]
    assert (waiting["value"], waiting["quote"], waiting["state"]) == (30, "30", "open")
    decided = client.post(f"/api/v1/fact-proposals/{waiting['id']}/accept").json()
    assert (decided["state"], decided["decided_by"]["name"]) == ("accepted", "Marta")
    again = client.post(f"/api/v1/fact-proposals/{waiting['id']}/dismiss")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    (now,) = client.get(f"{path}/facts").json()["results"]
    assert (now["value"], now["quote"], now["locked_at"] is not None) == (30, "30", True)
    history = client.get(f"{path}/fact-history").json()["results"]
    assert [(each["value"], each["superseded_at"] is None) for each in history] == [
        (30, True),
        (20, False),
        (10, False),
    ]


def test_a_dismissed_one_leaves_the_locked_answer(client: APIClient, lead: Lead) -> None:
    path = f"/api/v1/leads/{lead.pk}"
    client.patch(f"{path}/facts/budget", {"value": 20, "locked": True}, format="json")
    hear(lead, 30)
    (waiting,) = client.get(f"{path}/fact-proposals").json()["results"]
    assert client.post(f"/api/v1/fact-proposals/{waiting['id']}/dismiss").status_code == 200
    assert [each["value"] for each in client.get(f"{path}/facts").json()["results"]] == [20]
