"""What staff change about a lead at once, without overwriting what they have not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from conversations.models import Lead, Stage, User
from conversations.services import facts, leads


class StaleLeadError(Exception):
    """The lead changed since it was read."""


class LeadChanges(TypedDict, total=False):
    """Only what is to change; an owner of None leaves the lead to nobody."""

    name: str
    email: str
    company: str
    stage: Stage
    owner: User | None


def version_of(lead: Lead) -> str:
    """Another one after any change of the row; `updated_at` alone misses set-based updates."""
    row = [repr(getattr(lead, field.attname)) for field in Lead._meta.concrete_fields]
    return hashlib.sha256("\n".join(row).encode()).hexdigest()[:32]


@transaction.atomic
def edit(
    *,
    visible: QuerySet[Lead],
    lead_id: UUID,
    changes: LeadChanges,
    versions: Collection[str] | None,
    staff: User,
    now: datetime,
) -> None:
    """Change a lead that is still visible, and still one of `versions` where they are given.

    Raises Lead.DoesNotExist or StaleLeadError. A corrected name, e-mail or company is a fact too.
    """
    lead = visible.select_for_update(of=("self",)).get(pk=lead_id)
    if versions is not None and version_of(lead) not in versions:
        raise StaleLeadError
    for key, old, new in (
        ("name", lead.name, changes.get("name", lead.name)),
        ("email", lead.email, changes.get("email", lead.email)),
        ("company", lead.company, changes.get("company", lead.company)),
    ):
        if new != old:
            facts.correct(lead_id=lead_id, key=key, value=new, staff=staff, now=now)
    if "stage" in changes:
        leads.set_stage(lead_id=lead_id, stage=changes["stage"])
    if "owner" in changes:
        leads.assign(lead_id=lead_id, owner=changes["owner"])
