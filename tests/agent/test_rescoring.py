"""The score follows what staff correct, through every door that changes a fact."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from agent.models import PlaybookVersion
from agent.playbook import store
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from conversations.models import Lead, Stage, User
from conversations.services import facts, lead_edits
from conversations.services.visibility import visible_leads
from tests.conversations.api.world import client_of, make_conversation, make_manager

pytestmark = pytest.mark.django_db

POINTS = {rule["key"]: rule["points"] for rule in DEFAULT_PLAYBOOK["rules"]}


@pytest.fixture
def manager() -> User:
    store.publish(content=DEFAULT_PLAYBOOK, now=timezone.now())
    return make_manager()


def by_service(manager: User, lead: Lead) -> None:
    lead_edits.edit(
        visible=visible_leads(manager),
        lead_id=lead.pk,
        changes={"email": "luz@example.com"},
        versions=None,
        staff=manager,
        now=timezone.now(),
    )


def by_patch(manager: User, lead: Lead) -> None:
    body = {"email": "luz@example.com"}
    answer = client_of(manager).patch(f"/api/v1/leads/{lead.pk}", body, format="json")
    assert answer.json()["score"] == POINTS["email"]


def by_put(manager: User, lead: Lead) -> None:
    client: APIClient = client_of(manager)
    path = f"/api/v1/leads/{lead.pk}/facts/email"
    assert client.put(path, {"value": "luz@example.com"}, format="json").status_code == 200


@pytest.mark.parametrize("change", [by_service, by_patch, by_put])
def test_a_corrected_email_counts(manager: User, change: Callable[[User, Lead], None]) -> None:
    lead = make_conversation(stage="new").lead
    change(manager, lead)
    lead = Lead.objects.get(pk=lead.pk)
    assert lead.score == POINTS["email"] > 0
    assert [line["key"] for line in lead.score_lines] == ["email"]
    assert lead.stage == Stage.QUALIFYING


def test_the_stage_that_staff_chose_in_the_same_edit_stays(manager: User) -> None:
    lead = make_conversation(stage="new").lead
    lead_edits.edit(
        visible=visible_leads(manager),
        lead_id=lead.pk,
        changes={"email": "luz@example.com", "stage": Stage.NEW},
        versions=None,
        staff=manager,
        now=timezone.now(),
    )
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.stage, lead.score) == (Stage.NEW, POINTS["email"])


def test_without_a_readable_playbook_the_score_stays(manager: User) -> None:
    lead = make_conversation(score=7).lead
    PlaybookVersion.objects.update(content={"nonsense": True})
    facts.correct(lead_id=lead.pk, key="name", value="Luz", staff=manager, now=timezone.now())
    assert Lead.objects.get(pk=lead.pk).score == 7
