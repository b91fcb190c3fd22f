"""Cases: the conversations that every draft has to get right, and what must hold in them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agent.admin import replay_case_pages, replay_words
from agent.models import ReplayCase
from agent.replay.expectations import parse
from conversations.admin import badges, labels
from conversations.admin.base import Page, ReadOnlyAdmin, sees_all


@admin.register(ReplayCase)
class ReplayCaseAdmin(ReadOnlyAdmin[ReplayCase]):
    """Every case; those that are off are kept and not played."""

    list_display = ("title", "wanted", "source", "active", "made")
    list_filter = ("is_active", "source")
    search_fields = ("title",)
    ordering = ("-created_at", "-id")

    def has_view_permission(self, request: HttpRequest, obj: ReplayCase | None = None) -> bool:
        """They name leads of all colleagues: for managers."""
        return super().has_view_permission(request, obj) and sees_all(request)

    def pages(self) -> list[Page]:
        """Making one: from a conversation, and from a correction."""
        correct = partial(replay_case_pages.make_of_correction, self)
        return [
            ("from/<uuid:conversation_id>/", partial(replay_case_pages.make, self), "make"),
            ("correction/<uuid:fact_id>/", correct, "correction"),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Our own form: what must hold is a list."""
        return replay_case_pages.change(self, request, object_id)

    @admin.display(description=_("must hold"))
    def wanted(self, case: ReplayCase) -> SafeString:
        """In sentences."""
        names = labels.desk().labels()
        lines = [replay_words.expectation_text(each, names) for each in parse(case.expectations)]
        return badges.lines(lines)

    @admin.display(description=_("active"), boolean=True)
    def active(self, case: ReplayCase) -> bool:
        """Whether it is played."""
        return case.is_active

    @admin.display(description=_("made"))
    def made(self, case: ReplayCase) -> SafeString | None:
        """How long ago."""
        return badges.moment(case.created_at, now=timezone.now())
