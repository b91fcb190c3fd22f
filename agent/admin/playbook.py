"""Playbook versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agent import fact_desk, run_story
from agent.models import PlaybookVersion
from conversations.admin import badges, labels
from conversations.admin.base import ReadOnlyAdmin

VERSION_TONES: Mapping[str, str] = {
    PlaybookVersion.State.DRAFT: "grey",
    PlaybookVersion.State.PUBLISHED: "green",
    PlaybookVersion.State.RETIRED: "grey",
}


@admin.register(PlaybookVersion)
class PlaybookVersionAdmin(ReadOnlyAdmin[PlaybookVersion]):
    """What the business wants asked, said and scored."""

    list_display = ("__str__", "state_shown", "business", "published_at", "created_at")
    list_filter = ("state",)
    ordering = ("-number",)
    fields = ("number", "state_shown", "published_at", "created_at")
    readonly_fields = fields

    def page_context(self, request: HttpRequest, row: PlaybookVersion) -> dict[str, Any]:
        """The playbook as people read it, and as it is stored."""
        return {"raw": run_story.pretty(row.content), **_readable(row.content)}

    @admin.display(description=_("state"))
    def state_shown(self, version: PlaybookVersion) -> SafeString:
        """State as a badge."""
        tone = VERSION_TONES.get(version.state, "grey")
        return badges.badge(version.get_state_display(), tone)

    @admin.display(description=_("business"))
    def business(self, version: PlaybookVersion) -> str:
        """Whose it is."""
        content = version.content if isinstance(version.content, dict) else {}
        return str(content.get("business_name", ""))


def _readable(content: Any) -> dict[str, Any]:
    playbook = fact_desk.readable(content)
    if playbook is None:
        return {"unreadable": True}
    say = labels.in_language
    return {
        "playbook": playbook,
        "about": say(playbook.about),
        "questions": [
            (say(one.label), say(one.ask), one.required, [say(c.label) for c in one.choices])
            for one in playbook.questions
        ],
        "rules": [(say(rule.label), rule.points) for rule in playbook.rules],
        "topics": [(", ".join(topic.words), say(topic.answer)) for topic in playbook.topics],
    }
