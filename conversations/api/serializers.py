"""What the API shows, field by field. Times are UTC; people are named by their UUID."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.models import (
    Attachment,
    Conversation,
    Fact,
    Lead,
    Meeting,
    Message,
    Stage,
    User,
)
from conversations.services.outbound import TEXT_LIMIT
from conversations.services.visibility import Role, role_of

FACT_LENGTH = 500
LARGEST_NUMBER = 1e15


class UtcField(serializers.DateTimeField):
    """RFC 3339 with a Z, whatever the business's own zone is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class RowSerializer(serializers.ModelSerializer[Any]):
    """Shows rows."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: UtcField,
    }


class PersonSerializer(serializers.ModelSerializer[User]):
    """A colleague, as other resources name them."""

    name = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "name")

    def get_name(self, user: User) -> str:
        """Full name, or what they log in with."""
        return user.get_full_name() or user.get_username()


class UserSerializer(PersonSerializer):
    """A colleague."""

    takes_meetings = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "name", "username", "takes_meetings")

    def get_takes_meetings(self, user: User) -> bool:
        """Whether leads are offered their times."""
        host = getattr(user, "salesperson", None)
        return host is not None and host.takes_meetings


class MeSerializer(UserSerializer):
    """Who is asking, and how far they see."""

    role = serializers.SerializerMethodField()
    time_zone = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "name", "username", "email", "role", "time_zone", "takes_meetings")

    @extend_schema_field(
        serializers.ChoiceField(choices=[(role.value, role.value) for role in Role])
    )
    def get_role(self, user: User) -> str:
        """Managers see all leads, sales their own and unowned ones."""
        return role_of(user).value

    def get_time_zone(self, user: User) -> str:
        """Their own, or the business's."""
        host = getattr(user, "salesperson", None)
        return host.time_zone if host else str(settings.TIME_ZONE)


class ScoreLineSerializer(serializers.Serializer[Any]):
    """A rule of the playbook that counted, and the words that met it."""

    label = serializers.DictField(  # type: ignore[assignment]  # shadows Field.label
        child=serializers.CharField(), help_text="By language."
    )
    points = serializers.IntegerField()
    key = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    quote = serializers.CharField(allow_blank=True)


class LeadSerializer(RowSerializer):
    """A lead."""

    display_name = serializers.CharField(source="__str__", read_only=True)
    owner = PersonSerializer(read_only=True, allow_null=True)
    score_lines = ScoreLineSerializer(many=True, read_only=True)
    conversation = serializers.UUIDField(source="conversation_key", read_only=True, allow_null=True)

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
            "opted_out_at",
            "marketing_opted_out_at",
            "conversation",
            "created_at",
        )


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


class FactSerializer(RowSerializer):
    """An answer, and the words of the message that it comes from; or who typed it."""

    message = serializers.UUIDField(source="message_id", read_only=True, allow_null=True)
    staff = PersonSerializer(read_only=True, allow_null=True)
    learned_at = UtcField(source="created_at", read_only=True)

    class Meta:
        model = Fact
        fields = ("id", "key", "value", "quote", "message", "staff", "learned_at")


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


class FactValueSerializer(serializers.Serializer[Any]):
    """What a colleague knows better."""

    value = FactValueField()


class LeadSummarySerializer(serializers.ModelSerializer[Lead]):
    """A lead, as other resources show it."""

    display_name = serializers.CharField(source="__str__", read_only=True)
    owner = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Lead
        fields = ("id", "display_name", "stage", "temperature", "score", "owner")


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
            "last_inbound_at",
            "last_message_at",
            "last_message_text",
            "created_at",
        )

    def get_window_open(self, conversation: Conversation) -> bool:
        """Whether free text may be sent now."""
        now: datetime = self.context["now"]
        return bool(conversation.window_expires_at and conversation.window_expires_at > now)


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """A file of a message."""

    class Meta:
        model = Attachment
        fields = ("id", "mime_type", "filename", "size", "state")


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


class ProblemItemSerializer(serializers.Serializer[Any]):
    """One thing that is wrong with the request."""

    pointer = serializers.CharField(help_text="JSON pointer, or the parameter's name after “/”.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Why a request was not carried out (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable; docs/api.md lists them.")
    detail = serializers.CharField(help_text="For people, in their language.")
    errors = ProblemItemSerializer(many=True)  # type: ignore[assignment]  # shadows .errors
    request_id = serializers.CharField()
