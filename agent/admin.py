"""Playbook versions and the run inspector: why the agent said what it said. Read only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from agent.models import AgentRun, AgentStep, Effect, PlaybookVersion
from agent.playbook.schema import Playbook, Question, parse_playbook
from conversations.admin import badges, labels
from conversations.admin.base import CrmAdmin, Row, staff_of
from conversations.admin.panel import value_text
from conversations.models import Conversation, Message
from conversations.services.visibility import Role, role_of, visible_conversations

RUN_TONES: Mapping[str, str] = {
    AgentRun.State.STARTED: "amber",
    AgentRun.State.DECIDED: "blue",
    AgentRun.State.DONE: "green",
    AgentRun.State.SUPERSEDED: "grey",
}
STEP_TONES: Mapping[str, str] = {
    AgentStep.Kind.MODEL: "violet",
    AgentStep.Kind.TOOL: "blue",
    AgentStep.Kind.GATE: "teal",
    AgentStep.Kind.FALLBACK: "amber",
}
VERSION_TONES: Mapping[str, str] = {
    PlaybookVersion.State.DRAFT: "grey",
    PlaybookVersion.State.PUBLISHED: "green",
    PlaybookVersion.State.RETIRED: "grey",
}

NOTHING: tuple[Any, ...] = (None, "", [], {})
SHORT = 300


class ReadOnlyAdmin(CrmAdmin[Row]):
    """Written by the agent, read by people who may view it."""

    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Read only."""
        return False


@dataclass(frozen=True)
class Pair:
    """A name and what stands beside it."""

    name: str
    value: str


@dataclass(frozen=True)
class Line:
    """Something that happened in a run. `given` and `got` are short, `raw` is everything."""

    kind: SafeString
    name: str
    at: Any
    given: tuple[Pair, ...]
    got: tuple[Pair, ...]
    raw: str


