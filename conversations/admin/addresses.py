"""Where our own pages are."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from conversations.models import Fact


def thread_url(conversation_id: UUID) -> str:
    """Where a conversation is read and answered."""
    return reverse("admin:conversations_conversation_thread", args=[conversation_id])


def lead_url(lead_id: UUID) -> str:
    """Where a lead is."""
    return reverse("admin:conversations_lead_change", args=[lead_id])


def case_url(fact: Fact) -> str:
    """Where an answer that staff typed is made a case for the agent; "" for one of the lead's."""
    typed = fact.staff_id is not None and fact.message_id is None
    return reverse("admin:agent_replaycase_correction", args=[fact.pk]) if typed else ""


def anchor_of(message_id: UUID | None) -> str:
    """The fragment that names a message's bubble."""
    return f"m-{message_id}" if message_id else ""
