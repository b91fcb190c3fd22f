"""One lead: reading, changing without overwriting, correcting facts."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from conversations.api.serializers.leads import TOUCHES
from conversations.models import Fact, Lead, Temperature, Touch, User
from conversations.services import facts, leads
from conversations.services.facts import NewFact
from tests.conversations.api.world import (
    client_of,
    make_conversation,
    make_message,
)

pytestmark = pytest.mark.django_db


def path_of(lead: Lead) -> str:
    return f"/api/v1/leads/{lead.pk}"


def test_a_lead_as_the_api_shows_it(client: APIClient, manager: User) -> None:
    conversation = make_conversation(manager, name="Luz", phone_number="+5215550101234")
    line = {"label": {"es": "Presupuesto"}, "points": 30, "key": "budget", "value": 5, "quote": "5"}
    leads.set_score(
        lead_id=conversation.lead_id, points=30, temperature=Temperature.WARM, lines=[line]
    )
    shown = client.get(path_of(conversation.lead)).json()
    assert shown["display_name"] == "Luz"
    assert shown["conversation"] == str(conversation.pk)
    assert shown["owner"] == {"id": str(manager.pk), "name": "Marta"}
    assert (shown["score"], shown["temperature"]) == (30, "warm")
    assert shown["score_lines"] == [{**line, "rules_out": False}]
    assert shown["created_at"].endswith("Z")
    assert "identities" not in shown
    assert shown["ctwa_clid"] == ""


def test_a_lead_comes_with_the_clicks_that_brought_them(client: APIClient) -> None:
    conversation = make_conversation(source="ad", source_id="120")
    other = make_conversation(source="ad", source_id="121", phone_number="+5215550109999")
    for number in range(TOUCHES + 1):
        Touch.objects.create(
            lead=conversation.lead,
            message=make_message(conversation),
            source="ad",
            source_id=f"{number}",
            source_url="javascript:alert(1)" if number == TOUCHES else "https://fb.me/x",
            headline="Techo solar",
            ctwa_clid="ARAk",
            occurred_at=timezone.now() + timedelta(minutes=number),
        )
    touches = client.get(path_of(conversation.lead)).json()["touches"]
    assert [each["source_id"] for each in touches] == [
        str(number) for number in range(TOUCHES, 0, -1)
    ]
    assert (touches[0]["ctwa_clid"], touches[0]["headline"]) == ("ARAk", "Techo solar")
    assert [each["source_url"] for each in touches[:2]] == ["", "https://fb.me/x"]
    for source_url, link in (("javascript:alert(1)", ""), ("https://fb.me/x", "https://fb.me/x")):
        Lead.objects.update(source_url=source_url)
        assert client.get(path_of(conversation.lead)).json()["source_url"] == link
    found = client.get("/api/v1/leads", {"source_id": "121"}).json()["results"]
    assert [each["id"] for each in found] == [str(other.lead_id)]


def test_staff_change_a_lead(client: APIClient, manager: User) -> None:
    lead = make_conversation().lead
    changes = {
        "name": "Luz Paz",
        "email": "luz@example.com",
        "company": "Acme",
        "stage": "won",
        "owner": str(manager.pk),
    }
    answer = client.patch(path_of(lead), changes, format="json")
    assert answer.status_code == 200
    assert answer.json()["owner"]["id"] == str(manager.pk)
    assert {k: v for k, v in answer.json().items() if k in changes and k != "owner"} == {
        k: v for k, v in changes.items() if k != "owner"
    }
    learned = {fact.key: (fact.value, fact.staff) for fact in facts.current(lead_id=lead.pk)}
    assert learned == {
        "name": ("Luz Paz", manager),
        "email": ("luz@example.com", manager),
        "company": ("Acme", manager),
    }
    client.patch(path_of(lead), {"name": "Luz Paz"}, format="json")
    assert Fact.objects.filter(lead=lead, key="name").count() == 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"email": "no"}, "/email"),
        ({"name": ""}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"stage": "dreaming"}, "/stage"),
        ({"owner": "me"}, "/owner"),
        ({"owner": str(uuid4())}, "/owner"),
        ({"owner": 7}, "/owner"),
        ([], "/non_field_errors"),
    ],
)
def test_a_change_that_cannot_be(client: APIClient, changes: Any, pointer: str) -> None:
    answer = client.patch(path_of(make_conversation().lead), changes, format="json")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_what_nobody_may_change_stays(client: APIClient) -> None:
    lead = make_conversation(phone_number="+5215550101234").lead
    client.patch(path_of(lead), {"score": 99, "phone_number": "+1"}, format="json")
    lead.refresh_from_db()
    assert (lead.score, lead.phone_number) == (0, "+5215550101234")


def test_if_match_guards_against_what_was_not_seen(client: APIClient) -> None:
    lead = make_conversation().lead
    seen = client.get(path_of(lead))["ETag"]
    first = client.patch(path_of(lead), {"stage": "won"}, format="json", HTTP_IF_MATCH=seen)
    assert first.status_code == 200
    assert first["ETag"] != seen
    second = client.patch(path_of(lead), {"stage": "lost"}, format="json", HTTP_IF_MATCH=seen)
    assert second.status_code == 412
    assert second.json()["code"] == "stale"
    assert client.get(path_of(lead)).json()["stage"] == "won"
    for fresh in (first["ETag"], f'"other", W/{first["ETag"]}', "*"):
        body = {"stage": "won"}
        answer = client.patch(path_of(lead), body, format="json", HTTP_IF_MATCH=fresh)
        assert answer.status_code == 200
    assert client.get(path_of(lead))["ETag"] == first["ETag"]


def test_the_agents_set_based_updates_change_the_etag(client: APIClient) -> None:
    lead = make_conversation().lead
    seen = client.get(path_of(lead))["ETag"]
    leads.set_score(lead_id=lead.pk, points=10, temperature=Temperature.WARM, lines=[])
    assert client.get(path_of(lead))["ETag"] != seen


@pytest.mark.django_db(transaction=True)
def test_of_two_who_change_at_once_one_is_told(manager: User) -> None:
    lead = make_conversation().lead
    seen = client_of(manager).get(path_of(lead))["ETag"]
    start, codes = threading.Barrier(2), []

    def change(stage: str) -> None:
        client = client_of(manager)
        start.wait()
        answer = client.patch(path_of(lead), {"stage": stage}, format="json", HTTP_IF_MATCH=seen)
        codes.append(answer.status_code)
        connection.close()

    threads = [threading.Thread(target=change, args=[stage]) for stage in ("won", "lost")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 412]


def test_facts_and_their_correction(client: APIClient, manager: User) -> None:
    conversation = make_conversation()
    message = make_message(conversation, text="Tengo 50 mil")
    facts.save_answers(
        lead_id=conversation.lead_id,
        answers=[NewFact("budget", 50000, str(message.pk), "50 mil")],
        turn_id=uuid4(),
        now=message.created_at,
    )
    path = f"{path_of(conversation.lead)}/facts"
    (learned,) = client.get(path).json()["results"]
    assert (learned["value"], learned["quote"]) == (50000, "50 mil")
    assert (learned["message"], learned["staff"]) == (str(message.pk), None)
    answer = client.put(f"{path}/budget", {"value": 60000}, format="json")
    assert answer.status_code == 200
    (shown,) = client.get(path).json()["results"]
    assert answer.json() == shown
    assert (shown["value"], shown["quote"], shown["staff"]["name"]) == (60000, "", "Marta")
    assert Fact.objects.filter(lead=conversation.lead).count() == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("budget", None),
        ("budget", []),
        ("budget", {"a": 1}),
        ("budget", ""),
        ("budget", "a\x00b"),
        ("budget", "x" * 501),
        ("budget", 1e15),
        ("email", "no"),
        ("name", ""),
    ],
)
def test_a_value_that_no_question_can_hold(client: APIClient, key: str, value: Any) -> None:
    lead = make_conversation().lead
    answer = client.put(f"{path_of(lead)}/facts/{key}", {"value": value}, format="json")
    assert answer.status_code == 400
    assert not Fact.objects.exists()


@pytest.mark.parametrize("body", ['{"value": NaN}', '{"value": Infinity}', '{"value": "\\ud800"}'])
def test_json_that_no_column_can_hold(client: APIClient, body: str) -> None:
    path = f"{path_of(make_conversation().lead)}/facts/budget"
    answer = client.generic("PUT", path, body, content_type="application/json")
    assert answer.status_code == 400


def test_a_key_that_is_too_long_is_none(client: APIClient) -> None:
    path = f"{path_of(make_conversation().lead)}/facts/{'k' * 65}"
    assert client.put(path, {"value": 1}, format="json").status_code == 404


def test_a_corrected_name_is_the_leads_name(client: APIClient) -> None:
    lead = make_conversation().lead
    client.put(f"{path_of(lead)}/facts/name", {"value": "Sol"}, format="json")
    assert client.get(path_of(lead)).json()["name"] == "Sol"
