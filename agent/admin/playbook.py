"""The playbook: what is in force, the draft, and the history of both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agent import fact_desk, rescoring
from agent.admin import playbook_actions, playbook_pages
from agent.admin.playbook_words import Reader
from agent.models import PlaybookVersion
from agent.playbook import gatekeeper, store
from agent.playbook.problems import blocking
from agent.playbook.schema import dump_playbook
from conversations.admin import badges
from conversations.admin.base import NOTHING, CrmAdmin, Page, ReadOnlyAdmin

States = PlaybookVersion.State
VERSION_TONES: Mapping[str, str] = {
    States.DRAFT: "amber",
    States.PUBLISHED: "green",
    States.RETIRED: "grey",
}


@admin.register(PlaybookVersion)
class PlaybookVersionAdmin(ReadOnlyAdmin[PlaybookVersion]):
    """Versions, newest first; each to read, and the way from one to the next."""

    list_display = ("name_and_note", "state_shown", "published_shown", "published_by_shown")
    list_filter = ("state",)
    list_select_related = ("published_by", "created_by", "based_on")
    ordering = ("-number",)
    fields = ("state_shown", "note", "published_shown", "published_by_shown", "begun", "based_on")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlaybookVersion]:
        """With those who made them."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    def pages(self) -> list[Page]:
        """The editor, the comparison and the buttons."""
        pages: list[Page] = [
            ("draft/<slug:section>/", playbook_pages.edit, "edit"),
            ("compare/<int:before_id>/<int:after_id>/", playbook_pages.compare, "compare"),
            ("<int:version_id>/<slug:action>/", playbook_actions.act, "act"),
        ]
        return [(route, partial(view, self), name) for route, view, name in pages]

    def get_urls(self) -> list[URLPattern]:
        """Django's first: `change` is no button of ours. Its last one takes every address."""
        *stock, last = super(CrmAdmin, self).get_urls()
        return [*stock, *self.own_urls(), last]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Begin with what is in force and what is being edited."""
        context = {
            "title": _("Playbook"),
            "current": store.in_force(),
            "draft": store.draft(),
            "may_edit": playbook_pages.may_edit(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def page_context(self, request: HttpRequest, row: PlaybookVersion) -> dict[str, Any]:
        """The playbook as people read it, and what may be done with it."""
        playbook = fact_desk.readable(row.content)
        context: dict[str, Any] = {
            "version": row,
            "states": States,
            "may_edit": playbook_pages.may_edit(request),
            "draft": store.draft(),
            "others": _others(row),
        }
        if playbook is None:
            return {**context, "unreadable": True}
        reader = Reader(dump_playbook(playbook))
        context["sections"] = reader.sections()
        if row.state == States.DRAFT:
            found = store.mend(playbook)
            context["found"] = [(one, reader.row_at(one.section, one.path)) for one in found]
            context["in_force"] = store.in_force()
            context["held_back"] = [] if blocking(found) else gatekeeper.blocking(row)
        if row.state == States.PUBLISHED:
            context["rescoring"] = rescoring.progress(row)
        return context

    @admin.display(description=gettext_lazy("version"))
    def name_and_note(self, version: PlaybookVersion) -> SafeString:
        """Its number, and what changed in it."""
        note = version.note
        if not note and version.based_on:
            note = _("Based on %(version)s") % {"version": version.based_on}
        return badges.two_lines(_("Version %(n)s") % {"n": version.number}, note or NOTHING)

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, version: PlaybookVersion) -> SafeString:
        """State as a badge."""
        tone = VERSION_TONES.get(version.state, "grey")
        return badges.badge(version.get_state_display(), tone)

    @admin.display(description=gettext_lazy("published at"))
    def published_shown(self, version: PlaybookVersion) -> SafeString | str:
        """When it came into force."""
        return badges.moment(version.published_at, now=timezone.now()) or NOTHING

    @admin.display(description=gettext_lazy("published by"))
    def published_by_shown(self, version: PlaybookVersion) -> str:
        """Who put it in force."""
        return badges.name_of(version.published_by) or NOTHING

    @admin.display(description=gettext_lazy("begun"))
    def begun(self, version: PlaybookVersion) -> SafeString:
        """When and by whom."""
        at = badges.moment(version.created_at, now=timezone.now())
        who = badges.name_of(version.created_by)
        return format_html("{} · {}", at, who) if who else format_html("{}", at)


def _others(version: PlaybookVersion) -> list[PlaybookVersion]:
    """What it can be compared with, newest first."""
    rows = PlaybookVersion.objects.exclude(pk=version.pk).order_by("-number")
    return list(rows.defer("content")[:50])
