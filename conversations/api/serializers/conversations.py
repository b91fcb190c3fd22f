"""Conversations, as lists and pages show them."""

from __future__ import annotations

from datetime import datetime

from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer
from conversations.api.serializers.leads import LeadSummarySerializer
from conversations.models import BY_CHOICE, Conversation, Mode


class ConversationSerializer(RowSerializer):
    """A conversation: who answers, who waits, and how long WhatsApp lets us write."""

    lead = LeadSummarySerializer(read_only=True)
    waiting_since = serializers.SerializerMethodField()
    window_open = serializers.SerializerMethodField()

    class Meta:
        model = Conversation
        fields = (
            "id",
            "lead",
            "mode",
            "handoff_reason",
            "handoff_at",
            "waiting_since",
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

    def get_waiting_since(self, conversation: Conversation) -> datetime | None:
        """Since when the lead waits for a person; null while the agent answers, and once a
        colleague took over or answered."""
        waits = conversation.mode == Mode.STAFF and conversation.handoff_reason not in BY_CHOICE
        return conversation.handoff_at if waits else None

    def get_window_open(self, conversation: Conversation) -> bool:
        """Whether WhatsApp takes free text and files now; if not, only templates. An opt-out of
        the lead's stops both."""
        now: datetime = self.context["now"]
        return bool(conversation.window_expires_at and conversation.window_expires_at > now)
