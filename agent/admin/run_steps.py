"""What happened in a run, in order: calls of the model, tools, checks, fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agent import run_words
from agent.admin.run_rows import dict_of, dicts_of, pretty
from agent.admin.run_tools import Names, cut, words_of
from agent.admin.spend import dollars
from agent.models import AgentRun, AgentStep, Effect
from agent.tools.recorder import FAILED_FROM
from agent.tools.toolbox import FALLBACK_FROM
from conversations.admin import badges

Kinds = AgentStep.Kind
TONES: Mapping[str, str] = {
    Kinds.MODEL: "violet",
    Kinds.TOOL: "blue",
    Kinds.GATE: "red",
    Kinds.FALLBACK: "amber",
}


@dataclass(frozen=True)
class Line:
    """Something that happened in a run, in words; `raw` is everything.

    `took` are time, tokens and money, as far as they are known.
    """

    kind: SafeString
    name: str
    at: datetime
    said: tuple[str, ...]
    took: tuple[str, ...]
    raw: str


@dataclass(frozen=True)
class Checks:
    """The checks that one engine's answer passed. `engine` is said where two answered."""

    engine: str
    passed: tuple[str, ...]


def lines_of(
    steps: Sequence[AgentStep],
    effects: Iterable[Effect],
    names: Names,
    remarks: Sequence[Mapping[str, Any]] = (),
) -> list[Line]:
    """In the order they happened; checks that passed are told apart."""
    corrected = _corrected(steps)
    told = [step for step in steps if not _passed(step)]
    lines = [_step_line(step, remarks, corrected=step.pk in corrected) for step in told]
    lines += [_tool_line(effect, names) for effect in effects]
    return sorted(lines, key=lambda line: line.at)


def checks_of(run: AgentRun, steps: Iterable[AgentStep]) -> list[Checks]:
    """The first engine's, and those of the guided one that took over."""
    passed = [step for step in steps if _passed(step)]
    rounds = [
        [step for step in passed if (step.index >= FALLBACK_FROM) is after]
        for after in (False, True)
    ]
    engines = ("llm", "guided") if run.problem else (run.engine, run.engine)
    several = all(rounds)
    return [
        Checks(
            run_words.said(run_words.ENGINES, engine) if several else "",
            tuple(run_words.gate_name(name) for step in found for name in _gates(step)),
        )
        for engine, found in zip(engines, rounds, strict=True)
        if found
    ]


def tokens_text(*, tokens_in: int, cached: int, out: int) -> str:
    """What went in, how much of it from the cache, and what came out; "" for nothing."""
    if not (tokens_in or out):
        return ""
    words = _("%(in)s tokens in (%(cached)s from the cache), %(out)s out")
    if not cached:
        words = _("%(in)s tokens in, %(out)s out")
    return words % {"in": f"{tokens_in:,}", "cached": f"{cached:,}", "out": f"{out:,}"}


def span_text(span: timedelta) -> str:
    """Seconds, or thousandths where it was quick."""
    seconds = span / timedelta(seconds=1)
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _passed(step: AgentStep) -> bool:
    return step.kind == Kinds.GATE and dict_of(step.result).get("passed") is True


def _gates(step: AgentStep) -> Sequence[str]:
    """Those that let it pass. Runs of older releases have a row for each."""
    return dict_of(step.result).get("gates") or [step.name]


def _corrected(steps: Iterable[AgentStep]) -> set[int]:
    """Answers in words after which the model was asked once more: our checks held them back."""
    calls = [step for step in steps if step.kind == Kinds.MODEL and step.index < FAILED_FROM]
    return {step.pk for step in calls[:-1] if not dicts_of(_message(step).get("tool_calls"))}


def _step_line(step: AgentStep, remarks: Iterable[Mapping[str, Any]], *, corrected: bool) -> Line:
    kind = badges.badge(step.get_kind_display(), TONES.get(step.kind, "grey"))
    name, said = STEP_WORDS.get(step.kind, _plain)(step)
    own = [each for each in remarks if step.kind == Kinds.MODEL and each.get("call") == step.index]
    if corrected:
        said = (*said, _("Held back by our checks: it was asked once more."))
    said = (*said, *dict.fromkeys(map(run_words.remark, own)))
    return Line(kind, name, step.created_at, cut(said), tuple(_took(step)), _raw(step, own))


def _took(step: AgentStep) -> Iterable[str]:
    if step.milliseconds:
        yield span_text(timedelta(milliseconds=step.milliseconds))
    tokens = tokens_text(tokens_in=step.tokens_in, cached=step.tokens_cached, out=step.tokens_out)
    if tokens:
        yield tokens
    if step.cost:
        yield dollars(step.cost)


def _tool_line(effect: Effect, names: Names) -> Line:
    kind = badges.badge(Kinds.TOOL.label, TONES[Kinds.TOOL])
    name = run_words.said(run_words.TOOLS, effect.tool)
    took = (span_text(effect.done_at - effect.created_at),) if effect.done_at else ()
    return Line(kind, name, effect.created_at, words_of(effect, names), took, _raw(effect))


def _gate(step: AgentStep) -> tuple[str, tuple[str, ...]]:
    reason = str(dict_of(step.result).get("reason", ""))
    return run_words.gate_name(step.name), (run_words.gate_reason(step.name, reason),)


def _fallback(step: AgentStep) -> tuple[str, tuple[str, ...]]:
    problem = str(dict_of(step.result).get("problem", ""))
    return _("The guided flow took over"), (run_words.problem(problem),)


def _model(step: AgentStep) -> tuple[str, tuple[str, ...]]:
    """What it wrote, and the tools it asked for; or why it brought nothing."""
    if step.index >= FAILED_FROM:
        problem = str(dict_of(step.result).get("problem", ""))
        return _named(step), (run_words.problem(problem) or _("It brought no answer."),)
    message = _message(step)
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    calls = [
        run_words.said(run_words.TOOLS, str(call.get("name", "")))
        for call in dicts_of(message.get("tool_calls"))
    ]
    wanted = [_("Asked for: %(tools)s") % {"tools": ", ".join(calls)}] if calls else []
    return _named(step), (*(text for text in texts if isinstance(text, str) and text), *wanted)


def _plain(step: AgentStep) -> tuple[str, tuple[str, ...]]:
    return step.name, ()


STEP_WORDS: Mapping[str, Callable[[AgentStep], tuple[str, tuple[str, ...]]]] = {
    Kinds.GATE: _gate,
    Kinds.FALLBACK: _fallback,
    Kinds.MODEL: _model,
}


def _named(step: AgentStep) -> str:
    """Runs of earlier versions do not say which model."""
    return _("Language model") if step.name in ("", "model") else step.name


def _message(step: AgentStep) -> Mapping[str, Any]:
    return dict_of(dict_of(step.result).get("data")) or dict_of(step.result)


def _raw(row: AgentStep | Effect, remarks: Sequence[Mapping[str, Any]] = ()) -> str:
    shown = {"name": str(row), "arguments": row.arguments, "result": row.result}
    return pretty(shown | ({"remarks": remarks} if remarks else {}))
