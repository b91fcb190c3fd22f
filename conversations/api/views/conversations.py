"""Conversations, who answers them, and the times to offer."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api.filters import ConversationFilter
from conversations.api.pagination import ByLastMessage
from conversations.api.problems import DomainError
from conversations.api.serializers.conversations import ConversationSerializer
from conversations.api.serializers.meetings import SlotListSerializer, SlotWishSerializer
from conversations.api.views.base import StaffView, conversation_rows
from conversations.models import Conversation
from conversations.services import handoff, leads, meetings
from conversations.services.visibility import visible_conversations
from integrations import registry


@extend_schema(tags=["conversations"])
@extend_schema_view(get=extend_schema(operation_id="conversations_list"))
class ConversationList(StaffView, ListAPIView[Conversation]):
    """Conversations, those that moved last first."""

    queryset = Conversation.objects.none()
    serializer_class = ConversationSerializer
    filterset_class = ConversationFilter
    pagination_class = ByLastMessage

    def get_queryset(self) -> QuerySet[Conversation]:
        """Only those that this person sees."""
        return conversation_rows(visible_conversations(self.staff))


class ConversationView(StaffView):
    """A door to one conversation."""

    serializer_class = ConversationSerializer

    def answer(self, conversation_id: UUID) -> Response:
        """Show it as it is now."""
        row = conversation_rows(Conversation.objects.all()).get(pk=conversation_id)
        return Response(self.get_serializer(row).data)


@extend_schema(tags=["conversations"])
class ConversationDetail(ConversationView):
    """One conversation."""

    @extend_schema(operation_id="conversations_retrieve")
    def get(self, _request: Request, conversation_id: UUID) -> Response:
        """Read a conversation."""
        return Response(self.get_serializer(self.conversation(conversation_id)).data)


@extend_schema(tags=["conversations"])
class TakeOver(ConversationView):
    """From the agent to staff."""

    @extend_schema(operation_id="conversations_take_over", request=None)
    def post(self, _request: Request, conversation_id: UUID) -> Response:
        """Answer yourself from now on; nothing the agent had queued leaves."""
        conversation = self.conversation(conversation_id)
        handoff.take_over(conversation_id=conversation.pk, staff=self.staff, now=self.now)
        return self.answer(conversation_id)


@extend_schema(tags=["conversations"])
class Release(ConversationView):
    """From staff back to the agent."""

    @extend_schema(operation_id="conversations_release", request=None)
    def post(self, _request: Request, conversation_id: UUID) -> Response:
        """Let the agent answer what the lead writes from now on."""
        conversation = self.conversation(conversation_id)
        handoff.release(conversation_id=conversation.pk, now=self.now)
        return self.answer(conversation_id)


@extend_schema(tags=["conversations"])
class MarkRead(ConversationView):
    """No longer unread."""

    @extend_schema(operation_id="conversations_mark_read", request=None)
    def post(self, _request: Request, conversation_id: UUID) -> Response:
        """Note that somebody has seen it. The lead is not told."""
        conversation = self.conversation(conversation_id)
        leads.mark_read(conversation_id=conversation.pk)
        return self.answer(conversation_id)


@extend_schema(tags=["meetings"])
class SlotList(StaffView):
    """Times to offer."""

    serializer_class = SlotWishSerializer

    @extend_schema(
        operation_id="slots_list", parameters=[SlotWishSerializer], responses=SlotListSerializer
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """Find up to six free times, near the wish where it cannot be met. Nothing is stored or
        kept free: booking looks again."""
        conversation = self.conversation(conversation_id)
        wish = self.checked(request.query_params)
        offer = meetings.find_slots(
            conversation_id=conversation.pk,
            wish=meetings.Wish(day=wish.get("day"), part=wish.get("part", "")),
            calendar=registry.calendar(),
            now=self.now,
        )
        if offer.problem == "calendar_down":
            raise DomainError(
                _("The calendar does not answer. Try again in a minute."),
                code="calendar_unavailable",
                status_code=503,
            )
        return Response(
            SlotListSerializer({"results": offer.slots, "next": None, "previous": None}).data
        )
