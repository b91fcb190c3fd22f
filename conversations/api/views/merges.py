"""Leads that may be one person: proposals, merging, parting again."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api.pagination import ByMerging, ByProposal
from conversations.api.serializers.merges import (
    MergeSerializer,
    OtherLeadSerializer,
    ProposalSerializer,
)
from conversations.api.views.base import StaffView
from conversations.models import IdentityConflict, Lead, LeadMerge, User
from conversations.services import merging, proposals
from conversations.services.visibility import visible_leads


@extend_schema(tags=["merges"])
@extend_schema_view(get=extend_schema(operation_id="proposals_list"))
class ProposalList(StaffView, ListAPIView[IdentityConflict]):
    """Pairs of leads that may be one person, the newest first: nobody has decided yet."""

    queryset = IdentityConflict.objects.none()
    serializer_class = ProposalSerializer
    filter_backends = ()
    pagination_class = ByProposal

    def get_queryset(self) -> QuerySet[IdentityConflict]:
        """Only those of which this person sees both."""
        rows = proposals.visible(self.staff).filter(resolved_at=None)
        return rows.select_related("first__owner", "second__owner")


class PairView(StaffView):
    """A door to a proposed pair."""

    serializer_class: type[OtherLeadSerializer | MergeSerializer] = OtherLeadSerializer

    def proposal(self, lead_id: UUID) -> tuple[Lead, IdentityConflict]:
        """Find what is proposed of these two, for whoever may decide about it."""
        lead, other = self.lead(lead_id), self.checked()["lead"]
        pair = proposals.open_for(lead, self.staff).filter(Q(first=other) | Q(second=other))
        found = pair.first()
        if found is None or other == lead.pk:
            raise ValidationError({"lead": [_("Nobody proposed that these two are one.")]})
        refuse_unless_allowed(self.staff, found.first, found.second)
        return lead, found


@extend_schema(tags=["merges"])
class LeadMerges(PairView, ListAPIView[LeadMerge]):
    """What was merged into a lead."""

    queryset = LeadMerge.objects.none()
    filter_backends = ()
    pagination_class = ByMerging

    def get_serializer_class(self) -> type[OtherLeadSerializer | MergeSerializer]:
        """The other lead comes in, merges go out."""
        return OtherLeadSerializer if self.request.method == "POST" else MergeSerializer

    def get_queryset(self) -> QuerySet[LeadMerge]:
        """What stands."""
        return merge_rows(merging.standing(self.lead(self.kwargs["lead_id"])))

    @extend_schema(operation_id="merges_list")
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Read what was merged into a lead, newest first: that one can be undone."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="merges_create",
        request=OtherLeadSerializer,
        responses={201: MergeSerializer},
    )
    def post(self, _request: Request, lead_id: UUID) -> Response:
        """Merge the other lead of a proposal into this one: all it has moves here."""
        kept, proposal = self.proposal(lead_id)
        merged = proposal.second if proposal.first == kept else proposal.first
        merge = merging.merge(kept_id=kept.pk, merged_id=merged.pk, staff=self.staff, now=self.now)
        return _shown(merge.pk, status=201)


@extend_schema(tags=["merges"])
class LeadDifferent(PairView):
    """They are two people."""

    @extend_schema(
        operation_id="proposals_dismiss", request=OtherLeadSerializer, responses={204: None}
    )
    def post(self, _request: Request, lead_id: UUID) -> Response:
        """Note that this lead and the other one of a proposal are two people: it is not proposed
        again."""
        _lead, proposal = self.proposal(lead_id)
        proposals.dismiss(conflict_id=proposal.pk, now=self.now)
        return Response(status=204)


@extend_schema(tags=["merges"])
class MergeUndo(StaffView):
    """They are two leads again."""

    serializer_class = MergeSerializer

    @extend_schema(operation_id="merges_undo", request=None)
    def post(self, _request: Request, merge_id: UUID) -> Response:
        """Part them; what was written since stays with the kept one. Again: changes nothing."""
        rows = LeadMerge.objects.filter(kept__in=visible_leads(self.staff))
        merge = get_object_or_404(rows.select_related("kept", "merged"), pk=merge_id)
        refuse_unless_allowed(self.staff, merge.kept, merge.merged)
        merging.undo(merge_id=merge.pk, staff=self.staff, now=self.now)
        return _shown(merge.pk)


def refuse_unless_allowed(staff: User, *leads: Lead) -> None:
    """Whoever sees both may still not be the one to decide."""
    if not proposals.may_decide(staff, *leads):
        raise PermissionDenied(
            _("Only managers, or the salesperson who owns both leads, can decide about this.")
        )


def merge_rows(rows: QuerySet[LeadMerge]) -> QuerySet[LeadMerge]:
    """Bring what MergeSerializer shows."""
    return rows.select_related("merged__owner", "done_by", "undone_by")


def _shown(merge_id: UUID, status: int = 200) -> Response:
    return Response(
        MergeSerializer(merge_rows(LeadMerge.objects.all()).get(pk=merge_id)).data, status=status
    )
