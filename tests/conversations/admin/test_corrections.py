"""Staff correct what the agent understood: by kind of question, with history and a new score."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import Conversation, Fact, Lead, User
from tests.conversations.admin import rows

TEXTS = {"es": "x", "en": "x"}
QUESTIONS = [
    {"key": "name", "kind": "name", "label": {"es": "Nombre", "en": "Name"}, "ask": TEXTS},
    {"key": "bill", "kind": "money", "label": {"es": "Recibo", "en": "Bill"}, "ask": TEXTS},
    {"key": "owns", "kind": "yes_no", "label": {"es": "Casa propia", "en": "Owns"}, "ask": TEXTS},
    {"key": "since", "kind": "date", "label": {"es": "Desde", "en": "Since"}, "ask": TEXTS},
    {"key": "mail", "kind": "email", "label": {"es": "Correo", "en": "Mail"}, "ask": TEXTS},
    {
        "key": "need",
        "kind": "choice",
        "label": {"es": "Busca", "en": "Looks for"},
        "ask": TEXTS,
        "choices": [
            {"value": "home", "label": {"es": "Su casa", "en": "Their home"}},
            {"value": "shop", "label": {"es": "Su negocio", "en": "Their business"}},
        ],
    },
]
BIG = {"es": "Recibo grande", "en": "Big bill"}
RULES = [{"key": "bill", "test": "at_least", "points": 40, "label": BIG, "value": 5000}]


@pytest.fixture
def conversation(db: None) -> Conversation:
    content = {
        "business_name": "Sol",
        "assistant_name": "Luz",
        "about": TEXTS,
        "questions": QUESTIONS,
        "rules": RULES,
    }
    rows.make_version(state="published", content=content)
    return rows.make_conversation(1, stage="new", score=0, temperature="cold")


def _url(conversation: Conversation, key: str) -> str:
    return reverse("admin:conversations_lead_correct", args=[conversation.lead_id, key])


def _current(conversation: Conversation, key: str) -> Any:
    return Fact.objects.get(lead=conversation.lead, key=key, superseded_at=None).value


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("name", "Marta", "Marta"),
        ("bill", "5000", 5000),
        ("bill", "1234.5", 1234.5),
        ("owns", "yes", True),
        ("owns", "no", False),
        ("since", "2026-03-01", "2026-03-01"),
        ("mail", "m@example.com", "m@example.com"),
        ("need", "shop", "shop"),
    ],
)
def test_each_kind_of_answer(
    sales_page: Client, conversation: Conversation, key: str, typed: str, stored: Any
) -> None:
    assert sales_page.get(_url(conversation, key)).status_code == 200
    assert sales_page.post(_url(conversation, key), {"value": typed}).status_code == 302
    assert _current(conversation, key) == stored
    assert f'value="{typed}"' in sales_page.get(_url(conversation, key)).content.decode()


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("name", " "),
        ("name", "x" * 501),
        ("bill", "a lot"),
        ("bill", "1e30"),
        ("bill", "-5"),
        ("bill", "NaN"),
        ("owns", "perhaps"),
        ("since", "2026-02-31"),
        ("mail", "nobody"),
        ("need", "castle"),
    ],
)
def test_what_does_not_fit_is_refused(
    sales_page: Client, conversation: Conversation, key: str, typed: str
) -> None:
    page = sales_page.post(_url(conversation, key), {"value": typed})
    assert page.status_code == 200
    assert 'class="problem"' in page.content.decode()
    assert not Fact.objects.exists()


def test_the_score_follows_and_the_history_stays(
    sales_page: Client, salesperson: User, conversation: Conversation
) -> None:
    message = rows.make_message(conversation, "pago mil")
    old = rows.make_fact(message, "bill", 1000, "mil")
    sales_page.post(_url(conversation, "bill"), {"value": "6000"})
    lead = Lead.objects.get(pk=conversation.lead_id)
    assert (lead.score, lead.temperature, lead.stage) == (40, "warm", "qualifying")
    old.refresh_from_db()
    assert old.superseded_at is not None
    fact = Fact.objects.get(superseded_at=None)
    assert (fact.value, fact.staff, fact.quote) == (6000, salesperson, "")
    page = sales_page.get(reverse("admin:conversations_lead_change", args=[lead.pk]))
    assert "6,000" in page.content.decode()


def test_the_name_is_the_leads_name(sales_page: Client, conversation: Conversation) -> None:
    sales_page.post(_url(conversation, "name"), {"value": "Marta Gómez"})
    assert Lead.objects.get().name == "Marta Gómez"


def test_only_questions_of_the_playbook(sales_page: Client, conversation: Conversation) -> None:
    assert sales_page.get(_url(conversation, "shoe_size")).status_code == 404
    assert sales_page.post(_url(conversation, "shoe_size"), {"value": "x"}).status_code == 404


def test_the_lead_page_leads_there_and_shows_labels(
    sales_page: Client, conversation: Conversation
) -> None:
    message = rows.make_message(conversation, "para mi negocio")
    rows.make_fact(message, "need", "shop", "negocio")
    url = reverse("admin:conversations_lead_change", args=[conversation.lead_id])
    page = sales_page.get(url).content.decode()
    assert "Their business" in page
    assert _url(conversation, "need") in page
    assert _url(conversation, "bill") in page


def test_each_rule_of_the_score_is_explained_also_one_that_gave_nothing(
    sales_page: Client, conversation: Conversation
) -> None:
    page = reverse("admin:conversations_lead_change", args=[conversation.lead_id])
    said = sales_page.get(page).content.decode()
    assert "Gave no points: Big bill" in " ".join(said.split())
    sales_page.post(_url(conversation, "bill"), {"value": "5000"})
    said = sales_page.get(page).content.decode()
    assert "Gave no points" not in said
    assert "Big bill" in said