@admin.register(AgentRun)
class AgentRunAdmin(ReadOnlyAdmin[AgentRun]):
    """Every turn, newest first, and one turn from trigger to words."""

    list_display = (
        "started",
        "lead_and_trigger",
        "state_shown",
        "engine",
        "version",
        "tools_shown",
        "tokens",
        "took",
        "problem",
    )
    list_filter = ("state",)
    list_select_related = ("playbook_version",)
    ordering = ("-created_at", "-id")
    fields = ("created_at", "state_shown", "engine", "version", "took", "tokens", "tried")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentRun]:
        """Bring names along: a run knows its conversation by id only.

        Managers see every run, also when its conversation is gone.
        """
        conversations = Conversation.objects.filter(pk=OuterRef("conversation_id"))
        trigger = Message.objects.filter(pk=OuterRef("trigger_message_id"))
        name = Coalesce(
            NullIf("lead__name", Value("")),
            NullIf("lead__profile_name", Value("")),
            NullIf("lead__username", Value("")),
            "lead__phone_number",
            Value(""),
        )
        runs = super().get_queryset(request)
        viewer = staff_of(request)
        if role_of(viewer) is not Role.MANAGER:
            runs = runs.filter(conversation_id__in=visible_conversations(viewer).values("pk"))
        return runs.select_related("playbook_version").annotate(
            lead_name=Subquery(conversations.annotate(shown=name).values("shown")[:1]),
            trigger_text=Subquery(trigger.values("text")[:1]),
            tool_count=Coalesce(
                Subquery(
                    Effect.objects.filter(run=OuterRef("pk"))
                    .order_by()
                    .values("run")
                    .annotate(total=Count("pk"))
                    .values("total")
                ),
                0,
            ),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add the whole story of the run."""
        run = self.get_object(request, object_id)
        story = _story(run) if run and self.has_view_permission(request, run) else {}
        return super().change_view(request, object_id, form_url, {**story, **(extra_context or {})})

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

    @admin.display(description=_("tokens"))
    def tokens(self, run: AgentRun) -> str | None:
        """In and out; none without a model."""
        if not (run.tokens_in or run.tokens_out):
            return None
        return f"{run.tokens_in:,} → {run.tokens_out:,}"

    @admin.display(description=_("took"))
    def took(self, run: AgentRun) -> str | None:
        """From the first look to the last row."""
        if run.finished_at is None:
            return None
        return f"{(run.finished_at - run.created_at) / timedelta(seconds=1):.1f} s"

    @admin.display(description=_("attempts"))
    def tried(self, run: AgentRun) -> int:
        """How often a worker began it."""
        return run.attempts


@admin.register(PlaybookVersion)
class PlaybookVersionAdmin(ReadOnlyAdmin[PlaybookVersion]):
    """What the business wants asked, said and scored."""

    list_display = ("__str__", "state_shown", "business", "published_at", "created_at")
    list_filter = ("state",)
    ordering = ("-number",)
    fields = ("number", "state_shown", "published_at", "created_at")
    readonly_fields = fields

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the playbook as people read it, and as it is stored."""
        version = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if version and self.has_view_permission(request, version):
            shown = {"raw": _pretty(version.content), **_readable(version.content)}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

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


def published_labels() -> Mapping[str, labels.FactLabel]:
    """Names of questions and values in the viewer's language, from the published version."""
    rows = PlaybookVersion.objects.filter(state=PlaybookVersion.State.PUBLISHED)
    content = rows.values_list("content", flat=True).first()
    playbook = _parsed(content)
    return {} if playbook is None else {one.key: _label(one) for one in playbook.questions}


labels.provide(published_labels)


def _label(question: Question) -> labels.FactLabel:
    return labels.FactLabel(
        label=labels.in_language(question.label),
        values={choice.value: labels.in_language(choice.label) for choice in question.choices},
    )


def _parsed(content: Any) -> Playbook | None:
    try:
        return parse_playbook(content)
    except ValidationError:
        return None


def _readable(content: Any) -> dict[str, Any]:
    playbook = _parsed(content)
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


def _story(run: AgentRun) -> dict[str, Any]:
    context = run.context if isinstance(run.context, dict) else {}
    decision = run.decision if isinstance(run.decision, dict) else {}
    names = published_labels()
    return {
        "title": _("Agent run"),
        "lead_name": getattr(run, "lead_name", ""),
        "trigger": getattr(run, "trigger_text", ""),
        "thread_url": _thread_url(run),
        "inbound": _dicts(context.get("inbound")),
        "facts": [
            Pair(_fact_name(fact, names), _with_quote(fact))
            for fact in _dicts(context.get("facts"))
        ],
        "known": _pairs(context.get("lead")),
        "replies": _dicts(decision.get("replies")),
        "steps": _lines(run),
        "context_raw": _pretty(context),
        "decision_raw": _pretty(decision),
    }


def _thread_url(run: AgentRun) -> str:
    url = reverse("admin:conversations_conversation_thread", args=[run.conversation_id])
    return f"{url}#m-{run.trigger_message_id}"


def _fact_name(fact: Mapping[str, Any], names: Mapping[str, labels.FactLabel]) -> str:
    key = str(fact.get("key", ""))
    return names[key].label if key in names else key


def _lines(run: AgentRun) -> list[Line]:
    """Model answers, tool calls and gates in the order they happened."""
    tool = badges.badge(AgentStep.Kind.TOOL.label, STEP_TONES[AgentStep.Kind.TOOL])
    lines = [_line(_step_badge(step), step.name, step) for step in run.steps.order_by("id")]
    lines += [_line(tool, effect.tool, effect) for effect in run.effects.order_by("index")]
    return sorted(lines, key=lambda line: line.at)


def _step_badge(step: AgentStep) -> SafeString:
    vetoed = isinstance(step.result, dict) and step.result.get("passed") is False
    tone = "red" if vetoed else STEP_TONES.get(step.kind, "grey")
    return badges.badge(step.get_kind_display(), tone)


def _line(kind: SafeString, name: str, row: AgentStep | Effect) -> Line:
    return Line(
        kind=kind,
        name=name,
        at=row.created_at,
        given=_pairs(row.arguments),
        got=_pairs(row.result),
        raw=_pretty({"arguments": row.arguments, "result": row.result}),
    )


def _pairs(value: Any) -> tuple[Pair, ...]:
    if not isinstance(value, dict):
        return () if value in NOTHING else (Pair("", _short(value)),)
    return tuple(
        Pair(str(name), _short(part))
        for name, parts in value.items()
        for part in (_dicts(parts) or [parts])
        if part not in NOTHING
    )


def _short(value: Any) -> str:
    """An answer with its quote, a time with its host, else what was stored."""
    if isinstance(value, dict) and "key" in value:
        text = f"{value['key']}: {_with_quote(value)}"
    elif isinstance(value, dict) and (at := parse_datetime(str(value.get("starts_at", "")))):
        shown = date_format(timezone.localtime(at), "D j M, H:i")
        text = f"{shown} · {value.get('host', '')}"
    elif isinstance(value, dict):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = value_text(value)
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _with_quote(fact: Mapping[str, Any]) -> str:
    quote = fact.get("quote")
    return f"{value_text(fact.get('value'))} “{quote}”" if quote else value_text(fact.get("value"))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
