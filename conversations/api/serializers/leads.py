"""Leads."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.api.serializers.facts import FactValueField
from conversations.api.serializers.fields import RowSerializer
from conversations.api.serializers.people import PersonSerializer
from conversations.models import Lead, Stage, Touch, User
from conversations.services.attribution import web_address

TOUCHES = 50


class ScoreLineSerializer(serializers.Serializer[Any]):
    """A rule of the playbook that counted, and the words that met it."""

    label = serializers.DictField(  # type: ignore[assignment]  # shadows Field.label
        child=serializers.CharField(), help_text="By language."
    )
    points = serializers.IntegerField()
    key = serializers.CharField()
    value = FactValueField(allow_null=True)
    quote = serializers.CharField(allow_blank=True)
    rules_out = serializers.SerializerMethodField(
        help_text="A disqualifier: no points, and the lead is cold whatever the rest."
    )

    def get_rules_out(self, line: dict[str, Any]) -> bool:
        """Lines from before there were disqualifiers do not say it."""
        return bool(line.get("rules_out"))


class LeadSerializer(RowSerializer):
    """A lead."""

    display_name = serializers.CharField(source="__str__", read_only=True)
    owner = PersonSerializer(read_only=True, allow_null=True)
    score_lines = ScoreLineSerializer(many=True, read_only=True)
    conversation = serializers.UUIDField(source="conversation_key", read_only=True, allow_null=True)
    source_url = serializers.SerializerMethodField()

    class Meta:
        model = Lead
        fields = (
            "id",
            "display_name",
            "name",
            "profile_name",
            "username",
            "phone_number",
            "email",
            "company",
            "language",
            "time_zone",
            "stage",
            "score",
            "temperature",
            "score_lines",
            "owner",
            "source",
            "source_id",
            "source_url",
            "source_headline",
            "ctwa_clid",
            "opted_out_at",
            "marketing_opted_out_at",
            "conversation",
            "created_at",
        )

    def get_source_url(self, lead: Lead) -> str:
        """An http or https address, or nothing: a page may make a link of it."""
        return web_address(lead.source_url)


class TouchSerializer(RowSerializer):
    """A click on an ad or a post, told by the message that followed it."""

    message = serializers.UUIDField(source="message_id", read_only=True)
    source_url = serializers.SerializerMethodField()

    class Meta:
        model = Touch
        fields = (
            "message",
            "source",
            "source_id",
            "source_url",
            "headline",
            "body",
            "ctwa_clid",
            "occurred_at",
        )

    def get_source_url(self, touch: Touch) -> str:
        """An http or https address, or nothing: a page may make a link of it."""
        return web_address(touch.source_url)


class LeadDetailSerializer(LeadSerializer):
    """A lead with the clicks that brought them, newest first."""

    touches = serializers.SerializerMethodField(help_text=f"The newest {TOUCHES}.")

    class Meta(LeadSerializer.Meta):
        fields = (*LeadSerializer.Meta.fields, "touches")  # type: ignore[assignment]  # longer

    @extend_schema_field(TouchSerializer(many=True))
    def get_touches(self, lead: Lead) -> list[dict[str, Any]]:
        """One query."""
        rows = lead.touches.order_by("-occurred_at", "-id")[:TOUCHES]
        return list(TouchSerializer(rows, many=True).data)


class LeadPatchSerializer(serializers.Serializer[Any]):
    """What staff may change; what is left out stays."""

    name = serializers.CharField(max_length=200, required=False)
    email = serializers.EmailField(max_length=200, required=False)
    company = serializers.CharField(max_length=200, required=False)
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    owner = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.none(),
        pk_field=serializers.UUIDField(),
        allow_null=True,
        required=False,
        help_text="A user's id from /users, or null for nobody.",
    )

    def __init__(self, *args: Any, owners: QuerySet[User] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        if owners is not None and isinstance(owner, serializers.PrimaryKeyRelatedField):
            owner.queryset = owners  # type: ignore[arg-type]  # the stubs read a manager

    def validate_stage(self, value: str) -> Stage:
        """Give the service its own type."""
        return Stage(value)


class LeadSummarySerializer(RowSerializer):
    """A lead, as other resources show it."""

    display_name = serializers.CharField(source="__str__", read_only=True)
    owner = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Lead
        fields = (
            "id",
            "display_name",
            "stage",
            "temperature",
            "score",
            "owner",
            "opted_out_at",
            "marketing_opted_out_at",
        )
