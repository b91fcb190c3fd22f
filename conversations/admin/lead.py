"""Leads: the list, and one lead with everything we know and why."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from conversations.admin import (
    answers,
    badges,
    corrections,
    labels,
    merged,
    merging,
    panel,
    regions,
)
from conversations.admin.addresses import lead_url, thread_url
from conversations.admin.base import CrmAdmin, Page, staff_of
from conversations.admin.bubbles import last_words
from conversations.admin.filters import AdFilter, OwnerFilter
from conversations.models import Conversation, Lead, Stage, User
from conversations.services import leads, proposals
from conversations.services.lead_search import leads_matching
from conversations.services.visibility import visible_leads, visible_staff

if TYPE_CHECKING:
    LeadModelForm = forms.ModelForm[Lead]
    AnyChoiceField = forms.ModelChoiceField[User]
else:
    LeadModelForm = forms.ModelForm
    AnyChoiceField = forms.ModelChoiceField

# What the ledger notes of a switch in WhatsApp; all else in it are somebody's own words.
CONSENT_WORDS = {
    "WhatsApp: marketing messages off": _("WhatsApp: marketing messages off"),
    "WhatsApp: marketing messages on": _("WhatsApp: marketing messages on"),
}


class ColleagueField(AnyChoiceField):
    """Colleagues by name."""

    def label_from_instance(self, obj: User) -> str:
        """Call a colleague by name where there is one."""
        return badges.name_of(obj) or ""


class LeadForm(LeadModelForm):
    """What staff decide about a lead; the rest is learned."""

    class Meta:
        model = Lead
        fields = ("stage", "owner")
        field_classes = {"owner": ColleagueField}


@admin.register(Lead)
class LeadAdmin(CrmAdmin[Lead]):
    """People who wrote to us, newest first."""

    form = LeadForm
    list_display = (
        "name_and_words",
        "stage_shown",
        "score_shown",
        "owner_shown",
        "source",
        "last_activity",
    )
    list_filter = ("stage", "temperature", OwnerFilter, "source", AdFilter)
    list_select_related = ("owner", "conversation")
    ordering = ("-created_at", "-id")
    search_fields = ("name",)
    search_help_text = _("Name, phone, e-mail or company")
    actions = None
    fields = ("stage", "owner")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        """Keep what the viewer may see."""
        return visible_leads(staff_of(request)).order_by(*self.ordering)

    def get_form(
        self, request: HttpRequest, obj: Lead | None = None, change: bool = False, **kwargs: Any
    ) -> type[LeadModelForm]:
        """Offer colleagues whom the viewer may make owner, and who it is now."""
        form = super().get_form(request, obj, change, **kwargs)
        # The class is made for this request, and its fields with it.
        owner = form.base_fields.get("owner")
        if isinstance(owner, ColleagueField):
            colleagues = visible_staff(staff_of(request))
            if obj and obj.owner_id:
                colleagues |= User.objects.filter(pk=obj.owner_id)
            owner.queryset = colleagues.order_by("first_name", "username")
        return form

    def pages(self) -> list[Page]:
        """What is done with facts, and the way back from a merge."""
        pages: list[Page] = [
            ("facts/<str:key>/", corrections.correct, "correct"),
            ("facts/<str:key>/<slug:action>/", answers.lock, "lock"),
            ("proposals/<uuid:proposal_id>/<slug:action>/", answers.decide, "decide"),
            ("answers/", answers.history, "answers"),
            ("merges/<uuid:merge_id>/undo/", merged.undo, "undo_merge"),
        ]
        return [(f"<uuid:lead_id>/{tail}", partial(view, self), name) for tail, view, name in pages]

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """A lead that was merged lives on in another one."""
        kept = merged.kept_lead(object_id, staff_of(request))
        if kept is not None:
            return redirect(lead_url(kept.pk))
        missing: HttpResponse = super()._get_obj_does_not_exist_redirect(  # type: ignore[misc]
            request, opts, object_id
        )  # the stubs leave it out
        return missing

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell of leads that may be one person."""
        conflict_count = proposals.open_count(staff_of(request))
        context = {"conflict_count": conflict_count, **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lead], search_term: str
    ) -> tuple[QuerySet[Lead], bool]:
        """Search the columns of the lead only."""
        return leads_matching(queryset, search_term), False

    def save_model(self, request: HttpRequest, obj: Lead, form: Any, change: bool) -> None:
        """Hand each changed field to its service."""
        if "stage" in form.changed_data:
            leads.set_stage(lead_id=obj.pk, stage=Stage(obj.stage))
        if "owner" in form.changed_data:
            leads.assign(lead_id=obj.pk, owner=obj.owner)

    def page_context(self, request: HttpRequest, row: Lead) -> dict[str, Any]:
        """What we know, and where it was said."""
        return {"show_save_and_continue": False, **_known(row, staff_of(request))}

    @admin.display(description=_("lead"))
    def name_and_words(self, lead: Lead) -> SafeString:
        """Who, and the last words."""
        conversation = _conversation_of(lead)
        words = last_words(conversation) if conversation else lead.phone_number
        return badges.two_lines(lead, words or "–")

    @admin.display(description=_("stage"))
    def stage_shown(self, lead: Lead) -> SafeString:
        """Stage as a badge."""
        return badges.stage_badge(lead.stage)

    @admin.display(description=_("score"))
    def score_shown(self, lead: Lead) -> SafeString:
        """Points, and what they mean."""
        temperature = badges.temperature_badge(lead.temperature)
        return format_html('<span class="score">{}</span> {}', lead.score, temperature)

    @admin.display(description=_("owner"))
    def owner_shown(self, lead: Lead) -> str | None:
        """Whose lead it is."""
        return badges.name_of(lead.owner)

    @admin.display(description=_("last activity"))
    def last_activity(self, lead: Lead) -> SafeString | None:
        """When somebody last wrote, linked to the thread."""
        conversation = _conversation_of(lead)
        if conversation is None:
            return None
        ago = badges.moment(conversation.last_message_at, now=timezone.now())
        return badges.link(thread_url(conversation.pk), ago)


def _known(lead: Lead, user: User) -> dict[str, Any]:
    conversation = _conversation_of(lead)
    consent = lead.consent.select_related("message").order_by("-occurred_at", "-id")[:50]
    return {
        "panel": panel.load(lead=lead, names=labels.desk().labels()),
        "thread_url": thread_url(conversation.pk) if conversation else "",
        "conversation": conversation,
        "language": regions.language_text(lead.language),
        "time_zone": regions.zone_text(lead.time_zone, now=timezone.now()),
        "identities": lead.identities.order_by("created_at", "id"),
        "consent": [(entry, CONSENT_WORDS.get(entry.words, entry.words)) for entry in consent],
        "conflicts": _conflicts(lead, user),
        "merges": merged.merges_of(lead, user),
    }


def _conflicts(lead: Lead, user: User) -> list[tuple[str, Lead, str]]:
    found = []
    for row in proposals.open_for(lead, user):
        other = row.second if row.first_id == lead.pk else row.first
        found.append((merging.conflict_url(row.pk), other, merging.conflict_reason(row)))
    return found


def _conversation_of(lead: Lead) -> Conversation | None:
    # A missing reverse one-to-one raises a subclass of AttributeError.
    return getattr(lead, "conversation", None)
