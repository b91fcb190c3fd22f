"""Merge proposals: both leads side by side, one button, old addresses, and the way back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from conversations.admin import dates
from conversations.models import IdentityConflict, Lead, LeadMerge, User
from tests.conversations.admin import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def conflict(db: None) -> IdentityConflict:
    first, second = (rows.make_conversation(number).lead for number in (1, 2))
    return IdentityConflict.objects.create(
        first=first,
        second=second,
        reason="One message named both leads.",
        created_at=rows.now(),
    )


def url_of(conflict: IdentityConflict, page: str = "change") -> str:
    return reverse(f"admin:conversations_identityconflict_{page}", args=[conflict.pk])


def lead_page(lead: Lead) -> str:
    return reverse("admin:conversations_lead_change", args=[lead.pk])


def thread_page(lead: Lead) -> str:
    return reverse("admin:conversations_conversation_thread", args=[lead.conversation.pk])


def test_the_proposal_shows_both_and_is_linked_from_where_one_works(
    admin_page: Client, conflict: IdentityConflict
) -> None:
    shown = admin_page.get(url_of(conflict)).content.decode()
    for lead in (conflict.first, conflict.second):
        assert str(lead) in shown
        assert str(lead.phone_number) in shown
        assert lead.conversation.last_message_text in shown
        assert f"Merge into {lead}" in shown
        assert f"It will be called {lead}<" in shown
        for page in (lead_page(lead), thread_page(lead)):
            assert url_of(conflict) in admin_page.get(page).content.decode()
    listed = admin_page.get(reverse("admin:conversations_identityconflict_changelist"))
    assert "Merge proposals" in listed.content.decode()


def test_the_last_words_stand_with_their_own_hour(
    admin_page: Client, conflict: IdentityConflict
) -> None:
    said_at = rows.now() - timedelta(hours=3)
    rows.make_message(conflict.first.conversation, "hasta luego", number=1, at=said_at)
    shown = admin_page.get(url_of(conflict)).content.decode()
    assert f"<q>hasta luego</q> <small>{dates.exactly(said_at)}</small>" in shown


def test_a_name_they_told_us_outlives_one_of_whatsapps(
    admin_page: Client, conflict: IdentityConflict
) -> None:
    Lead.objects.filter(pk=conflict.first_id).update(name="", profile_name="Sol")
    shown = admin_page.get(url_of(conflict)).content.decode()
    assert "Merge into Sol" in shown
    assert shown.count(f"It will be called {conflict.second}<") == 2
    admin_page.post(url_of(conflict, "decide"), {"answer": str(conflict.first_id)})
    assert str(Lead.objects.get(pk=conflict.first_id)) == str(conflict.second)


def test_merged_found_under_the_old_addresses_and_parted_again(
    admin_page: Client, conflict: IdentityConflict
) -> None:
    kept, gone = conflict.first, conflict.second
    answer = admin_page.post(url_of(conflict, "decide"), {"answer": str(kept.pk)})
    assert answer.headers["Location"] == lead_page(kept)
    assert admin_page.get(lead_page(gone)).headers["Location"] == lead_page(kept)
    assert admin_page.get(thread_page(gone)).headers["Location"] == thread_page(kept)
    for page in ("lead", "conversation"):
        listed = admin_page.get(reverse(f"admin:conversations_{page}_changelist"))
        assert str(gone.pk) not in listed.content.decode()
        assert len(listed.context["cl"].result_list) == 1
    undo = reverse(
        "admin:conversations_lead_undo_merge", args=[kept.pk, LeadMerge.objects.get().pk]
    )
    assert undo in admin_page.get(lead_page(kept)).content.decode()
    assert admin_page.post(undo).headers["Location"] == lead_page(kept)
    assert admin_page.get(lead_page(gone)).status_code == 200
    assert undo not in admin_page.get(lead_page(kept)).content.decode()
    assert url_of(conflict) in admin_page.get(lead_page(kept)).content.decode()


def test_two_people_are_not_asked_about_again(
    admin_page: Client, conflict: IdentityConflict
) -> None:
    admin_page.post(url_of(conflict, "decide"), {"answer": "different"})
    assert IdentityConflict.objects.get().resolved_at is not None
    assert url_of(conflict) not in admin_page.get(lead_page(conflict.first)).content.decode()
    assert "Merge into" not in admin_page.get(url_of(conflict)).content.decode()


@pytest.mark.parametrize(("owns", "merged"), [("both", 1), ("one", 0), ("none", 0)])
def test_salespeople_merge_what_is_theirs(
    sales_page: Client, salesperson: User, conflict: IdentityConflict, owns: str, merged: int
) -> None:
    own = {"both": [conflict.first_id, conflict.second_id], "one": [conflict.first_id], "none": []}
    Lead.objects.filter(pk__in=own[owns]).update(owner=salesperson)
    shown = sales_page.get(url_of(conflict)).content.decode()
    assert shown.count("Merge into") == 2 * merged
    sales_page.post(url_of(conflict, "decide"), {"answer": str(conflict.first_id)})
    assert LeadMerge.objects.count() == merged


def test_two_meetings_ahead_are_said_before_anybody_tries(
    admin_page: Client, conflict: IdentityConflict
) -> None:
    for number, lead in enumerate((conflict.first, conflict.second)):
        host = rows.make_salesperson(rows.make_user(f"host{number}"))
        rows.make_meeting(lead, host, number=number)
    assert "cancel one of them first" in admin_page.get(url_of(conflict)).content.decode()
    admin_page.post(url_of(conflict, "decide"), {"answer": str(conflict.first_id)})
    assert not LeadMerge.objects.exists()
