"""One run as staff read it: what was seen, done, checked and said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agent import run_words
from agent.models import AgentRun, AgentStep, Effect
from agent.turn import OWN_NUMBER
from conversations.admin import badges, dates, labels, regions
from conversations.admin.addresses import thread_url
from conversations.admin.base import NOTHING
from conversations.admin.bubbles import kind_label
from conversations.admin.labels import FactLabel
from conversations.models import HandoffReason
from integrations.messaging import MessageKind

SHORT = 300
TONES: Mapping[str, str] = {
    AgentStep.Kind.MODEL: "violet",
    AgentStep.Kind.TOOL: "blue",
    AgentStep.Kind.GATE: "red",
    AgentStep.Kind.FALLBACK: "amber",
}
Names = Mapping[str, FactLabel]


@dataclass(frozen=True)
class Pair:
    """A name and what stands beside it."""

    name: str
    value: str


@dataclass(frozen=True)
class Line:
    """Something that happened in a run, in words; `raw` is everything."""

    kind: SafeString
    name: str
    at: datetime
    said: tuple[str, ...]
    raw: str


def story(run: AgentRun, names: Names) -> dict[str, Any]:
    """Everything that the inspector's page shows of a run."""
    context = _dict(run.context)
    decision = _dict(run.decision)
    steps = list(run.steps.order_by("id"))
    passed = [run_words.gate_name(step.name) for step in steps if _passed(step)]
    return {
        "title": _("Agent run"),
        "lead_name": getattr(run, "lead_name", ""),
        "subtitle": getattr(run, "lead_name", "") or NOTHING,
        "trigger": getattr(run, "trigger_text", ""),
        "thread_url": _thread_url(run),
        "inbound": [_words(message) for message in _dicts(context.get("inbound"))],
        "facts": [
            Pair(labels.fact_name(str(fact.get("key", "")), names), _answer(fact, names))
            for fact in _dicts(context.get("facts"))
        ],
        "known": _known(_dict(context.get("lead")), run.created_at),
        "replies": _dicts(decision.get("replies")),
        "steps": _lines(run, [step for step in steps if not _passed(step)], names),
        "passed": passed,
        "problem": run_words.problem(run.problem),
        "context_raw": pretty(context),
        "decision_raw": pretty(decision),
    }


def pretty(value: Any) -> str:
    """Everything, as it is stored."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _passed(step: AgentStep) -> bool:
    return step.kind == AgentStep.Kind.GATE and _dict(step.result).get("passed") is True


def _lines(run: AgentRun, steps: list[AgentStep], names: Names) -> list[Line]:
    """Model answers, tool calls and failed checks in the order they happened."""
    tool = badges.badge(AgentStep.Kind.TOOL.label, TONES[AgentStep.Kind.TOOL])
    lines = [_step_line(step) for step in steps]
    for effect in run.effects.order_by("index"):
        name = run_words.said(run_words.TOOLS, effect.tool)
        said = _cut(TOOL_WORDS.get(effect.tool, _in_full)(effect, names))
        lines.append(Line(tool, name, effect.created_at, said, _raw(effect)))
    return sorted(lines, key=lambda line: line.at)


def _step_line(step: AgentStep) -> Line:
    result = _dict(step.result)
    kind = badges.badge(step.get_kind_display(), TONES.get(step.kind, "grey"))
    name, said = step.name, tuple[str, ...]()
    if step.kind == AgentStep.Kind.GATE:
        name = run_words.gate_name(step.name)
        said = (run_words.gate_reason(step.name, str(result.get("reason", ""))),)
    elif step.kind == AgentStep.Kind.FALLBACK:
        name = _("The guided flow took over")
        said = (run_words.problem(str(result.get("problem", ""))),)
    elif step.kind == AgentStep.Kind.MODEL:
        name, said = _("Language model"), _model_words(_dict(result.get("data")) or result)
    return Line(kind, name, step.created_at, _cut(said), _raw(step))


def _model_words(message: Mapping[str, Any]) -> tuple[str, ...]:
    """What it wrote, and the tools it asked for."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    calls = [
        run_words.said(run_words.TOOLS, str(call.get("name", "")))
        for call in _dicts(message.get("tool_calls"))
    ]
    wanted = [_("Asked for: %(tools)s") % {"tools": ", ".join(calls)}] if calls else []
    return (*(text for text in texts if isinstance(text, str) and text), *wanted)


