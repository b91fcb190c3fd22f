"""Leads that may be one person, and those that were merged."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer
from conversations.api.serializers.leads import LeadSummarySerializer
from conversations.api.serializers.people import PersonSerializer
from conversations.models import IdentityConflict, LeadMerge
from conversations.services import proposals


class ProposalSerializer(RowSerializer):
    """Two leads that may be one person, until somebody decides."""

    first = LeadSummarySerializer(read_only=True)
    second = LeadSummarySerializer(read_only=True)
    may_decide = serializers.SerializerMethodField()

    class Meta:
        model = IdentityConflict
        fields = ("first", "second", "reason", "may_decide", "created_at")

    def get_may_decide(self, proposal: IdentityConflict) -> bool:
        """Managers, or the salesperson who owns both."""
        return proposals.may_decide(self.context["request"].user, proposal.first, proposal.second)


class OtherLeadSerializer(serializers.Serializer[Any]):
    """The other one of the two."""

    lead = serializers.UUIDField()


class MergeSerializer(RowSerializer):
    """A merge: `merged` lives on in `kept` until it is undone."""

    kept = serializers.UUIDField(source="kept_id", read_only=True)
    merged = LeadSummarySerializer(read_only=True)
    done_by = PersonSerializer(read_only=True, allow_null=True)
    undone_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = LeadMerge
        fields = ("id", "kept", "merged", "done_by", "done_at", "undone_by", "undone_at")
