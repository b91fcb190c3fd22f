from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from agent.models import ReplayCase
from agent.replay.expectations import END, Expectation, Kind, parse
from conversations.models import Conversation, Message
from conversations.services import facts
from tests.agent.guided.stage import NOW
from tests.agent.replay.past import talked
from tests.conversations.rows import make_staff, write

pytestmark = pytest.mark.django_db


def test_a_correction_is_a_case_with_one_click_and_only_once(admin_client: Client) -> None:
    stage = talked("Soy Marta")
    lead = Conversation.objects.get().lead
    fact = facts.correct(
        lead_id=lead.pk, key="name", value="Martha", staff=make_staff(), now=stage.now
    )
    page = admin_client.get(reverse("admin:conversations_lead_change", args=[lead.pk]))
    button = reverse("admin:agent_replaycase_correction", args=[fact.pk])
    assert button in page.content.decode()
    for _press in range(2):
        admin_client.post(button)
    case = ReplayCase.objects.get()
    assert case.source == "correction"
    assert parse(case.expectations) == (
        Expectation(Kind.FACT_EQUALS, at=END, key="name", value="Martha"),
    )


def test_a_case_ends_with_the_message_that_is_named(admin_client: Client) -> None:
    for second, text in enumerate(("Hola", "¿Cuánto cuesta?", "Gracias")):
        write(text, now=NOW + timedelta(seconds=second))
    named = Message.objects.get(text="¿Cuánto cuesta?")
    address = reverse("admin:agent_replaycase_make", args=[named.conversation_id])
    sent = {
        "title": "Price",
        "row-TOTAL_FORMS": "2",
        "row-INITIAL_FORMS": "0",
        "row-0-kind": "must_say",
        "row-0-at": "any",
        "row-0-words": "",
        "row-1-kind": "fact_equals",
        "row-1-at": "turn",
        "row-1-turn": "2",
        "row-1-key": "bill",
        "row-1-value": "4,500",
    }
    refused = admin_client.post(f"{address}?message={named.pk}", sent)
    assert refused.status_code == 200
    assert not ReplayCase.objects.exists()
    admin_client.post(f"{address}?message={named.pk}", sent | {"row-0-kind": ""})
    case = ReplayCase.objects.get()
    assert case.up_to == named.number
    assert parse(case.expectations) == (
        Expectation(Kind.FACT_EQUALS, at="2", key="bill", value=4500),
    )
