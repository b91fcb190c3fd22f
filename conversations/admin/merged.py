"""Leads that live on in another one: found under their old address, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import badges, dates
from conversations.admin.addresses import lead_url
from conversations.admin.base import id_in, staff_of
from conversations.models import Lead, LeadMerge, User
from conversations.services import merging, proposals
from conversations.services.visibility import visible_leads

if TYPE_CHECKING:
    from conversations.admin.lead import LeadAdmin

ONLY_OWNERS = gettext_lazy(
    "Only managers, or the salesperson who owns both leads, can decide about this."
)


def undo(
    model_admin: LeadAdmin, request: HttpRequest, lead_id: UUID, merge_id: UUID
) -> HttpResponse:
    """Part what was merged into this lead."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    kept = get_object_or_404(model_admin.get_queryset(request), pk=lead_id)
    merge = get_object_or_404(LeadMerge.objects.select_related("merged"), pk=merge_id, kept=kept)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    staff = staff_of(request)
    if not proposals.may_decide(staff, kept, merge.merged):
        messages.error(request, ONLY_OWNERS)
        return redirect(lead_url(kept.pk))
    try:
        merging.undo(merge_id=merge.pk, staff=staff, now=timezone.now())
    except merging.NotTheNewestError:
        messages.error(request, _("Undo the later merge first."))
    else:
        note(staff, kept, f"Merge undone: {merge.merged_id}")
        note(staff, merge.merged, f"Merge undone: {kept.pk}")
        messages.success(
            request,
            _("Undone: they are two leads again. What was written since stayed with this one."),
        )
    return redirect(lead_url(kept.pk))


def merges_of(lead: Lead, user: User) -> list[dict[str, Any]]:
    """What was merged into a lead, newest first; only that one can be undone."""
    return [
        {
            "merge": merge,
            "by": badges.name_of(merge.done_by) or "",
            "at": dates.exactly(merge.done_at),
            "can_undo": place == 0 and proposals.may_decide(user, lead, merge.merged),
        }
        for place, merge in enumerate(merging.standing(lead))
    ]


def kept_lead(lead_id: object, user: User) -> Lead | None:
    """The lead in which a merged one lives on, if this person may see it."""
    merged = id_in(lead_id)
    if merged is None:
        return None
    merged_into = Lead.objects.filter(pk=merged).values("merged_into")
    return visible_leads(user).filter(pk__in=merged_into).first()


def note(staff: User, lead: Lead, words: str) -> None:
    """Into the lead's history."""
    LogEntry.objects.log_actions(staff.pk, [lead], CHANGE, words, single_object=True)
