"""Messages: reading a conversation, writing into it, and deciding about what did not leave."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api import repeats
from conversations.api.pagination import ByNumber
from conversations.api.problems import DomainError
from conversations.api.serializers.messages import (
    MessageSerializer,
    NewMessageSerializer,
    RetrySerializer,
)
from conversations.api.views.base import StaffView, message_rows
from conversations.models import Conversation, Message, State
from conversations.services import outbound


@extend_schema(tags=["messages"])
class MessageList(StaffView, ListAPIView[Message]):
    """The messages of a conversation."""

    queryset = Message.objects.none()
    filter_backends = ()
    pagination_class = ByNumber

    def get_serializer_class(self) -> type[MessageSerializer | NewMessageSerializer]:
        """Texts come in, messages go out."""
        return NewMessageSerializer if self.request.method == "POST" else MessageSerializer

    def get_queryset(self) -> QuerySet[Message]:
        """Those of one visible conversation."""
        conversation = self.conversation(self.kwargs["conversation_id"])
        return message_rows(Message.objects.filter(conversation=conversation))

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
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Queue a text to the lead; from then on staff answers, not the agent."""
        conversation = self.conversation(conversation_id)
        wanted = self.checked()
        quoted = wanted.get("reply_to")
        in_reply_to = _provider_id(conversation, quoted) if quoted else ""

        def send(_request_id: UUID) -> Response:
            message = outbound.queue_staff_message(
                conversation_id=conversation.pk,
                staff=self.staff,
                text=wanted["text"],
                in_reply_to=in_reply_to,
                now=self.now,
            )
            return _answer(message.pk, status=201)

        return repeats.answer_once(request, user=self.staff, conversation=conversation, act=send)


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
        return _answer(message.pk)


@extend_schema(tags=["messages"])
class MessageDiscard(StaffView):
    """Give up."""

    serializer_class = MessageSerializer

    @extend_schema(operation_id="messages_discard", request=None)
    def post(self, _request: Request, message_id: UUID) -> Response:
        """Give a failed, unknown or queued message up."""
        message = self.message(message_id)
        outbound.discard_message(message_id=message.pk, staff=self.staff)
        return _answer(message.pk)


def _answer(message_id: UUID, status: int = 200) -> Response:
    message = message_rows(Message.objects.all()).get(pk=message_id)
    return Response(MessageSerializer(message).data, status=status)


def _provider_id(conversation: Conversation, message_id: UUID) -> str:
    rows = Message.objects.filter(
        pk=message_id, conversation=conversation, provider_message_id__isnull=False
    )
    found = rows.values_list("provider_message_id", flat=True).first()
    if not found:
        raise ValidationError(
            {"reply_to": [_("No message of this conversation that can be quoted.")]}
        )
    return found
