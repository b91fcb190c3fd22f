"""Colleagues, and oneself."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import ensure_csrf_cookie
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api.pagination import ByJoining
from conversations.api.serializers.people import MeSerializer, UserSerializer
from conversations.api.views.base import StaffView
from conversations.models import User
from conversations.services.visibility import visible_staff


@extend_schema(tags=["users"])
@extend_schema_view(get=extend_schema(operation_id="users_list"))
class UserList(StaffView, ListAPIView[User]):
    """Colleagues whom this person may make owner of a lead."""

    queryset = User.objects.none()
    serializer_class = UserSerializer
    filter_backends = ()
    pagination_class = ByJoining

    def get_queryset(self) -> QuerySet[User]:
        """Managers choose among all, salespeople take leads themselves."""
        return visible_staff(self.staff).select_related("salesperson")


@extend_schema(tags=["users"])
@method_decorator(ensure_csrf_cookie, name="dispatch")
class Me(StaffView):
    """Oneself."""

    serializer_class = MeSerializer

    @extend_schema(operation_id="me_retrieve")
    def get(self, _request: Request) -> Response:
        """Who is asking. Sets the CSRF cookie that a frontend with a session needs to write."""
        return Response(MeSerializer(self.staff).data)
