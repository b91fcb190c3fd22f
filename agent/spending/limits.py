"""How much the model may cost, and how often one lead may make us ask it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

AMOUNT = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
# In place of an amount.
NO_LIMIT = "none"
BUDGETS = ("AGENT_BUDGET_PER_LEAD_USD", "AGENT_BUDGET_PER_DAY_USD", "AGENT_BUDGET_TOTAL_USD")


class BudgetError(ValueError):
    """A budget is no amount; says which setting."""


@dataclass(frozen=True)
class Limits:
    """US dollars, None for no limit, and calls of a model for one lead."""

    lead: Decimal | None
    day: Decimal | None
    total: Decimal | None
    calls_an_hour: int
    calls_a_day: int


def current() -> Limits:
    """The limits of this deployment. Raises BudgetError."""
    lead, day, total = map(_budget, BUDGETS)
    return Limits(
        lead=lead,
        day=day,
        total=total,
        calls_an_hour=settings.AGENT_MODEL_CALLS_PER_HOUR,
        calls_a_day=settings.AGENT_MODEL_CALLS_PER_DAY,
    )


def _budget(name: str) -> Decimal | None:
    text = str(getattr(settings, name)).strip().lower()
    if text == NO_LIMIT:
        return None
    if not AMOUNT.fullmatch(text):
        raise BudgetError(name)
    return Decimal(text)
