"""Messages and their files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.api.serializers.contents import (
    AnswerSerializer,
    CallSerializer,
    CardSerializer,
    ItemSerializer,
    OptionSerializer,
    PlaceSerializer,
    ProblemWordsSerializer,
    ReactionSerializer,
    SentTemplateSerializer,
)
from conversations.api.serializers.fields import RowSerializer
from conversations.api.serializers.people import PersonSerializer
from conversations.models import Attachment, Direction, Message
from conversations.problem_words import problem_of
from conversations.services import contents, file_safety
from conversations.services.outbound import TEXT_LIMIT
from conversations.services.outbound_files import CAPTION_LIMIT
from integrations.messaging import MessageKind

KINDS = [(kind.value, kind.value) for kind in MessageKind]
PLAYED = (
    ("image", file_safety.is_image),
    ("audio", file_safety.is_audio),
    ("video", file_safety.is_video),
)


class AttachmentSerializer(RowSerializer):
    """A file of a message. `problem` says why it could not be fetched."""

    kind = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = (
            "id",
            "kind",
            "mime_type",
            "filename",
            "size",
            "state",
            "problem",
            "url",
            "transcript",
        )

    @extend_schema_field(
        serializers.ChoiceField(choices=[name for name, _is in PLAYED] + ["document"])
    )
    def get_kind(self, attachment: Attachment) -> str:
        """What a page can do with it: show it, play it, or offer it for download."""
        return next((name for name, fits in PLAYED if fits(attachment.mime_type)), "document")

    @extend_schema_field({"type": "string", "format": "uri-reference", "nullable": True})
    def get_url(self, attachment: Attachment) -> str | None:
        """Where to download it, once it is here."""
        stored = attachment.state == Attachment.State.STORED
        return reverse("api-attachment", args=[attachment.pk]) if stored else None


class MessageSerializer(RowSerializer):
    """A message and how far it came."""

    kind = serializers.ChoiceField(choices=KINDS, read_only=True)
    conversation = serializers.UUIDField(source="conversation_id", read_only=True)
    staff = PersonSerializer(read_only=True, allow_null=True)
    reply_to = serializers.UUIDField(source="reply_to_id", read_only=True, allow_null=True)
    about = serializers.UUIDField(
        source="about_id",
        read_only=True,
        allow_null=True,
        help_text="The message that a reaction, an edit or a deletion is about, if it is here.",
    )
    reactions = serializers.SerializerMethodField()
    call = serializers.SerializerMethodField()
    place = serializers.SerializerMethodField()
    cards = serializers.SerializerMethodField()
    items = serializers.SerializerMethodField()
    answers = serializers.SerializerMethodField()
    forwarded = serializers.SerializerMethodField()
    template = serializers.SerializerMethodField()
    problem = serializers.SerializerMethodField()
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
            "about",
            "reactions",
            "forwarded",
            "place",
            "cards",
            "items",
            "answers",
            "call",
            "template",
            "state",
            "problem",
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
        extra_kwargs = {
            "price_category": {"help_text": "Meta's word: service, utility, marketing, …"},
            "cost": {"help_text": "In the `currency` of /me; null while it is not known."},
        }

    @extend_schema_field(ReactionSerializer(many=True))
    def get_reactions(self, message: Message) -> list[dict[str, str]]:
        """Each side's last one."""
        known = self.context["reactions"].get(message.provider_message_id, ())
        return [asdict(each) for each in known]

    @extend_schema_field(CallSerializer(allow_null=True))
    def get_call(self, message: Message) -> dict[str, Any] | None:
        """Only of a call."""
        if message.kind != MessageKind.CALL:
            return None
        content = message.content
        ours = content.get("direction") == "out" or message.direction == Direction.OUTBOUND
        permission = content.get("permission")
        return {
            "direction": Direction.OUTBOUND if ours else Direction.INBOUND,
            "ended": "outcome" in content,
            "seconds": content.get("duration") or 0,
            "may_call": permission == "accept" if permission else None,
        }

    @extend_schema_field(PlaceSerializer(allow_null=True))
    def get_place(self, message: Message) -> dict[str, Any] | None:
        """Only of a location."""
        found = contents.place_of(message)
        return asdict(found) if found else None

    @extend_schema_field(CardSerializer(many=True))
    def get_cards(self, message: Message) -> list[dict[str, Any]]:
        """The contact cards that were sent."""
        return [asdict(each) for each in contents.cards_of(message)]

    @extend_schema_field(ItemSerializer(many=True))
    def get_items(self, message: Message) -> list[dict[str, Any]]:
        """The products of an order."""
        return [asdict(each) for each in contents.items_of(message)]

    @extend_schema_field(AnswerSerializer(many=True))
    def get_answers(self, message: Message) -> list[dict[str, Any]]:
        """What was filled into a form."""
        return [asdict(each) for each in contents.answers_of(message)]

    def get_forwarded(self, message: Message) -> bool:
        """Whether the lead passed on what somebody else wrote."""
        return message.content.get("forwarded") is True

    @extend_schema_field(SentTemplateSerializer(allow_null=True))
    def get_template(self, message: Message) -> dict[str, str] | None:
        """Only of a template."""
        used = message.content.get("template")
        known = used if isinstance(used, dict) and message.kind == MessageKind.TEMPLATE else None
        return {name: str(known.get(name)) for name in ("name", "language")} if known else None

    @extend_schema_field(ProblemWordsSerializer(allow_null=True))
    def get_problem(self, message: Message) -> dict[str, str] | None:
        """What the thread in the admin says of it."""
        found = problem_of(message)
        return asdict(found) if found else None

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


class NewFileSerializer(serializers.Serializer[Any]):
    """A file to send."""

    file = serializers.FileField()
    caption = serializers.CharField(
        max_length=CAPTION_LIMIT,
        allow_blank=True,
        default="",
        help_text="What stands below it; a sound cannot have one.",
    )
    reply_to = serializers.UUIDField(
        required=False, help_text="The message of this conversation to quote."
    )


class RetrySerializer(serializers.Serializer[Any]):
    """How to send again."""

    may_duplicate = serializers.BooleanField(
        default=False,
        help_text="Needed for a message in state `unknown`: it may have arrived already.",
    )
