"""Replays: how a draft would have answered past conversations."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agent.admin import replay_pages, replay_words
from agent.models import Replay
from agent.replay.replays import OF_ONE_TURN
from conversations.admin import badges
from conversations.admin.base import NOTHING, Page, ReadOnlyAdmin, sees_all


@admin.register(Replay)
class ReplayAdmin(ReadOnlyAdmin[Replay]):
    """Every replay, newest first; each with its conversations side by side."""

    list_display = ("begun", "version_shown", "state_shown", "progress", "failures_shown", "by")
    list_filter = ("state",)
    ordering = ("-created_at", "-id")
    fields = ()

    def has_view_permission(self, request: HttpRequest, obj: Replay | None = None) -> bool:
        """They name leads of all colleagues: for managers."""
        return super().has_view_permission(request, obj) and sees_all(request)

    def pages(self) -> list[Page]:
        """Beginning, watching, comparing and cancelling."""
        pages: list[Page] = [
            ("begin/", replay_pages.begin, "begin"),
            ("<uuid:replay_id>/fragment/", replay_pages.fragment, "fragment"),
            ("<uuid:replay_id>/cancel/", replay_pages.cancel, "cancel"),
            ("<uuid:replay_id>/<uuid:conversation_id>/", replay_pages.conversation, "conversation"),
        ]
        return [(route, partial(view, self), name) for route, view, name in pages]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Replay]:
        """With what the list shows of each; what can be long is left where it is."""
        rows = super().get_queryset(request).select_related("version", "created_by")
        rows = rows.exclude(digest=OF_ONE_TURN)
        broken = Count("turns", filter=~Q(turns__failures=[]))
        return rows.defer("content", "chosen").annotate(broken=broken)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer to begin one."""
        may = {"may_begin": replay_pages.may_begin(request)}
        return super().changelist_view(request, may | (extra_context or {}))

    def page_context(self, request: HttpRequest, row: Replay) -> dict[str, Any]:
        """How far it is, and its conversations."""
        return {
            "title": _("Replay"),
            "subtitle": None,
            "shown": replay_pages.shown(row),
            "may_begin": replay_pages.may_begin(request),
        }

    @admin.display(description=_("begun"))
    def begun(self, replay: Replay) -> SafeString | None:
        """How long ago."""
        return badges.moment(replay.created_at, now=timezone.now())

    @admin.display(description=_("draft"))
    def version_shown(self, replay: Replay) -> str:
        """Of which version."""
        return str(replay.version)

    @admin.display(description=_("state"))
    def state_shown(self, replay: Replay) -> SafeString:
        """State as a badge."""
        return replay_words.state_badge(replay)

    @admin.display(description=_("conversations"))
    def progress(self, replay: Replay) -> str:
        """How many of how many."""
        return f"{replay.done} / {replay.total}"

    @admin.display(description=_("did not hold"))
    def failures_shown(self, replay: Replay) -> int:
        """In how many turns."""
        return int(getattr(replay, "broken", 0))

    @admin.display(description=_("begun by"))
    def by(self, replay: Replay) -> str:
        """Who began it."""
        return badges.name_of(replay.created_by) or NOTHING
