"""Managers see what could not be told, and try it again."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import queue
from conversations.models import Conversation, HandoffReason, Mode, Notice
from tests.conversations.admin import rows


@pytest.fixture
def notice(db: None) -> Notice:
    conversation = rows.make_conversation(3, name="Marta")
    assert conversation.handoff_at is not None
    return rows.make_notice(
        conversation,
        happened_at=conversation.handoff_at,
        user=rows.make_user("luis"),
        state="failed",
        attempts=6,
        problem="smtp.example.com: SMTPAuthenticationError",
    )


def page(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(f"admin:{name}", args=args)).content.decode()


def test_the_inbox_says_what_was_never_told_until_somebody_takes_over(
    admin_page: Client, notice: Notice
) -> None:
    said = "1 notice of a lead who waits could not be sent"
    assert said in page(admin_page, "conversations_conversation_changelist")
    Conversation.objects.update(mode=Mode.STAFF, handoff_reason=HandoffReason.TAKEOVER)
    assert said not in page(admin_page, "conversations_conversation_changelist")


def test_salespeople_are_not_told_of_it(sales_page: Client, notice: Notice) -> None:
    assert "could not be sent" not in page(sales_page, "conversations_conversation_changelist")


def test_one_that_failed_is_tried_again_from_its_page(admin_page: Client, notice: Notice) -> None:
    for name, args in (("notice_changelist", ()), ("notice_change", (notice.pk,))):
        shown = page(admin_page, f"conversations_{name}", *args)
        assert "SMTPAuthenticationError" in shown
        assert "Marta" in shown
    retry = reverse("admin:conversations_notice_retry", args=[notice.pk])
    assert retry in page(admin_page, "conversations_notice_change", notice.pk)
    answer = admin_page.post(retry, follow=True)
    assert "It is tried again." in answer.content.decode()
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("waiting", 0)
    assert ProcrastinateJob.objects.filter(task_name=queue.NOTICES).exists()
    assert retry not in page(admin_page, "conversations_notice_change", notice.pk)
    again = admin_page.post(retry, follow=True)
    assert "Only a notice that failed can be tried again." in again.content.decode()
