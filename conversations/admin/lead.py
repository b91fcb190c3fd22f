"""Leads: the list, and one lead with everything we know and why."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin import badges, corrections, panel, regions
from conversations.admin.addresses import lead_url, thread_url
from conversations.admin.base import CrmAdmin, ReadOnlyAdmin, staff_of
from conversations.admin.filters import OwnerFilter
from conversations.models import Conversation, IdentityConflict, Lead, Stage, User
from conversations.services import leads
from conversations.services.lead_search import leads_matching
from conversations.services.visibility import visible_leads, visible_staff

if TYPE_CHECKING:
    LeadModelForm = forms.ModelForm[Lead]
    AnyChoiceField = forms.ModelChoiceField[User]
else:
    LeadModelForm = forms.ModelForm
    AnyChoiceField = forms.ModelChoiceField


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
    list_filter = ("stage", "temperature", OwnerFilter, "source")
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

    def get_urls(self) -> list[URLPattern]:
        """Add the page that corrects a fact."""
        view = self.admin_site.admin_view(partial(corrections.correct, self))
        name = "conversations_lead_correct"
        return [path("<uuid:lead_id>/facts/<str:key>/", view, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell of leads that may be one person."""
        open_conflicts = _visible_conflicts(staff_of(request)).filter(resolved_at=None)
        context = {"conflict_count": open_conflicts.count(), **(extra_context or {})}
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
        words = conversation.last_message_text if conversation else lead.phone_number
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


@admin.register(IdentityConflict)
class IdentityConflictAdmin(ReadOnlyAdmin[IdentityConflict]):
    """Two leads that may be one person: for whoever sees both of them."""

    list_display = ("pair", "reason_shown", "created_at", "resolved_at")
    list_display_links = None
    list_select_related = ("first", "second")
    ordering = ("-created_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdentityConflict]:
        """Keep those of which the viewer may see both sides."""
        return _visible_conflicts(staff_of(request))

    def has_view_permission(
        self, request: HttpRequest, obj: IdentityConflict | None = None
    ) -> bool:
        """Whoever may see leads."""
        return bool(request.user.has_perm("conversations.view_lead"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Follow the rows."""
        return self.has_view_permission(request)

    @admin.display(description=_("leads"))
    def pair(self, conflict: IdentityConflict) -> SafeString:
        """Both, each linked to its page."""
        both = (conflict.first, conflict.second)
        links = ((badges.link(lead_url(lead.pk), lead),) for lead in both)
        return format_html_join(" · ", "{}", links)

    @admin.display(description=_("reason"))
    def reason_shown(self, conflict: IdentityConflict) -> str:
        """Why, in the viewer's language."""
        return conflict_reason(conflict)


def _visible_conflicts(viewer: User) -> QuerySet[IdentityConflict]:
    leads_seen = visible_leads(viewer).values("pk")
    return IdentityConflict.objects.filter(first__in=leads_seen, second__in=leads_seen)


def conflict_reason(conflict: IdentityConflict) -> str:
    """What made us think so; services write it in English."""
    known = {"One message named both leads.": gettext("One message named both leads.")}
    return known.get(conflict.reason, conflict.reason)


def _known(lead: Lead, user: User) -> dict[str, Any]:
    conversation = _conversation_of(lead)
    consent = lead.consent.select_related("message").order_by("-occurred_at", "-id")[:50]
    return {
        "panel": panel.load(lead=lead),
        "thread_url": thread_url(conversation.pk) if conversation else "",
        "conversation": conversation,
        "language": regions.language_text(lead.language),
        "time_zone": regions.zone_text(lead.time_zone, now=timezone.now()),
        "identities": lead.identities.order_by("created_at", "id"),
        "consent": consent,
        "conflicts": _conflicts(lead, user),
    }


def _conflicts(lead: Lead, user: User) -> list[tuple[str, Lead, str]]:
    rows = _visible_conflicts(user).filter(Q(first=lead) | Q(second=lead), resolved_at=None)
    found = []
    for row in rows.select_related("first", "second").order_by("id"):
        other = row.second if row.first_id == lead.pk else row.first
        found.append((lead_url(other.pk), other, conflict_reason(row)))
    return found


def _conversation_of(lead: Lead) -> Conversation | None:
    # A missing reverse one-to-one raises a subclass of AttributeError.
    return getattr(lead, "conversation", None)
