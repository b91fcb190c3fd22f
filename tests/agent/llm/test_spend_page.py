"""What managers see of the model's costs, and what every page says when it may cost no more."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from agent import run_words
from agent.admin.spend import dollars, troubles
from agent.model_calls import Refusal
from agent.models import Breaker, Purse, Reservation
from agent.spending import breakers, purses
from tests.agent.llm.stage import make_run
from tests.conversations.admin import rows
from tests.conversations.rows import make_conversation

pytestmark = pytest.mark.django_db
PAGE = "/admin/agent/purse/"


@pytest.fixture
def spent(settings: Settings) -> Reservation:
    """A lead for whom a call took two of ten dollars."""
    settings.AGENT_ENGINE = "llm"
    settings.LANGUAGE_CODE = "en"
    conversation = make_conversation()
    run = make_run(conversation)
    now = timezone.now()
    held = Reservation.objects.create(
        run=run,
        lead_id=conversation.lead_id,
        day=purses.day_of(now),
        model="main",
        amount=2,
        created_at=now,
    )
    for kind, key in (("lead", str(held.lead_id)), ("day", held.day), ("total", "")):
        Purse.objects.create(kind=kind, key=key, reserved=2)
    purses.settle(held=held, cost=None, now=now)
    return held


def page(client: Client) -> str:
    client.force_login(rows.make_user("boss", is_superuser=True))
    return client.get(PAGE, headers={"accept-language": "en"}).content.decode()


def test_budgets_leads_and_models_are_shown(spent: Reservation, client: Client) -> None:
    breakers.note_failure("main", "401 invalid_api_key", hopeless=True, now=timezone.now())
    html = page(client)
    for said in ("2.00 USD of 10.00 USD", "2.00 USD, no limit", "Ana", "left alone"):
        assert said in html
    assert 'value="20" max="100"' in html


def test_a_used_up_budget_is_an_alarm_while_it_lasts(
    spent: Reservation, settings: Settings, client: Client
) -> None:
    now = timezone.now()
    assert troubles(now) == []
    settings.AGENT_BUDGET_PER_DAY_USD = "3.99"
    assert "budget of today is used up" in page(client)
    assert troubles(now + timedelta(days=1)) == []
    settings.AGENT_BUDGET_TOTAL_USD = "1"
    assert len(troubles(now)) == 2
    settings.AGENT_ENGINE = "guided"
    assert troubles(now) == []


def test_a_model_that_is_left_alone_is_an_alarm(spent: Reservation) -> None:
    breakers.note_failure("main", "insufficient_quota", hopeless=True, now=timezone.now())
    (alarm,) = troubles(timezone.now())
    assert "main" in alarm.what
    assert alarm.detail == "insufficient_quota"
    breakers.note_success("main")
    assert Breaker.objects.get().failures == 0
    assert troubles(timezone.now()) == []


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0", "0.00 USD"), ("0.00121", "0.0012 USD"), ("0.5", "0.50 USD"), ("1234.5", "1,234.50 USD")],
)
def test_small_amounts_show_more_digits(amount: str, shown: str) -> None:
    assert dollars(Decimal(amount)) == shown


@pytest.mark.parametrize("refusal", Refusal)
def test_each_refusal_is_told_in_words(refusal: Refusal) -> None:
    told = run_words.problem(f"FaultError: {refusal}")
    assert refusal not in told
    assert " " in told
