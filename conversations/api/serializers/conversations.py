"""Conversations, as lists and pages show them."""

from __future__ import annotations

from datetime import datetime

from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer
from conversations.api.serializers.leads import LeadSummarySerializer
from conversations.models import Conversation


class ConversationSerializer(RowSerializer):
    """A conversation: who answers, who waits, and how long WhatsApp lets us write."""

    lead = LeadSummarySerializer(read_only=True)
    window_open = serializers.SerializerMethodField()

    class Meta:
        model = Conversation
        fields = (
            "id",
            "lead",
            "mode",
            "handoff_reason",
            "handoff_at",
            "language",
            "unread_count",
            "window_open",
            "window_expires_at",
            "free_entry_until",
            "last_inbound_at",
            "last_message_at",
            "last_message_text",
            "created_at",
        )

    def get_window_open(self, conversation: Conversation) -> bool:
        """Whether WhatsApp takes free text and files now; if not, only templates. An opt-out of
        the lead's stops both."""
        now: datetime = self.context["now"]
        return bool(conversation.window_expires_at and conversation.window_expires_at > now)
