"""Where our own pages are."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse


def thread_url(conversation_id: UUID) -> str:
    """Where a conversation is read and answered."""
    return reverse("admin:conversations_conversation_thread", args=[conversation_id])


def lead_url(lead_id: UUID) -> str:
    """Where a lead is."""
    return reverse("admin:conversations_lead_change", args=[lead_id])
