"""What is planned to be said unasked, and calling it off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api.pagination import CursorPages
from conversations.api.problems import DomainError
from conversations.api.serializers.follow_ups import FollowUpSerializer
from conversations.api.views.base import StaffView
from conversations.models import FollowUp
from conversations.services import follow_ups
from conversations.services.visibility import visible_follow_ups


@extend_schema(tags=["follow-ups"])
class FollowUpList(StaffView, ListAPIView[FollowUp]):
    """Nudges and reminders of one conversation."""

    queryset = FollowUp.objects.none()
    serializer_class = FollowUpSerializer
    filter_backends = ()
    pagination_class = CursorPages

    def get_queryset(self) -> QuerySet[Any]:
        """Those of a conversation that this person sees."""
        conversation = self.conversation(self.kwargs["conversation_id"])
        return visible_follow_ups(self.staff).filter(conversation=conversation)

    @extend_schema(operation_id="follow_ups_list")
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Read what is planned and what was, the newest plan first."""
        return super().get(request, *args, **kwargs)


@extend_schema(tags=["follow-ups"])
class FollowUpCancel(StaffView):
    """Not at all."""

    serializer_class = FollowUpSerializer

    @extend_schema(operation_id="follow_ups_cancel", request=None, responses=FollowUpSerializer)
    def post(self, _request: Request, follow_up_id: UUID) -> Response:
        """Call one off that is still planned. Of a nudge: no other one follows in this silence."""
        rows = visible_follow_ups(self.staff)
        row = get_object_or_404(rows, pk=follow_up_id)
        try:
            follow_ups.cancel(follow_up_id=row.pk, now=self.now)
        except follow_ups.FollowUpStateError as error:
            raise DomainError(
                _("It was sent or called off meanwhile."), code="follow_up_state"
            ) from error
        return Response(self.get_serializer(rows.get(pk=row.pk)).data)
