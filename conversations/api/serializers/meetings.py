"""Meetings, and the times to offer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer, UtcField
from conversations.api.serializers.leads import LeadSummarySerializer
from conversations.api.serializers.people import PersonSerializer
from conversations.models import Conflict, Meeting, MeetingState
from conversations.services import meeting_conflicts

SLOT_ID_LENGTH = 500


class ConflictSerializer(serializers.Serializer[Any]):
    """What is in a meeting's way; a colleague has to decide."""

    kind = serializers.ChoiceField(source="conflict", choices=Conflict.choices)
    noticed_at = UtcField(source="conflict_at")
    starts_at = UtcField(source="conflict_during.lower", allow_null=True)
    ends_at = UtcField(source="conflict_during.upper", allow_null=True)


class MeetingSerializer(RowSerializer):
    """A meeting. `salesperson` is the host's user."""

    lead = LeadSummarySerializer(read_only=True)
    conversation = serializers.UUIDField(source="lead.conversation.id", read_only=True)
    salesperson = PersonSerializer(source="salesperson.user", read_only=True)
    starts_at = UtcField(source="during.lower", read_only=True)
    ends_at = UtcField(source="during.upper", read_only=True)
    replaces = serializers.UUIDField(source="replaces_id", read_only=True, allow_null=True)
    conflict = serializers.SerializerMethodField()

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
            "moved_by",
            "conflict",
            "cancelled_by",
            "cancel_comment",
            "created_at",
            "confirmed_at",
            "ended_at",
        )

    @extend_schema_field(ConflictSerializer(allow_null=True))
    def get_conflict(self, meeting: Meeting) -> dict[str, Any] | None:
        """While nobody has seen to it."""
        if not meeting_conflicts.is_open(meeting):
            return None
        return dict(ConflictSerializer(meeting).data)


class SlotChoiceSerializer(serializers.Serializer[Any]):
    """An offered time."""

    slot = serializers.CharField(
        max_length=SLOT_ID_LENGTH, help_text="The id of a slot of the lead's conversation."
    )


class CancelSerializer(serializers.Serializer[Any]):
    """Why a meeting is called off; the attendees read it."""

    comment = serializers.CharField(max_length=300, allow_blank=True, default="")


class OutcomeSerializer(serializers.Serializer[Any]):
    """How a meeting went."""

    outcome = serializers.ChoiceField(
        choices=[
            (each.value, each.label) for each in (MeetingState.COMPLETED, MeetingState.NO_SHOW)
        ]
    )

    def validate_outcome(self, value: str) -> MeetingState:
        """Give the service its own type."""
        return MeetingState(value)


class SlotSerializer(serializers.Serializer[Any]):
    """A free time, to be booked within 24 hours while it stays free."""

    id = serializers.CharField(help_text="Opaque: holds what was offered, signed.")
    starts_at = UtcField()
    ends_at = UtcField()
    host = serializers.CharField()


class SlotListSerializer(serializers.Serializer[Any]):
    """The times to choose from, all on one page."""

    results = SlotSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class SlotWishSerializer(serializers.Serializer[Any]):
    """What the lead would like."""

    day = serializers.DateField(required=False, help_text="In the lead's time zone.")
    part = serializers.ChoiceField(choices=["morning", "afternoon"], required=False)
