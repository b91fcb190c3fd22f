"""What is said of each call of a model, before it and after it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True)
class Usage:
    """Tokens of a call. `tokens_in` counts those from the cache too."""

    tokens_in: int
    tokens_cached: int
    tokens_out: int


NOTHING_USED = Usage(0, 0, 0)


@dataclass(frozen=True)
class PlannedCall:
    """A call about to be made: tokens in as estimated, generously, and out at most."""

    model: str
    tokens_in: int
    tokens_out: int


class Refusal(StrEnum):
    """Why a call may not be made."""

    LEAD_BUDGET = "lead_budget"
    DAY_BUDGET = "day_budget"
    TOTAL_BUDGET = "total_budget"
    LEAD_HOUR = "lead_hour"
    LEAD_DAY = "lead_day"
    MODEL_DOWN = "model_down"
    NO_PRICE = "no_price"

    @property
    def of_one_model(self) -> bool:
        """Whether another model may be asked instead."""
        return self in (Refusal.MODEL_DOWN, Refusal.NO_PRICE)

    @property
    def of_one_lead(self) -> bool:
        """Whether other leads are still answered by the model."""
        return self in (Refusal.LEAD_BUDGET, Refusal.LEAD_HOUR, Refusal.LEAD_DAY)

    @classmethod
    def named_in(cls, problem: str) -> Refusal | None:
        """The refusal that a run's problem ends with."""
        last = problem.rpartition(" ")[2]
        return cls(last) if last in set(cls) else None


@dataclass(frozen=True)
class Failure:
    """A call that brought nothing to use.

    `usage` is None when nobody knows what it took: it is charged in full unless it is `free`,
    because the provider turned it down or never got it. `sick` means that it tells of the
    provider's health and not of this conversation; `hopeless` that only people can mend it.
    """

    kind: str
    usage: Usage | None = None
    free: bool = False
    sick: bool = False
    hopeless: bool = False


class ModelRecorder(Protocol):
    """Keeps each call of the model and its answer, before anything acts on it.

    All of it runs on the engine's own thread. `load` is called before every request and may raise
    to stop the turn (a lost lease, a takeover): what it raises leaves `decide` as it is.
    """

    def load(self, index: int) -> Mapping[str, Any] | None:
        """The stored answer, if this turn was tried before."""

    def begin(self, call: PlannedCall) -> int | Refusal:
        """Put the money aside; a ticket for what comes of it, or why the call may not be made."""

    def save(
        self,
        index: int,
        message: Mapping[str, Any],
        *,
        ticket: int,
        usage: Usage | None,
        milliseconds: int,
    ) -> None:
        """Store an answer (JSON-safe) and what it took."""

    def fail(self, failure: Failure, *, ticket: int, milliseconds: int) -> None:
        """Store that a call failed."""
