"""Message templates, and one filled in for a lead."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer
from conversations.models import MessageTemplate
from conversations.services import template_messages, template_texts
from conversations.services.template_texts import LONGEST_LINK_END


class VariableSerializer(serializers.Serializer[Any]):
    """A place to fill."""

    key = serializers.CharField(help_text="Its name in `values`: `body:1`, `header:name`, …")
    place = serializers.CharField(
        help_text="Stands as `{{place}}` in the words; of a link: its button."
    )
    sample = serializers.CharField(allow_blank=True)
    is_name = serializers.BooleanField(help_text="The lead's name; left empty a neutral word.")


class WordsSerializer(serializers.Serializer[Any]):
    """What a template says."""

    header = serializers.CharField(allow_blank=True)
    body = serializers.CharField(allow_blank=True)
    footer = serializers.CharField(allow_blank=True)
    buttons = serializers.ListField(child=serializers.CharField())


class TemplateSerializer(RowSerializer):
    """A template as WhatsApp holds it."""

    sendable = serializers.SerializerMethodField()
    words = serializers.SerializerMethodField()
    variables = serializers.SerializerMethodField()

    class Meta:
        model = MessageTemplate
        fields = (
            "id",
            "name",
            "language",
            "category",
            "status",
            "sendable",
            "quality",
            "reason",
            "words",
            "variables",
            "synced_at",
        )
        extra_kwargs = {
            "category": {"help_text": "Meta's word: marketing, utility, authentication."},
            "quality": {"help_text": "Meta's word: green, yellow, red, unknown, or nothing."},
            "reason": {"help_text": "Meta's word for why it was rejected or paused."},
        }

    def get_sendable(self, template: MessageTemplate) -> bool:
        """Whether it may leave: approved, and nothing in it needs more than words."""
        return template_messages.is_ready(template)

    @extend_schema_field(WordsSerializer)
    def get_words(self, template: MessageTemplate) -> dict[str, Any]:
        """With {{places}}."""
        return asdict(template_texts.preview(template, {}))

    @extend_schema_field(VariableSerializer(many=True))
    def get_variables(self, template: MessageTemplate) -> list[dict[str, Any]]:
        """From top to bottom."""
        return [asdict(each) for each in template_texts.variables_of(template)]


class FilledTemplateSerializer(TemplateSerializer):
    """A template with what we can fill in for a lead."""

    values = serializers.SerializerMethodField()
    preview = serializers.SerializerMethodField()

    class Meta(TemplateSerializer.Meta):
        fields = (*TemplateSerializer.Meta.fields, "values", "preview")  # type: ignore[assignment]  # longer

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_values(self, template: MessageTemplate) -> dict[str, str]:
        """By the key of their variable; the others are for the sender to fill."""
        return template_texts.prefilled(template, lead=self.context["lead"])

    @extend_schema_field(WordsSerializer)
    def get_preview(self, template: MessageTemplate) -> dict[str, Any]:
        """The words with these values; what is not filled keeps its place."""
        return asdict(template_texts.preview(template, self.get_values(template)))


class NewTemplateMessageSerializer(serializers.Serializer[Any]):
    """A template to send."""

    template = serializers.PrimaryKeyRelatedField(
        queryset=MessageTemplate.objects.all(), pk_field=serializers.UUIDField()
    )
    values = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_LINK_END, allow_blank=True),
        default=dict,
        help_text="By the key of their variable.",
    )
