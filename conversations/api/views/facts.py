"""What we know of leads, what was known before, and what waits for a colleague's decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api.serializers.facts import (
    FactPatchSerializer,
    FactProposalSerializer,
    FactSerializer,
    FactValueSerializer,
)
from conversations.api.serializers.leads import LeadPatchSerializer
from conversations.api.views.base import StaffView
from conversations.models import Fact, FactProposal
from conversations.services import facts
from conversations.services.visibility import visible_leads

KEY_LENGTH = 64


class FactRows(StaffView, ListAPIView[Fact]):
    """Facts of one lead."""

    queryset = Fact.objects.none()
    serializer_class = FactSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Fact]:
        """All there ever were."""
        lead = self.lead(self.kwargs["lead_id"])
        return Fact.objects.filter(lead=lead).select_related("staff")


@extend_schema(tags=["facts"])
@extend_schema_view(get=extend_schema(operation_id="facts_list"))
class FactList(FactRows):
    """What holds of a lead now, last learned first."""

    def get_queryset(self) -> QuerySet[Fact]:
        """Superseded facts are history."""
        return super().get_queryset().filter(superseded_at=None)


@extend_schema(tags=["facts"])
@extend_schema_view(get=extend_schema(operation_id="facts_history"))
class FactHistory(FactRows):
    """Everything that holds or ever held of a lead, last learned first."""


@extend_schema(tags=["facts"])
class FactDetail(StaffView):
    """One fact of a lead."""

    serializer_class = FactValueSerializer

    @extend_schema(
        operation_id="facts_correct", request=FactValueSerializer, responses=FactSerializer
    )
    def put(self, _request: Request, lead_id: UUID, key: str) -> Response:
        """Store what a colleague knows better; what was there before becomes history."""
        return self._correct(lead_id, key, self.checked())

    @extend_schema(
        operation_id="facts_update", request=FactPatchSerializer, responses=FactSerializer
    )
    def patch(self, request: Request, lead_id: UUID, key: str) -> Response:
        """Correct a fact, lock it, or both: of a locked one the agent only proposes another
        answer."""
        given = FactPatchSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if "value" in given.validated_data:
            return self._correct(lead_id, key, given.validated_data)
        rows = Fact.objects.filter(lead=self.lead(lead_id), superseded_at=None)
        fact = get_object_or_404(rows.select_related("staff"), key=key)
        if "locked" in given.validated_data:
            fact = facts.set_lock(
                lead_id=fact.lead_id,
                key=key,
                locked=given.validated_data["locked"],
                now=self.now,
            )
        return Response(FactSerializer(fact).data)

    def _correct(self, lead_id: UUID, key: str, given: dict[str, Any]) -> Response:
        lead = self.lead(lead_id)
        fact = facts.correct(
            lead_id=lead.pk,
            key=key,
            value=_fitting(key, given["value"]),
            staff=self.staff,
            now=self.now,
            lock=given.get("locked"),
        )
        return Response(FactSerializer(fact).data)


@extend_schema(tags=["facts"])
@extend_schema_view(get=extend_schema(operation_id="fact_proposals_list"))
class FactProposalList(StaffView, ListAPIView[FactProposal]):
    """What the lead said where another answer is locked, last heard first; decided ones too."""

    queryset = FactProposal.objects.none()
    serializer_class = FactProposalSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[FactProposal]:
        """Of one lead."""
        lead = self.lead(self.kwargs["lead_id"])
        return FactProposal.objects.filter(lead=lead).select_related("decided_by")


@extend_schema(tags=["facts"])
class ProposalDecision(StaffView):
    """A colleague decides."""

    serializer_class = FactProposalSerializer

    def decide(self, proposal_id: UUID, act: Callable[..., object]) -> Response:
        """Do it if it still waits, and show what became of it."""
        rows = FactProposal.objects.filter(lead__in=visible_leads(self.staff))
        proposal = get_object_or_404(rows, pk=proposal_id)
        act(proposal_id=proposal.pk, staff=self.staff, now=self.now)
        return Response(FactProposalSerializer(rows.get(pk=proposal_id)).data)


@extend_schema(tags=["facts"])
class AcceptProposal(ProposalDecision):
    """The lead is right."""

    @extend_schema(operation_id="fact_proposals_accept", request=None)
    def post(self, _request: Request, proposal_id: UUID) -> Response:
        """Make it the fact, with its words; the lock stays and the score is counted again."""
        return self.decide(proposal_id, facts.accept)


@extend_schema(tags=["facts"])
class DismissProposal(ProposalDecision):
    """The locked answer is right."""

    @extend_schema(operation_id="fact_proposals_dismiss", request=None)
    def post(self, _request: Request, proposal_id: UUID) -> Response:
        """Keep the locked answer."""
        return self.decide(proposal_id, facts.dismiss)


def _fitting(key: str, value: Any) -> Any:
    """Facts that are also columns of the lead obey the same rules as those."""
    if len(key) > KEY_LENGTH:
        raise Http404
    if key not in facts.COLUMNS:
        return value
    column = LeadPatchSerializer(data={key: value})
    column.is_valid(raise_exception=True)
    return column.validated_data[key]
