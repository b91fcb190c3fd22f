"""The run inspector: why the agent said what it said. Read only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agent import run_story, run_words
from agent.models import AgentRun, Effect
from conversations.admin import badges, labels
from conversations.admin.base import NOTHING, ReadOnlyAdmin, staff_of
from conversations.models import Conversation, Message
from conversations.services.visibility import Role, role_of, visible_conversations, with_merged

RUN_TONES: Mapping[str, str] = {
    AgentRun.State.STARTED: "amber",
    AgentRun.State.DECIDED: "blue",
    AgentRun.State.DONE: "green",
    AgentRun.State.SUPERSEDED: "grey",
}


@admin.register(AgentRun)
class AgentRunAdmin(ReadOnlyAdmin[AgentRun]):
    """Every turn, newest first, and one turn from trigger to words."""

    list_display = (
        "started",
        "lead_and_trigger",
        "state_shown",
        "engine_shown",
        "version",
        "tools_shown",
        "tokens",
        "took",
        "problem_shown",
    )
    list_filter = ("state",)
    list_select_related = ("playbook_version",)
    ordering = ("-created_at", "-id")
    fields = ("created_at", "state_shown", "engine_shown", "version", "took", "tokens", "tried")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentRun]:
        """Managers see every run, also when its conversation is gone."""
        runs = super().get_queryset(request).select_related("playbook_version")
        viewer = staff_of(request)
        if role_of(viewer) is not Role.MANAGER:
            runs = runs.filter(
                conversation_id__in=with_merged(visible_conversations(viewer)).values("pk")
            )
        return _with_names(runs)

    def page_context(self, request: HttpRequest, row: AgentRun) -> dict[str, Any]:
        """The whole story of the run."""
        return run_story.story(row, labels.desk().labels())

    @admin.display(description=_("started"))
    def started(self, run: AgentRun) -> SafeString | None:
        """How long ago."""
        return badges.moment(run.created_at, now=timezone.now())

    @admin.display(description=_("lead"))
    def lead_and_trigger(self, run: AgentRun) -> SafeString:
        """Who wrote, and the words that the run answers."""
        trigger = (getattr(run, "trigger_text", "") or "–")[:120]
        return badges.two_lines(getattr(run, "lead_name", "") or "–", trigger)

    @admin.display(description=_("state"))
    def state_shown(self, run: AgentRun) -> SafeString:
        """State as a badge."""
        return badges.badge(run.get_state_display(), RUN_TONES.get(run.state, "grey"))

    @admin.display(description=_("playbook"))
    def version(self, run: AgentRun) -> str:
        """The playbook version it followed."""
        return str(run.playbook_version)

    @admin.display(description=_("tools"))
    def tools_shown(self, run: AgentRun) -> int:
        """How many tools it called."""
        return int(getattr(run, "tool_count", 0))

    @admin.display(description=_("engine"))
    def engine_shown(self, run: AgentRun) -> str:
        """Which engine decided."""
        return run_words.said(run_words.ENGINES, run.engine) if run.engine else NOTHING

    @admin.display(description=_("problem"))
    def problem_shown(self, run: AgentRun) -> str:
        """What went wrong, in words."""
        return run_words.problem(run.problem) or NOTHING

    @admin.display(description=_("tokens"))
    def tokens(self, run: AgentRun) -> str:
        """In and out; none without a model."""
        if not (run.tokens_in or run.tokens_out):
            return NOTHING
        return f"{run.tokens_in:,} → {run.tokens_out:,}"

    @admin.display(description=_("took"))
    def took(self, run: AgentRun) -> str:
        """From the first look to the last row."""
        if run.finished_at is None:
            return NOTHING
        return f"{(run.finished_at - run.created_at) / timedelta(seconds=1):.1f} s"

    @admin.display(description=_("attempts"))
    def tried(self, run: AgentRun) -> int:
        """How often a worker began it."""
        return run.attempts


def _with_names(runs: QuerySet[AgentRun]) -> QuerySet[AgentRun]:
    """Whose it was and what for: a run knows its conversation by id only."""
    conversations = Conversation.objects.filter(pk=OuterRef("conversation_id"))
    trigger = Message.objects.filter(pk=OuterRef("trigger_message_id"))
    effects = Effect.objects.filter(run=OuterRef("pk")).order_by().values("run")
    name = Coalesce(
        NullIf("lead__name", Value("")),
        NullIf("lead__profile_name", Value("")),
        NullIf("lead__username", Value("")),
        "lead__phone_number",
        Value(""),
    )
    return runs.annotate(
        lead_name=Subquery(conversations.annotate(shown=name).values("shown")[:1]),
        trigger_text=Subquery(trigger.values("text")[:1]),
        tool_count=Coalesce(Subquery(effects.annotate(total=Count("pk")).values("total")), 0),
    )
