"""Messages and their files."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer
from conversations.api.serializers.people import PersonSerializer
from conversations.models import Attachment, Message
from conversations.services.outbound import TEXT_LIMIT


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """A file of a message."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ("id", "mime_type", "filename", "size", "state", "url", "transcript")

    @extend_schema_field({"type": "string", "format": "uri-reference", "nullable": True})
    def get_url(self, attachment: Attachment) -> str | None:
        """Where to download it, once it is here."""
        stored = attachment.state == Attachment.State.STORED
        return reverse("api-attachment", args=[attachment.pk]) if stored else None


class OptionSerializer(serializers.Serializer[Any]):
    """A button or a list row that was sent."""

    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True, default="")


class MessageSerializer(RowSerializer):
    """A message and how far it came."""

    conversation = serializers.UUIDField(source="conversation_id", read_only=True)
    staff = PersonSerializer(read_only=True, allow_null=True)
    reply_to = serializers.UUIDField(source="reply_to_id", read_only=True, allow_null=True)
    options = serializers.SerializerMethodField()
    attachments = AttachmentSerializer(many=True, read_only=True)

    class Meta:
        model = Message
        fields = (
            "id",
            "conversation",
            "direction",
            "author",
            "staff",
            "kind",
            "text",
            "options",
            "attachments",
            "reply_to",
            "state",
            "error_code",
            "error_text",
            "price_category",
            "cost",
            "occurred_at",
            "sent_at",
            "delivered_at",
            "read_at",
            "failed_at",
            "edited_at",
            "revoked_at",
            "created_at",
        )

    @extend_schema_field(OptionSerializer(many=True))
    def get_options(self, message: Message) -> list[dict[str, str]]:
        """Titles only: the ids behind them are ours."""
        options = message.content.get("options")
        rows = options if isinstance(options, list) else []
        return [
            {name: str(row.get(name) or "") for name in ("title", "description")}
            for row in rows
            if isinstance(row, dict)
        ]


class NewMessageSerializer(serializers.Serializer[Any]):
    """A text to send."""

    text = serializers.CharField(max_length=TEXT_LIMIT)
    reply_to = serializers.UUIDField(
        required=False, help_text="The message of this conversation to quote."
    )


class RetrySerializer(serializers.Serializer[Any]):
    """How to send again."""

    may_duplicate = serializers.BooleanField(
        default=False,
        help_text="Needed for a message in state `unknown`: it may have arrived already.",
    )
