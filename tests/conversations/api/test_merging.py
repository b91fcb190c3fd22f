"""Leads that may be one person: who sees it, who decides, and the way back."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from rest_framework.test import APIClient

from conversations.models import IdentityConflict, Lead, User
from conversations.services import merging
from tests.conversations.api.world import (
    client_of,
    hours_ahead,
    make_conversation,
    make_host,
    make_manager,
    make_meeting,
    make_message,
    make_sales,
    make_staff,
)
from tests.conversations.rows import NOW

pytestmark = pytest.mark.django_db

Pair = tuple[Lead, Lead]


def propose(*owners: User | None) -> Pair:
    first, second = (make_conversation(owner).lead for owner in owners)
    IdentityConflict.objects.create(
        first=first, second=second, reason="One message named both leads.", created_at=NOW
    )
    return first, second


def decide(client: APIClient, lead: Lead, other: Lead, how: str = "merges") -> Any:
    return client.post(f"/api/v1/leads/{lead.pk}/{how}", {"lead": str(other.pk)}, format="json")


def listed(client: APIClient) -> list[Any]:
    rows: list[Any] = client.get("/api/v1/proposals").json()["results"]
    return rows


def test_merged_and_parted_again() -> None:
    manager = make_manager()
    client = client_of(manager)
    kept, merged = propose(None, None)
    make_message(merged.conversation)
    [proposal] = listed(client)
    assert [proposal[side]["id"] for side in ("first", "second")] == [str(kept.pk), str(merged.pk)]
    assert proposal["may_decide"] is True
    answer = decide(client, kept, merged)
    assert answer.status_code == 201
    merge = answer.json()
    assert (merge["kept"], merge["merged"]["id"]) == (str(kept.pk), str(merged.pk))
    assert (merge["done_by"]["id"], merge["undone_at"]) == (str(manager.pk), None)
    assert listed(client) == []
    assert client.get(f"/api/v1/leads/{kept.pk}/merges").json()["results"] == [merge]
    assert decide(client, kept, merged).status_code == 400
    undo = f"/api/v1/merges/{merge['id']}/undo"
    for _again in range(2):
        parted = client.post(undo)
        assert (parted.status_code, parted.json()["undone_by"]["id"]) == (200, str(manager.pk))
    assert client.get(f"/api/v1/leads/{merged.pk}").status_code == 200
    assert client.get(f"/api/v1/leads/{kept.pk}/merges").json()["results"] == []
    assert len(listed(client)) == 1


def test_the_second_may_be_the_one_that_stays() -> None:
    client = client_of(make_manager())
    first, second = propose(None, None)
    assert decide(client, second, first).json()["kept"] == str(second.pk)
    assert client.get(f"/api/v1/leads/{first.pk}").json()["merged_into"] == str(second.pk)


def test_two_people_are_not_proposed_again() -> None:
    client = client_of(make_manager())
    first, second = propose(None, None)
    assert decide(client, second, first, "different").status_code == 204
    assert listed(client) == []
    answer = decide(client, first, second)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/lead")


def test_only_managers_and_who_owns_both_decide() -> None:
    ana, ben = make_sales("ana"), make_sales("ben")
    own, foreign, half = propose(ana, ana), propose(ana, ben), propose(ana, None)
    client = client_of(ana)
    assert {row["first"]["id"]: row["may_decide"] for row in listed(client)} == {
        str(own[0].pk): True,
        str(half[0].pk): False,
    }
    assert listed(client_of(make_staff("new"))) == []
    for how in ("merges", "different"):
        refused = decide(client, *half, how)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
        assert decide(client, *foreign, how).status_code == 400
        assert decide(client, foreign[1], foreign[0], how).status_code == 404
    merge = decide(client, *own).json()
    assert client_of(ben).post(f"/api/v1/merges/{merge['id']}/undo").status_code == 404
    manager = client_of(make_manager())
    merge = decide(manager, *half).json()
    Lead.objects.filter(pk=half[0].pk).update(owner=None)
    undo = f"/api/v1/merges/{merge['id']}/undo"
    assert client.post(undo).status_code == 403
    assert manager.post(undo).status_code == 200


def test_what_stands_against_it_is_said() -> None:
    manager = make_manager()
    client, host = client_of(manager), make_host(manager)
    kept, merged = propose(None, None)
    for number, lead in enumerate((kept, merged)):
        make_meeting(lead, host, hours_ahead(5 + number))
    answer = decide(client, kept, merged)
    assert (answer.status_code, answer.json()["code"]) == (409, "both_have_meetings")
    merged.meetings.all().delete()
    first = decide(client, kept, merged).json()
    later = make_conversation().lead
    merging.merge(kept_id=kept.pk, merged_id=later.pk, staff=manager, now=NOW.replace(year=2027))
    answer = client.post(f"/api/v1/merges/{first['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_the_newest")


def test_proposals_are_paged() -> None:
    client = client_of(make_manager())
    pairs = [propose(None, None) for _pair in range(3)]
    first = client.get("/api/v1/proposals?limit=2").json()
    second = client.get(first["next"]).json()
    found = [row["first"]["id"] for page in (first, second) for row in page["results"]]
    assert found == [str(pair[0].pk) for pair in reversed(pairs)]
    assert client.get(second["previous"]).json()["results"] == first["results"]
    for row_id in ('"x"', "1e999", "null", '"99999999999999999999"'):
        text = f'["2026-11-23T10:00:00+00:00",{row_id},false]'
        cursor = base64.urlsafe_b64encode(text.encode()).decode()
        assert client.get("/api/v1/proposals", {"cursor": cursor}).status_code == 400