def _saved(effect: Effect, names: Names) -> tuple[str, ...]:
    answers = _dicts(_dict(effect.arguments).get("answers"))
    rejected = _dict(_dict(effect.result).get("rejected"))
    proposed = _dict(effect.result).get("proposed") or ()
    kept = [
        f"{labels.fact_name(str(answer.get('key', '')), names)}: {_answer(answer, names)}"
        for answer in answers
        if answer.get("key") not in (*rejected, *proposed)
    ]
    locked = [
        _("Locked, for a colleague to decide: %(answer)s")
        % {"answer": labels.fact_name(str(key), names)}
        for key in proposed
    ]
    refused = [
        _("Not kept: %(answer)s") % {"answer": labels.fact_name(str(key), names)}
        for key in rejected
    ]
    return (*kept, *locked, *refused)


def _found(effect: Effect, _names: Names) -> tuple[str, ...]:
    wish, result = _dict(effect.arguments), _dict(effect.result)
    day = parse_date(str(wish.get("day") or ""))
    part = str(wish.get("part") or "")
    asked = [
        dates.short_day(day) if day else "",
        run_words.said(run_words.PARTS, part) if part else "",
    ]
    wanted = " ".join(filter(None, asked))
    problem = str(result.get("problem") or "")
    return (
        *([_("Wanted: %(wish)s") % {"wish": wanted}] if wanted else []),
        *map(_time, _dicts(result.get("slots"))),
        *([run_words.said(run_words.SEARCHES, problem)] if problem else []),
    )


def _booked(effect: Effect, _names: Names) -> tuple[str, ...]:
    result = _dict(effect.result)
    status = str(result.get("status") or "")
    meeting = _dict(result.get("meeting"))
    others = [_time(slot) for slot in _dicts(result.get("alternatives"))]
    offered = [_("Offered: %(times)s") % {"times": ", ".join(others)}] if others else []
    return (
        *([run_words.said(run_words.BOOKINGS, status)] if status else []),
        *([_time(meeting)] if meeting else []),
        *offered,
    )


def _handed_over(effect: Effect, _names: Names) -> tuple[str, ...]:
    why = str(_dict(effect.arguments).get("why", ""))
    return (str(dict(HandoffReason.choices).get(why, why)),)


def _in_full(effect: Effect, _names: Names) -> tuple[str, ...]:
    return (json.dumps(effect.arguments, ensure_ascii=False, default=str),)


TOOL_WORDS = {
    "save_answers": _saved,
    "find_slots": _found,
    "check_and_book": _booked,
    "reschedule": _booked,
    "cancel_meeting": _booked,
    "hand_off": _handed_over,
}


def _time(slot: Mapping[str, Any]) -> str:
    at = parse_datetime(str(slot.get("starts_at") or ""))
    local = timezone.localtime(at) if at and at.tzinfo else None
    shown = f"{dates.short_day(local)}, {local:%H:%M}" if local else "–"
    return f"{shown} · {slot.get('host', '')}"


def _words(message: Mapping[str, Any]) -> str:
    said = str(message.get("kind") or "")
    kind = kind_label(MessageKind.CONTACTS if said == OWN_NUMBER else said)
    label = str(message.get("label") or "")
    return str(message.get("text") or "") or " · ".join(filter(None, (kind, label))) or NOTHING


def _known(lead: Mapping[str, Any], at: datetime) -> list[Pair]:
    shown = {name: value for name, value in lead.items() if value not in (None, "")}
    certain = shown.pop("time_zone_certain", True)
    if "time_zone" in shown:
        zone = regions.zone_text(str(shown["time_zone"]), now=at)
        guess = _("%(zone)s, guessed from the phone number") % {"zone": zone}
        shown["time_zone"] = zone if certain else guess
    return [
        Pair(run_words.said(run_words.LEAD, name), labels.value_text(value))
        for name, value in shown.items()
    ]


def _answer(fact: Mapping[str, Any], names: Names) -> str:
    value = labels.fact_value(str(fact.get("key", "")), fact.get("value"), names)
    quote = fact.get("quote")
    return f"{value} “{quote}”" if quote else value


def _thread_url(run: AgentRun) -> str:
    return f"{thread_url(run.conversation_id)}#m-{run.trigger_message_id}"


def _raw(row: AgentStep | Effect) -> str:
    return pretty({"name": str(row), "arguments": row.arguments, "result": row.result})


def _cut(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text if len(text) <= SHORT else f"{text[:SHORT]}…" for text in texts if text)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
