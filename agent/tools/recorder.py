"""Keeps each call of the model: the money before it, the answer before anything acts on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from agent.model_calls import NOTHING_USED, Failure, PlannedCall, Refusal, Usage
from agent.models import AgentRun, AgentStep, Reservation
from agent.spending import breakers, prices, purses
from conversations.services import lanes

# Steps of calls that failed stand behind those whose answers are replayed.
FAILED_FROM = 1000


class StepRecorder:
    """Implements agent.model_calls.ModelRecorder; stops the turn when it is ours no more."""

    def __init__(self, *, run: AgentRun, claim: lanes.Claim, clock: Callable[[], datetime]) -> None:
        self._run = run
        self._claim = claim
        self._clock = clock
        self._held: dict[int, Reservation] = {}

    def load(self, index: int) -> Mapping[str, Any] | None:
        lanes.go_on(self._claim, now=self._clock())
        if self._run.attempts == 1:
            return None
        step = AgentStep.objects.filter(
            run=self._run, kind=AgentStep.Kind.MODEL, index=index
        ).first()
        return step.result if step else None

    @transaction.atomic
    def begin(self, call: PlannedCall) -> int | Refusal:
        now = self._clock()
        held: Reservation | Refusal = Refusal.MODEL_DOWN
        if breakers.admits(call.model, now=now):
            held = purses.reserve(run=self._run, lead_id=self._claim.lead_id, call=call, now=now)
        if isinstance(held, Refusal):
            # A refusal leaves no purse touched and no breaker waiting for its probe.
            transaction.set_rollback(True)
            return held
        self._held[held.pk] = held
        return held.pk

    @transaction.atomic
    def save(
        self,
        index: int,
        message: Mapping[str, Any],
        *,
        ticket: int,
        usage: Usage | None,
        milliseconds: int,
    ) -> None:
        held = self._held.pop(ticket)
        breakers.note_success(held.model)
        self._keep(index, held, usage, milliseconds, result=message)

    @transaction.atomic
    def fail(self, failure: Failure, *, ticket: int, milliseconds: int) -> None:
        held = self._held.pop(ticket)
        breakers.note(held.model, failure, now=self._clock())
        steps = AgentStep.objects.filter(
            run=self._run, kind=AgentStep.Kind.MODEL, index__gte=FAILED_FROM
        )
        self._keep(
            FAILED_FROM + steps.count(),
            held,
            NOTHING_USED if failure.free else failure.usage,
            milliseconds,
            result={"problem": failure.kind},
        )

    def _keep(
        self,
        index: int,
        held: Reservation,
        usage: Usage | None,
        milliseconds: int,
        *,
        result: Mapping[str, Any],
    ) -> None:
        now = self._clock()
        used = usage or NOTHING_USED
        known = prices.cost_of(held.model, usage)
        cost = purses.settle(held=held, cost=known, now=now, used=used)
        AgentStep.objects.create(
            run=self._run,
            kind=AgentStep.Kind.MODEL,
            index=index,
            name=held.model[:64],
            result=dict(result),
            tokens_in=used.tokens_in,
            tokens_cached=used.tokens_cached,
            tokens_out=used.tokens_out,
            cost=cost,
            milliseconds=milliseconds,
            created_at=now,
        )
