"""Pairs of leads that may be one person: who may decide about them, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from conversations.models import IdentityConflict, Lead, User
from conversations.services.visibility import Role, role_of, visible_leads


def visible(user: User) -> QuerySet[IdentityConflict]:
    """Those of which this person may see both sides."""
    seen = visible_leads(user).values("pk")
    return IdentityConflict.objects.filter(first__in=seen, second__in=seen)


def open_count(user: User) -> int:
    """How many pairs wait to be decided that this person sees."""
    return visible(user).filter(resolved_at=None).count()


def open_for(lead: Lead, user: User) -> QuerySet[IdentityConflict]:
    """What is still to be decided about a lead, oldest first."""
    rows = visible(user).filter(Q(first=lead) | Q(second=lead), resolved_at=None)
    return rows.select_related("first", "second").order_by("id")


def may_decide(user: User, *leads: Lead) -> bool:
    """Managers and administrators, or the salesperson who owns all of them."""
    match role_of(user):
        case Role.MANAGER:
            return True
        case Role.SALES:
            return all(lead.owner_id == user.pk for lead in leads)
        case Role.NONE:
            return False


def dismiss(*, conflict_id: int, now: datetime) -> None:
    """They are two people. The same pair is not proposed again."""
    IdentityConflict.objects.filter(pk=conflict_id, resolved_at=None).update(resolved_at=now)


def settle(*, kept: Lead, merged: Lead, now: datetime) -> dict[str, Any]:
    """A merge answers this pair; what was open about the merged lead is about the kept one now."""
    about = Q(first=merged) | Q(second=merged)
    rows = list(IdentityConflict.objects.filter(about, resolved_at=None).order_by("id"))
    made = []
    for row in rows:
        other = row.second_id if row.first_id == merged.pk else row.first_id
        if other != kept.pk:
            low, high = sorted((kept.pk, other))
            again, new = IdentityConflict.objects.get_or_create(
                first_id=low,
                second_id=high,
                defaults={"reason": row.reason, "created_at": row.created_at},
            )
            made += [again.pk] if new else []
    ids = [row.pk for row in rows]
    IdentityConflict.objects.filter(pk__in=ids).update(resolved_at=now)
    return {"settled": ids, "made": made}


def unsettle(noted: Mapping[str, Any]) -> None:
    """Undo `settle`; what was decided meanwhile about the kept lead stays."""
    IdentityConflict.objects.filter(pk__in=noted["made"], resolved_at=None).delete()
    IdentityConflict.objects.filter(pk__in=noted["settled"]).update(resolved_at=None)
