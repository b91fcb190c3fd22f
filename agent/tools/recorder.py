"""Keeps each answer of the model as a step of the run, before anything acts on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from agent.models import AgentRun, AgentStep
from conversations.services import lanes


class StepRecorder:
    """Implements agent.engines.llm.ModelRecorder; stops the turn when it is ours no more."""

    def __init__(self, *, run: AgentRun, claim: lanes.Claim, clock: Callable[[], datetime]) -> None:
        self._run = run
        self._claim = claim
        self._clock = clock

    def load(self, index: int) -> Mapping[str, Any] | None:
        lanes.go_on(self._claim, now=self._clock())
        step = AgentStep.objects.filter(
            run=self._run, kind=AgentStep.Kind.MODEL, index=index
        ).first()
        return step.result if step else None

    def save(self, index: int, message: Mapping[str, Any]) -> None:
        AgentStep.objects.create(
            run=self._run,
            kind=AgentStep.Kind.MODEL,
            index=index,
            name="model",
            result=dict(message),
            created_at=self._clock(),
        )
