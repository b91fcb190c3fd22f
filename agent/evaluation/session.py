"""Every scenario, played on one of the engines, several times where a real model decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction
from django.db.models import Sum
from django.test.utils import override_settings

from agent.engines.guided.engine import GuidedEngine
from agent.evaluation import scripted
from agent.evaluation.judging import shortcomings
from agent.evaluation.lead import Lead
from agent.evaluation.scenario import Scenario
from agent.evaluation.stage import NOW, Line, Stage, make_salesperson
from agent.models import AgentRun
from agent.playbook import store
from agent.playbook.schema import Playbook, parse_playbook
from agent.runner import MakeEngine
from agent.spending import limits
from agent.tools.recorder import StepRecorder
from agent.wiring import llm_engine

Mode = Literal["guided", "scripted", "live"]
Clock = Callable[[], datetime]
EngineFor = Callable[[Scenario, Clock], MakeEngine]


@dataclass(frozen=True)
class Trial:
    """One scenario played once. `seconds` are of each turn; `cost` is in US dollars."""

    scenario: Scenario
    shortcomings: tuple[str, ...]
    lines: tuple[Line, ...]
    seconds: tuple[float, ...]
    fallbacks: int
    tokens: int
    cost: Decimal

    @property
    def passed(self) -> bool:
        return not self.shortcomings


def evaluate(
    scenarios: Sequence[Scenario],
    *,
    mode: Mode,
    playbook: Any,
    trials: int = 1,
    told: Callable[[Trial], None] = lambda _trial: None,
) -> list[Trial]:
    """Play them all; each trial's rows are rolled back. `told` hears of each trial as it ends.

    A real model is asked until the budget of a day is spent; scenarios that are left are not begun.
    """
    played: list[Trial] = []
    most = limits.current().day
    with _engines(mode, parse_playbook(playbook)) as engine_for:
        for scenario in scenarios:
            if mode == "live" and most is not None and sum(each.cost for each in played) >= most:
                break
            for _ in range(trials):
                with transaction.atomic():
                    trial = _play(scenario, engine_for, playbook)
                    transaction.set_rollback(True)
                if mode == "scripted" and trial.fallbacks:
                    why = f"{trial.fallbacks} turns fell back to the guided flow"
                    trial = replace(trial, shortcomings=(*trial.shortcomings, why))
                told(trial)
                played.append(trial)
    return played


def _play(scenario: Scenario, engine_for: EngineFor, playbook: Any) -> Trial:
    begins_at = scenario.begins_at or NOW
    version = store.publish(content=playbook, now=begins_at)
    make_salesperson()
    stage = Stage(
        primary=lambda run, claim: engine_for(scenario, lambda: stage.now)(run, claim),
        phone=scenario.phone,
        profile_name=scenario.profile_name,
        now=begins_at,
    )
    lead = Lead(scenario, stage, parse_playbook(version.content))
    lead.play()
    conversation = stage.conversation
    runs = AgentRun.objects.filter(conversation_id=conversation.pk)
    spent = runs.aggregate(cost=Sum("cost"), tokens=Sum("tokens_in") + Sum("tokens_out"))
    return Trial(
        scenario=scenario,
        shortcomings=(*lead.problems, *shortcomings(scenario.expect, conversation, stage.lines)),
        lines=tuple(stage.lines),
        seconds=tuple(stage.seconds),
        fallbacks=runs.filter(steps__kind="fallback").distinct().count(),
        tokens=spent["tokens"] or 0,
        cost=spent["cost"] or Decimal(0),
    )


@contextmanager
def _engines(mode: Mode, playbook: Playbook) -> Iterator[EngineFor]:
    if mode == "guided":
        yield lambda _scenario, _clock: lambda _run, _claim: GuidedEngine()
    elif mode == "live":
        yield lambda _scenario, clock: _llm(clock)
    else:
        with scripted.ScriptedModel(playbook) as model, _configured(model):

            def engine_for(scenario: Scenario, clock: Clock) -> MakeEngine:
                model.scenario = scenario
                return _llm(clock)

            yield engine_for


def _configured(model: scripted.ScriptedModel) -> override_settings:
    return override_settings(
        OPENAI_API_KEY="none",
        OPENAI_BASE_URL=model.url,
        OPENAI_MODEL=scripted.MODEL,
        OPENAI_FALLBACK_MODEL="",
    )


def _llm(clock: Clock) -> MakeEngine:
    """On the stage's clock: the lease of a turn is measured by it."""
    return lambda run, claim: llm_engine(StepRecorder(run=run, claim=claim, clock=clock))
