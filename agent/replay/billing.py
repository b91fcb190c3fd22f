"""What a replay's calls of the model cost: paid from the same budgets, on no lead's account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from agent.model_calls import NOTHING_USED, Failure, PlannedCall, Refusal, Usage
from agent.spending import breakers, prices, purses


@dataclass
class Bill:
    """What was spent so far."""

    spent: Decimal = Decimal(0)


@dataclass(frozen=True)
class _Paid:
    model: str
    amount: Decimal
    at: datetime


class BilledCalls:
    """Implements agent.model_calls.ModelRecorder: counts money and health, keeps no answer."""

    def __init__(self, bill: Bill, *, clock: Callable[[], datetime]) -> None:
        self._bill = bill
        self._clock = clock
        self._paid: list[_Paid] = []

    def load(self, index: int) -> Mapping[str, Any] | None:  # noqa: ARG002
        return None

    @transaction.atomic
    def begin(self, call: PlannedCall) -> int | Refusal:
        now = self._clock()
        amount: Decimal | Refusal = Refusal.MODEL_DOWN
        if breakers.admits(call.model, now=now):
            amount = purses.pay_ahead(call=call, now=now)
        if isinstance(amount, Refusal):
            transaction.set_rollback(True)
            return amount
        self._paid.append(_Paid(call.model, amount, now))
        return len(self._paid) - 1

    @transaction.atomic
    def save(
        self,
        index: int,  # noqa: ARG002
        message: Mapping[str, Any],  # noqa: ARG002
        *,
        ticket: int,
        usage: Usage | None,
        milliseconds: int,  # noqa: ARG002
    ) -> None:
        breakers.note_success(self._paid[ticket].model)
        self._settle(ticket, usage)

    @transaction.atomic
    def fail(self, failure: Failure, *, ticket: int, milliseconds: int) -> None:  # noqa: ARG002
        breakers.note(self._paid[ticket].model, failure, now=self._clock())
        self._settle(ticket, NOTHING_USED if failure.free else failure.usage)

    def _settle(self, ticket: int, usage: Usage | None) -> None:
        """What nobody knows is charged in full."""
        paid = self._paid[ticket]
        known = prices.cost_of(paid.model, usage)
        cost = paid.amount if known is None else known
        self._bill.spent += cost
        purses.give_back(amount=paid.amount - cost, paid_at=paid.at)
