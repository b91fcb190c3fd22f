"""What is planned to be said unasked."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer
from conversations.models import FollowUp
from conversations.services import follow_up_rules


class FollowUpSerializer(RowSerializer):
    """A nudge to a silent lead or a reminder of a meeting; `message` once it is queued."""

    conversation = serializers.UUIDField(source="conversation_id", read_only=True)
    meeting = serializers.UUIDField(source="meeting_id", read_only=True, allow_null=True)
    message = serializers.UUIDField(source="message_id", read_only=True, allow_null=True)

    state = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()

    class Meta:
        model = FollowUp
        fields = (
            "id",
            "conversation",
            "kind",
            "step",
            "due_at",
            "state",
            "reason",
            "meeting",
            "message",
            "created_at",
            "ended_at",
        )

    @extend_schema_field(serializers.ChoiceField(FollowUp.State.choices))
    def get_state(self, row: Any) -> str:
        """What became of it."""
        return str(follow_up_rules.standing(row)[0])

    @extend_schema_field(serializers.ChoiceField(FollowUp.Reason.choices, allow_blank=True))
    def get_reason(self, row: Any) -> str:
        """Why it is not said; empty while it is planned or once it was queued."""
        return follow_up_rules.standing(row)[1]
