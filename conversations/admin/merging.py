"""Merge proposals: two leads side by side, and who of them stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseNotAllowed,
)
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import badges, dates
from conversations.admin.addresses import lead_url, thread_url
from conversations.admin.base import Page, ReadOnlyAdmin, staff_of
from conversations.admin.bubbles import last_words
from conversations.admin.meeting_lines import MeetingLine, load_meetings
from conversations.admin.merged import ONLY_OWNERS, note
from conversations.models import Direction, IdentityConflict, Lead, User
from conversations.services import merge_journal, merge_rules, merging, proposals

DIFFERENT = "different"


@dataclass(frozen=True)
class Side:
    """One of the two leads."""

    lead: Lead
    joined_name: str
    url: str
    thread_url: str
    identities: tuple[str, ...]
    last_words: str
    last_at: str
    message_count: int
    meetings: tuple[MeetingLine, ...]
    owner: str
    stage: str


@admin.register(IdentityConflict)
class IdentityConflictAdmin(ReadOnlyAdmin[IdentityConflict]):
    """Two leads that may be one person: for whoever sees both of them."""

    list_display = ("pair", "numbers", "decided", "reason_shown", "created_at")
    list_select_related = ("first__conversation", "second__conversation")
    ordering = (F("resolved_at").desc(nulls_first=True), "-created_at", "-id")
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdentityConflict]:
        """Keep those of which the viewer may see both sides."""
        rows = proposals.visible(staff_of(request)).order_by(*self.ordering)
        return rows.select_related(*self.list_select_related)

    def pages(self) -> list[Page]:
        """The button that decides."""
        return [("<int:conflict_id>/decide/", self.decide, "decide")]

    def has_view_permission(
        self, request: HttpRequest, obj: IdentityConflict | None = None
    ) -> bool:
        """Whoever may see leads."""
        return bool(request.user.has_perm("conversations.view_lead"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say what there is to do."""
        context = {"title": _("Merge proposals"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def page_context(self, request: HttpRequest, row: IdentityConflict) -> dict[str, Any]:
        """Both leads, and what may be done."""
        leads = (row.first, row.second)
        return {
            "title": _("Are they the same person?"),
            "subtitle": "",
            "reason": conflict_reason(row),
            "sides": [side_of(*pair) for pair in (leads, leads[::-1])],
            "may_decide": row.resolved_at is None
            and request.user.has_perm("conversations.change_lead")
            and proposals.may_decide(staff_of(request), *leads),
            "both_meet": merging.have_both_meetings(*leads),
            "decide_url": reverse("admin:conversations_identityconflict_decide", args=[row.pk]),
            "different": DIFFERENT,
        }

    def decide(self, request: HttpRequest, conflict_id: int) -> HttpResponse:
        """Merge into the lead that was chosen, or note that they are two people."""
        if not request.user.has_perm("conversations.change_lead"):
            raise PermissionDenied
        conflict = get_object_or_404(self.get_queryset(request), pk=conflict_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        answer = request.POST.get("answer", "")
        leads = {str(lead.pk): lead for lead in (conflict.first, conflict.second)}
        if answer not in {DIFFERENT, *leads}:
            return HttpResponseBadRequest()
        if not proposals.may_decide(staff_of(request), *leads.values()):
            messages.error(request, ONLY_OWNERS)
        elif answer == DIFFERENT:
            proposals.dismiss(conflict_id=conflict.pk, now=timezone.now())
            messages.success(request, _("Noted: they are two people."))
        else:
            kept = leads.pop(answer)
            return _merge(request, conflict, kept, *leads.values())
        return redirect(conflict_url(conflict.pk))

    @admin.display(description=gettext_lazy("leads"))
    def pair(self, conflict: IdentityConflict) -> SafeString:
        """Who, and the last words of each."""
        return _lines(conflict, lambda lead: (lead, last_words(lead.conversation) or "–"))

    @admin.display(description=gettext_lazy("numbers"))
    def numbers(self, conflict: IdentityConflict) -> SafeString:
        """By which they are known."""
        return _lines(conflict, lambda lead: (lead.phone_number or "–", lead.username))

    @admin.display(description=gettext_lazy("reason"))
    def reason_shown(self, conflict: IdentityConflict) -> str:
        """Why, in the viewer's language."""
        return conflict_reason(conflict)

    @admin.display(description=gettext_lazy("decided"))
    def decided(self, conflict: IdentityConflict) -> SafeString:
        """Whether there is anything to do."""
        if conflict.resolved_at is None:
            return badges.badge(_("To decide"), "amber")
        return badges.badge(_("Not the same person"))


def proposal_url(lead: Lead, user: User) -> str:
    """Where to decide whether this lead is somebody else too."""
    conflict = proposals.open_for(lead, user).values_list("pk", flat=True).first()
    return conflict_url(conflict) if conflict else ""


def conflict_url(conflict_id: int) -> str:
    """Where a proposal is."""
    return reverse("admin:conversations_identityconflict_change", args=[conflict_id])


def conflict_reason(conflict: IdentityConflict) -> str:
    """What made us think so; services write it in English."""
    known = {"One message named both leads.": _("One message named both leads.")}
    return known.get(conflict.reason, conflict.reason)


def side_of(lead: Lead, other: Lead) -> Side:
    """What tells whether it is the same person."""
    conversation = lead.conversation
    said = conversation.messages.filter(direction=Direction.INBOUND).exclude(text="")
    words, when = said.order_by("-number").values_list("text", "occurred_at").first() or (
        last_words(conversation),
        conversation.last_message_at,
    )
    return Side(
        lead=lead,
        joined_name=merge_rules.joined_name(
            lead, other, locked=merge_journal.locked_columns(lead, other)
        ),
        url=lead_url(lead.pk),
        thread_url=thread_url(conversation.pk),
        identities=tuple(
            lead.identities.order_by("created_at", "id").values_list("value", flat=True)
        ),
        last_words=words[:300],
        last_at=dates.exactly(when),
        message_count=conversation.messages.count(),
        meetings=load_meetings(lead=lead),
        owner=badges.name_of(lead.owner) or "",
        stage=badges.stage_badge(lead.stage),
    )


def _merge(
    request: HttpRequest, conflict: IdentityConflict, kept: Lead, merged: Lead
) -> HttpResponse:
    staff = staff_of(request)
    try:
        merging.merge(kept_id=kept.pk, merged_id=merged.pk, staff=staff, now=timezone.now())
    except merging.BothHaveMeetingsError:
        messages.error(request, _("Both have a meeting ahead: cancel one of them first."))
        return redirect(conflict_url(conflict.pk))
    except merging.AlreadyMergedError:
        messages.error(request, _("One of the two was merged already."))
        return redirect("admin:conversations_identityconflict_changelist")
    note(staff, kept, f"Merged with {merged.pk}")
    note(staff, merged, f"Merged into {kept.pk}")
    messages.success(request, _("Merged: everything is with this lead now."))
    return redirect(lead_url(kept.pk))


def _lines(conflict: IdentityConflict, of: Any) -> SafeString:
    both = (of(lead) for lead in (conflict.first, conflict.second))
    return format_html_join("", "{}", ((badges.two_lines(*each),) for each in both))
