"""Leads."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api.filters import LeadFilter
from conversations.api.serializers.leads import (
    LeadDetailSerializer,
    LeadPatchSerializer,
    LeadSerializer,
)
from conversations.api.views.base import StaffView, lead_rows
from conversations.models import Lead
from conversations.services import lead_edits
from conversations.services.visibility import visible_leads, visible_staff

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of the lead as it was read; 412 if it has changed since.",
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200], description="The lead's version."
)


@extend_schema(tags=["leads"])
@extend_schema_view(get=extend_schema(operation_id="leads_list"))
class LeadList(StaffView, ListAPIView[Lead]):
    """Leads, newest first."""

    queryset = Lead.objects.none()
    serializer_class = LeadSerializer
    filterset_class = LeadFilter

    def get_queryset(self) -> QuerySet[Lead]:
        """Only those that this person sees."""
        return lead_rows(visible_leads(self.staff))


@extend_schema(tags=["leads"])
class LeadDetail(StaffView):
    """One lead."""

    serializer_class = LeadPatchSerializer

    @extend_schema(
        operation_id="leads_retrieve",
        parameters=[ETAG],
        request=None,
        responses=LeadDetailSerializer,
    )
    def get(self, _request: Request, lead_id: UUID) -> Response:
        """Read a lead; its version is in the ETag header."""
        return _answer(self.lead(lead_id))

    @extend_schema(
        operation_id="leads_update",
        parameters=[IF_MATCH, ETAG],
        request=LeadPatchSerializer,
        responses=LeadDetailSerializer,
    )
    def patch(self, request: Request, lead_id: UUID) -> Response:
        """Change a lead. A corrected name, e-mail or company becomes a fact too."""
        try:
            lead_edits.edit(
                visible=visible_leads(self.staff),
                lead_id=lead_id,
                changes=lead_edits.LeadChanges(**self.checked()),  # type: ignore[typeddict-item]
                versions=_versions(request),
                staff=self.staff,
                now=self.now,
            )
        except Lead.DoesNotExist as error:
            self.lead(lead_id)  # says where a merged one is
            raise Http404 from error
        return _answer(lead_rows(Lead.objects.all()).get(pk=lead_id))

    def get_serializer(self, *args: Any, **kwargs: Any) -> LeadPatchSerializer:
        """Owners can only be chosen among those this person may choose."""
        return LeadPatchSerializer(*args, owners=visible_staff(self.staff), **kwargs)


def _answer(lead: Lead) -> Response:
    etag = f'"{lead_edits.version_of(lead)}"'
    return Response(LeadDetailSerializer(lead).data, headers={"ETag": etag})


def _versions(request: Request) -> Collection[str] | None:
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    # Proxies that compress mark our tags as weak on the way out.
    return {etag.removeprefix("W/").strip('"') for etag in parse_etags(given)}
