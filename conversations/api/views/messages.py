"""Messages: reading a conversation, writing into it, and deciding about what did not leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api import repeats
from conversations.api.pagination import ByNumber
from conversations.api.problems import DomainError
from conversations.api.serializers.messages import (
    MessageSerializer,
    NewFileSerializer,
    NewMessageSerializer,
    RetrySerializer,
)
from conversations.api.views.base import StaffView, message_rows
from conversations.models import Attachment, Conversation, Message, State
from conversations.services import outbound, outbound_files, reactions
from conversations.services.reactions import Reaction


@extend_schema(tags=["messages"])
class MessageList(StaffView, ListAPIView[Message]):
    """The messages of a conversation."""

    queryset = Message.objects.none()
    filter_backends = ()
    pagination_class = ByNumber
    reactions: Mapping[str, tuple[Reaction, ...]] = MappingProxyType({})

    def get_serializer_class(self) -> type[MessageSerializer | NewMessageSerializer]:
        """Texts come in, messages go out."""
        return NewMessageSerializer if self.request.method == "POST" else MessageSerializer

    def get_queryset(self) -> QuerySet[Message]:
        """Those of one visible conversation."""
        return message_rows(Message.objects.filter(conversation=self.asked))

    @cached_property
    def asked(self) -> Conversation:
        """The conversation of the address."""
        return self.conversation(self.kwargs["conversation_id"])

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Bring the reactions to the messages of the page."""
        page = list(super().paginate_queryset(queryset) or ())
        self.reactions = _reactions_to(self.asked, page)
        return page

    def get_serializer_context(self) -> dict[str, Any]:
        """Hand them over."""
        return {**super().get_serializer_context(), "reactions": self.reactions}

    @extend_schema(operation_id="messages_list")
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Read a conversation, newest message first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="messages_create",
        parameters=[repeats.PARAMETER],
        request=NewMessageSerializer,
        responses={201: MessageSerializer},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:  # noqa: ARG002
        """Queue a text to the lead; from then on staff answers, not the agent."""
        conversation = self.asked
        wanted = self.checked()
        in_reply_to = _provider_id(conversation, wanted.get("reply_to"))

        def send(_request_id: UUID) -> Response:
            message = outbound.queue_staff_message(
                conversation_id=conversation.pk,
                staff=self.staff,
                text=wanted["text"],
                in_reply_to=in_reply_to,
                now=self.now,
            )
            return shown(message.pk, status=201)

        return repeats.answer_once(request, user=self.staff, conversation=conversation, act=send)


@extend_schema(tags=["messages"])
class MessageFile(StaffView):
    """A file to a lead."""

    serializer_class = NewFileSerializer
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="messages_create_file",
        parameters=[repeats.PARAMETER],
        responses={201: MessageSerializer},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Queue a file with its caption; from then on staff answers, not the agent.

        What it is, is told by its bytes: pictures (JPEG, PNG) to 5 MB, sound and video to 16 MB,
        documents to 100 MB.
        """
        conversation = self.conversation(conversation_id)
        wanted = self.checked()
        in_reply_to = _provider_id(conversation, wanted.get("reply_to"))

        def send(file_id: UUID) -> Response:
            # The storage may be far away: no transaction spans the upload, the file's id does.
            if not Attachment.objects.filter(pk=file_id).exists():
                with suppress(outbound_files.QueuedAlreadyError):
                    outbound_files.queue_staff_file(
                        conversation_id=conversation.pk,
                        staff=self.staff,
                        file=wanted["file"],
                        caption=wanted["caption"],
                        now=self.now,
                        in_reply_to=in_reply_to,
                        file_id=file_id,
                    )
            return shown(Attachment.objects.get(pk=file_id).message_id, status=201)

        return repeats.continue_once(request, user=self.staff, conversation=conversation, act=send)


@extend_schema(tags=["messages"])
class MessageRetry(StaffView):
    """Send again."""

    serializer_class = RetrySerializer

    @extend_schema(operation_id="messages_retry", responses=MessageSerializer)
    def post(self, _request: Request, message_id: UUID) -> Response:
        """Queue a failed or unknown message once more."""
        message = self.message(message_id)
        may_duplicate = self.checked()["may_duplicate"]
        if message.state == State.UNKNOWN and not may_duplicate:
            raise DomainError(
                _("It may have arrived. To send it nevertheless, set may_duplicate."),
                code="send_unknown",
            )
        outbound.retry_message(message_id=message.pk, staff=self.staff)
        return shown(message.pk)


@extend_schema(tags=["messages"])
class MessageDiscard(StaffView):
    """Give up."""

    serializer_class = MessageSerializer

    @extend_schema(operation_id="messages_discard", request=None)
    def post(self, _request: Request, message_id: UUID) -> Response:
        """Give a failed, unknown or queued message up."""
        message = self.message(message_id)
        outbound.discard_message(message_id=message.pk, staff=self.staff)
        return shown(message.pk)


def shown(message_id: UUID, status: int = 200) -> Response:
    """Answer with a message as it is now."""
    message = message_rows(Message.objects.select_related("conversation")).get(pk=message_id)
    context = {"reactions": _reactions_to(message.conversation, [message])}
    return Response(MessageSerializer(message, context=context).data, status=status)


def _reactions_to(
    conversation: Conversation, messages: Iterable[Message]
) -> Mapping[str, tuple[Reaction, ...]]:
    """Only what has arrived can have any."""
    ids = [each.provider_message_id for each in messages if each.provider_message_id]
    return reactions.load(conversation, ids) if ids else {}


def _provider_id(conversation: Conversation, message_id: UUID | None) -> str:
    if message_id is None:
        return ""
    rows = Message.objects.filter(
        pk=message_id, conversation=conversation, provider_message_id__isnull=False
    )
    found = rows.values_list("provider_message_id", flat=True).first()
    if not found:
        raise ValidationError(
            {"reply_to": [_("No message of this conversation that can be quoted.")]}
        )
    return found
