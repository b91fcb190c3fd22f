"""What was spent, of how much, by whom, and which models are left alone: for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max, QuerySet

from agent.model_calls import Refusal
from agent.models import Breaker, Purse, Reservation
from agent.spending import limits, purses

TOP = 10
RECENT = 20
# What a call takes, before any was made.
SOMETHING = Decimal("0.005")
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Budget:
    """A budget and what is gone of it. A `limit` of None is none."""

    kind: Purse.Kind
    spent: Decimal
    reserved: Decimal
    limit: Decimal | None

    @property
    def gone(self) -> Decimal:
        return self.spent + self.reserved

    def has_room_for(self, amount: Decimal) -> bool:
        return self.limit is None or self.gone + amount <= self.limit


def budgets(*, now: datetime) -> tuple[Budget, Budget]:
    """Today's and the total."""
    allowed = limits.current()
    keys = {Purse.Kind.DAY: purses.day_of(now), Purse.Kind.TOTAL: ""}
    rows = Purse.objects.filter(kind__in=keys, key__in=keys.values())
    found = {row.kind: row for row in rows}

    def budget(kind: Purse.Kind, limit: Decimal | None) -> Budget:
        row = found.get(kind)
        return Budget(kind, row.spent if row else NOTHING, row.reserved if row else NOTHING, limit)

    return budget(Purse.Kind.DAY, allowed.day), budget(Purse.Kind.TOTAL, allowed.total)


def top_leads() -> list[Purse]:
    """The leads that cost most."""
    return list(Purse.objects.filter(kind=Purse.Kind.LEAD).order_by("-spent", "key")[:TOP])


def breakers() -> QuerySet[Breaker]:
    """Every model that ever failed."""
    return Breaker.objects.order_by("model")


def exhausted(*, now: datetime) -> Iterator[Refusal]:
    """The budgets of everybody that have no room for one more call of the size of the last ones."""
    last = Reservation.objects.order_by("-pk")[:RECENT].aggregate(most=Max("amount"))
    for budget in budgets(now=now):
        if not budget.has_room_for(last["most"] or SOMETHING):
            yield purses.REFUSALS[budget.kind]
