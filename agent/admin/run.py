"""The run inspector: why the agent said what it said. Read only."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agent import run_words
from agent.admin import run_again, run_story
from agent.admin.run_filters import LIST_FILTERS
from agent.admin.run_steps import span_text, tokens_text
from agent.admin.spend import dollars
from agent.models import AgentRun, AgentStep, Effect
from conversations.admin import badges, labels
from conversations.admin.base import NOTHING, Page, ReadOnlyAdmin, staff_of
from conversations.models import Author, Conversation, FollowUp, Message
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
        "cost_shown",
        "took",
        "problem_shown",
    )
    list_filter = LIST_FILTERS
    list_select_related = ("playbook_version",)
    ordering = ("-created_at", "-id")
    fields = (
        "created_at",
        "state_shown",
        "engine_shown",
        "version_link",
        "waited",
        "took",
        "calls",
        "tokens_in_full",
        "cost_shown",
        "tried",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentRun]:
        """Managers see every run, also when its conversation is gone."""
        runs = super().get_queryset(request).select_related("playbook_version")
        # What can be long is read where it is shown.
        runs = runs.defer("context", "decision", "playbook_version__content")
        viewer = staff_of(request)
        if role_of(viewer) is not Role.MANAGER:
            runs = runs.filter(
                conversation_id__in=with_merged(visible_conversations(viewer)).values("pk")
            )
        return _with_names(runs)

    def pages(self) -> list[Page]:
        """Deciding a turn once more."""
        pages: list[Page] = [
            ("again/", run_again.begin, "again"),
            ("again/<uuid:again_id>/", run_again.page, "decided"),
            ("again/<uuid:again_id>/fragment/", run_again.fragment, "decided_fragment"),
        ]
        return [(f"<uuid:run_id>/{tail}", partial(view, self), name) for tail, view, name in pages]

    def page_context(self, request: HttpRequest, row: AgentRun) -> dict[str, Any]:
        """The whole story of the run, and what managers may do with it."""
        row.refresh_from_db(fields=["context", "decision"])
        story = run_story.story(row, labels.desk().labels())
        return story | run_again.offered(request, row)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """What the agent said without a turn stands elsewhere: Django asks here for where."""
        url = turnless_url(self.get_queryset(request), object_id)
        if url:
            return redirect(url)
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)  # type: ignore[misc,no-any-return]

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

    @admin.display(description=_("playbook"))
    def version_link(self, run: AgentRun) -> SafeString:
        """The same, with the way to it."""
        url = reverse("admin:agent_playbookversion_change", args=[run.playbook_version_id])
        return badges.link(url, run.playbook_version)

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

    @admin.display(description=_("tokens"))
    def tokens_in_full(self, run: AgentRun) -> str:
        """In, from the cache, and out."""
        spent = tokens_text(tokens_in=run.tokens_in, cached=run.tokens_cached, out=run.tokens_out)
        return spent or NOTHING

    @admin.display(description=_("calls of the model"))
    def calls(self, run: AgentRun) -> int:
        """How often a model was asked, in vain too."""
        return int(getattr(run, "call_count", 0))

    @admin.display(description=_("cost"))
    def cost_shown(self, run: AgentRun) -> str:
        """In US dollars, on one line; none without a model."""
        return dollars(run.cost).replace(" ", "\N{NO-BREAK SPACE}") if run.cost else NOTHING

    @admin.display(description=_("waited before"))
    def waited(self, run: AgentRun) -> str:
        """From the lead's last words to the first look: more of them may have come."""
        wrote_at = getattr(run, "trigger_at", None)
        return span_text(run.created_at - wrote_at) if wrote_at else NOTHING

    @admin.display(description=_("took"))
    def took(self, run: AgentRun) -> str:
        """From the first look to the last row."""
        return span_text(run.finished_at - run.created_at) if run.finished_at else NOTHING

    @admin.display(description=_("attempts"))
    def tried(self, run: AgentRun) -> int:
        """How often a worker began it."""
        return run.attempts


def _with_names(runs: QuerySet[AgentRun]) -> QuerySet[AgentRun]:
    """Whose it was and what for: a run knows its conversation by id only."""
    conversations = Conversation.objects.filter(pk=OuterRef("conversation_id"))
    trigger = Message.objects.filter(pk=OuterRef("trigger_message_id"))
    effects = Effect.objects.filter(run=OuterRef("pk")).order_by().values("run")
    calls = AgentStep.objects.filter(run=OuterRef("pk"), kind=AgentStep.Kind.MODEL)
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
        trigger_at=Subquery(trigger.values("created_at")[:1]),
        tool_count=_count(effects),
        call_count=_count(calls.order_by().values("run")),
    )


def _count(rows: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(total=Count("pk")).values("total")), 0)


def turnless_url(runs: QuerySet[AgentRun], turn_id: str) -> str:
    """Of a follow-up its own page, of words said after failed turns the last of those; else ""."""
    try:
        message = Message.objects.filter(turn_id=turn_id, author=Author.BOT).first()
    except ValidationError:
        return ""
    if message is None:
        return ""
    follow_up = FollowUp.objects.filter(message=message).values_list("pk", flat=True).first()
    if follow_up is not None:
        return reverse("admin:conversations_followup_change", args=[follow_up])
    before = runs.filter(
        conversation_id=message.conversation_id, created_at__lte=message.created_at
    )
    run = before.order_by("-created_at", "-id").values_list("pk", flat=True).first()
    return reverse("admin:agent_agentrun_change", args=[run]) if run else ""
