"""Locking answers, deciding about proposals, and looking back, in the admin."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import Conversation, Fact, FactProposal, Lead, User
from conversations.services import facts
from conversations.services.facts import NewFact
from tests.conversations.admin import rows
from tests.conversations.admin.test_corrections import RULES, TEXTS, _url, conversation

__all__ = ["RULES", "TEXTS", "conversation"]


def lead_page(lead: Lead) -> str:
    return reverse("admin:conversations_lead_change", args=[lead.pk])


def decide(proposal: FactProposal, action: str) -> str:
    return reverse("admin:conversations_lead_decide", args=[proposal.lead_id, proposal.pk, action])


@pytest.fixture
def proposal(conversation: Conversation, salesperson: User) -> FactProposal:
    """The bill is locked at 1,000; the lead said 6,000 since."""
    lead = conversation.lead
    first = rows.make_message(conversation, "pago mil")
    rows.make_fact(first, "bill", 1000, "mil")
    facts.set_lock(lead_id=lead.pk, key="bill", locked=True, now=rows.now())
    said = rows.make_message(conversation, "ahora pago 6000")
    answer = NewFact("bill", 6000, str(said.pk), "6000")
    facts.save_answers(lead_id=lead.pk, answers=[answer], turn_id=uuid4(), now=rows.now())
    return FactProposal.objects.get()


def test_correcting_can_lock_and_the_page_of_a_locked_one_says_so(
    sales_page: Client, conversation: Conversation
) -> None:
    sales_page.post(_url(conversation, "bill"), {"value": "10", "lock": "on"})
    assert Fact.objects.get().locked_at is not None
    assert "checked" in sales_page.get(_url(conversation, "bill")).content.decode()
    assert "Locked" in sales_page.get(lead_page(conversation.lead)).content.decode()
    sales_page.post(_url(conversation, "bill"), {"value": "11"})
    assert Fact.objects.get(superseded_at=None).locked_at is None


def test_one_press_locks_and_unlocks(sales_page: Client, proposal: FactProposal) -> None:
    for action, locked in (("unlock", False), ("lock", True)):
        address = reverse("admin:conversations_lead_lock", args=[proposal.lead_id, "bill", action])
        sales_page.post(address)
        assert (Fact.objects.get(key="bill").locked_at is not None) is locked
    missing = reverse("admin:conversations_lead_lock", args=[proposal.lead_id, "nothing", "lock"])
    assert sales_page.post(missing).status_code == 404


def test_a_proposal_is_shown_with_its_words_in_thread_lead_page_and_inbox(
    sales_page: Client, conversation: Conversation, proposal: FactProposal
) -> None:
    thread = reverse("admin:conversations_conversation_thread", args=[conversation.pk])
    for address in (thread, lead_page(conversation.lead)):
        page = sales_page.get(address).content.decode()
        assert f"#m-{proposal.message_id}" in page
        assert "<q>6000</q>" in page
        assert decide(proposal, "accept") in page
        assert decide(proposal, "dismiss") in page
        assert page.index("To decide") < page.index("Score")
        assert ("Correct or lock answers" in page) is (address == thread)
    inbox = reverse("admin:conversations_conversation_changelist")
    for address in (inbox, f"{inbox}?attention=to_decide"):
        assert "Answer to decide" in sales_page.get(address).content.decode()


def test_accepting_makes_it_the_fact_counts_again_and_stays_locked(
    sales_page: Client, salesperson: User, proposal: FactProposal
) -> None:
    answer = sales_page.post(decide(proposal, "accept"), {"back": "thread"})
    assert "/thread/" in answer["Location"]
    fact = Fact.objects.get(superseded_at=None)
    assert (fact.value, fact.quote, fact.staff) == (6000, "6000", salesperson)
    assert fact.locked_at is not None
    assert Lead.objects.get().score == 40


def test_dismissing_keeps_the_locked_one_and_a_second_press_is_told(
    sales_page: Client, proposal: FactProposal
) -> None:
    live = {"accept": "application/json"}
    assert sales_page.post(decide(proposal, "dismiss"), headers=live).json()["ok"] is True
    assert Fact.objects.get(superseded_at=None).value == 1000
    again = sales_page.post(decide(proposal, "accept"), headers=live)
    assert (again.status_code, again.json()["ok"]) == (409, False)
    assert (
        "settled already"
        in sales_page.post(decide(proposal, "accept"), follow=True).content.decode()
    )


def test_the_history_names_every_value_with_who_when_and_quote(
    sales_page: Client, conversation: Conversation, proposal: FactProposal
) -> None:
    sales_page.post(decide(proposal, "dismiss"))
    sales_page.post(_url(conversation, "bill"), {"value": "7000", "lock": "on"})
    address = reverse("admin:conversations_lead_answers", args=[conversation.lead_id])
    assert address in sales_page.get(lead_page(conversation.lead)).content.decode()
    page = sales_page.get(address).content.decode()
    for shown in (
        "7,000",
        "Holds now, locked",
        "1,000",
        "6,000",
        "Proposed: Dismissed",
        "Ana Ruiz",
    ):
        assert shown in page, shown
    assert page.index("7,000") < page.index("6,000") < page.index("1,000")
    assert "<q>mil</q>" in page
