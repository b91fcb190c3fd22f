"""Message templates: what there is, what fits a lead, and sending one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api import repeats
from conversations.api.filters import TemplateFilter
from conversations.api.pagination import ByName
from conversations.api.serializers.messages import MessageSerializer
from conversations.api.serializers.templates import (
    FilledTemplateSerializer,
    NewTemplateMessageSerializer,
    TemplateSerializer,
)
from conversations.api.views.base import StaffView
from conversations.api.views.messages import shown
from conversations.models import Conversation, MessageTemplate
from conversations.services import template_messages
from conversations.services.template_messages import TemplateValuesError
from conversations.services.visibility import Role, role_of


@extend_schema(tags=["templates"])
@extend_schema_view(get=extend_schema(operation_id="templates_list"))
class TemplateList(StaffView, ListAPIView[MessageTemplate]):
    """All templates, by name, whatever their state."""

    queryset = MessageTemplate.objects.none()
    serializer_class: type[TemplateSerializer | NewTemplateMessageSerializer] = TemplateSerializer
    filterset_class = TemplateFilter
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[MessageTemplate]:
        """For whoever writes to leads."""
        rows = MessageTemplate.objects.all()
        return rows.none() if role_of(self.staff) is Role.NONE else rows


@extend_schema(tags=["templates"])
class ConversationTemplates(TemplateList):
    """The templates for a lead."""

    def get_serializer_class(
        self,
    ) -> type[FilledTemplateSerializer | NewTemplateMessageSerializer]:
        """One that is filled comes in, those to fill go out."""
        posted = self.request.method == "POST"
        return NewTemplateMessageSerializer if posted else FilledTemplateSerializer

    @cached_property
    def asked(self) -> Conversation:
        """The conversation of the address."""
        return self.conversation(self.kwargs["conversation_id"])

    def get_queryset(self) -> QuerySet[MessageTemplate]:
        """What this lead may get."""
        return template_messages.allowed_for(self.asked.lead)

    def get_serializer_context(self) -> dict[str, Any]:
        """Hand the lead to what fills their name in."""
        return {**super().get_serializer_context(), "lead": self.asked.lead}

    @extend_schema(operation_id="conversation_templates_list")
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Read the approved templates, each filled in for the lead as far as we can."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="messages_create_template",
        parameters=[repeats.PARAMETER],
        request=NewTemplateMessageSerializer,
        responses={201: MessageSerializer},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:  # noqa: ARG002
        """Queue a template, also while the window is closed; then staff answers, not the agent."""
        conversation = self.asked
        wanted = self.checked()

        def send(_request_id: UUID) -> Response:
            message = template_messages.queue_template(
                conversation_id=conversation.pk,
                staff=self.staff,
                template_id=wanted["template"].pk,
                values=wanted["values"],
                now=self.now,
            )
            return shown(message.pk, status=201)

        try:
            return repeats.answer_once(
                request, user=self.staff, conversation=conversation, act=send
            )
        except TemplateValuesError as error:
            raise ValidationError({"values": _said(error)}) from error


def _said(error: TemplateValuesError) -> dict[str, list[ErrorDetail]]:
    return {
        key: [ErrorDetail(str(problem.label), problem.value)]
        for key, problem in error.problems.items()
    }
