"""Meetings, and the times to offer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer, UtcField
from conversations.api.serializers.leads import LeadSummarySerializer
from conversations.api.serializers.people import PersonSerializer
from conversations.models import Meeting


class MeetingSerializer(RowSerializer):
    """A meeting. `salesperson` is the host's user."""

    lead = LeadSummarySerializer(read_only=True)
    conversation = serializers.UUIDField(source="lead.conversation.id", read_only=True)
    salesperson = PersonSerializer(source="salesperson.user", read_only=True)
    starts_at = UtcField(source="during.lower", read_only=True)
    ends_at = UtcField(source="during.upper", read_only=True)
    replaces = serializers.UUIDField(source="replaces_id", read_only=True, allow_null=True)

    class Meta:
        model = Meeting
        fields = (
            "id",
            "lead",
            "conversation",
            "salesperson",
            "starts_at",
            "ends_at",
            "time_zone",
            "state",
            "join_url",
            "problem",
            "replaces",
            "cancelled_by",
            "cancel_comment",
            "created_at",
            "confirmed_at",
            "ended_at",
        )


class SlotChoiceSerializer(serializers.Serializer[Any]):
    """An offered time."""

    slot = serializers.UUIDField(help_text="The id of a slot of the lead's conversation.")


class CancelSerializer(serializers.Serializer[Any]):
    """Why a meeting is called off; the attendees read it."""

    comment = serializers.CharField(max_length=300, allow_blank=True, default="")


class SlotSerializer(serializers.Serializer[Any]):
    """A time that was offered, kept for 24 hours."""

    id = serializers.UUIDField()
    starts_at = UtcField()
    ends_at = UtcField()
    host = serializers.CharField()


class SlotListSerializer(serializers.Serializer[Any]):
    """The times to choose from, all on one page."""

    results = SlotSerializer(many=True)
    next = serializers.CharField(allow_null=True, default=None)
    previous = serializers.CharField(allow_null=True, default=None)


class SlotWishSerializer(serializers.Serializer[Any]):
    """What the lead would like."""

    day = serializers.DateField(required=False, help_text="In the lead's time zone.")
    part = serializers.ChoiceField(choices=["morning", "afternoon"], required=False)
