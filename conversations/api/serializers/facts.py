"""What we know of a lead."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer, UtcField
from conversations.api.serializers.people import PersonSerializer
from conversations.models import Fact, FactProposal

FACT_LENGTH = 500
LARGEST_NUMBER = 1e15


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "maxLength": FACT_LENGTH},
            {"type": "number"},
            {"type": "boolean"},
        ]
    }
)
class FactValueField(serializers.Field[Any, Any, Any, Any]):
    """A text, a number, or yes and no: what a playbook's questions can hold."""

    def to_internal_value(self, data: Any) -> str | float | bool:
        if isinstance(data, str):
            text = serializers.CharField(max_length=FACT_LENGTH)
            return str(text.run_validation(data))
        if isinstance(data, bool) or (isinstance(data, int | float) and abs(data) < LARGEST_NUMBER):
            return data
        raise serializers.ValidationError(_("A text, a number, true or false is wanted."))

    def to_representation(self, value: Any) -> Any:
        return value


class FactSerializer(RowSerializer):
    """An answer, and the words of the message that it comes from; or who typed it."""

    value = FactValueField(read_only=True)
    message = serializers.UUIDField(source="message_id", read_only=True, allow_null=True)
    staff = PersonSerializer(read_only=True, allow_null=True)
    learned_at = UtcField(source="created_at", read_only=True)

    class Meta:
        model = Fact
        fields = (
            "id",
            "key",
            "value",
            "quote",
            "position",
            "message",
            "staff",
            "learned_at",
            "locked_at",
            "superseded_at",
        )


class FactValueSerializer(serializers.Serializer[Any]):
    """What a colleague knows better."""

    value = FactValueField()
    locked = serializers.BooleanField(
        required=False,
        help_text="Whether the agent may only propose another answer; left out, it stays as it is.",
    )


class FactPatchSerializer(FactValueSerializer):
    """What is to change; what is left out stays."""

    value = FactValueField(required=False)


class FactProposalSerializer(RowSerializer):
    """What the lead said where another answer is locked, until a colleague decides."""

    value = FactValueField(read_only=True)
    message = serializers.UUIDField(source="message_id", read_only=True, allow_null=True)
    decided_by = PersonSerializer(read_only=True, allow_null=True)
    heard_at = UtcField(source="created_at", read_only=True)

    class Meta:
        model = FactProposal
        fields = (
            "id",
            "key",
            "value",
            "quote",
            "position",
            "message",
            "state",
            "heard_at",
            "decided_by",
            "decided_at",
        )
