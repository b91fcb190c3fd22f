"""Trouble on request, for tests and benches; off unless somebody asks."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any

from django.db import transaction

from integrations.models import SimulatedChaos

ROW = "default"


class ChaosError(ValueError):
    """The wish is not one that the simulator knows."""


@dataclass(frozen=True)
class Chaos:
    """What may go wrong. Rates are shares of all sends or statuses, 0 to 1.

    Before a send is accepted: `reject_rate` answers Meta's error `reject_code`, `break_rate` a
    502 without a body. After: `cut_rate` drops the connection. `answer_delay_seconds` slows all.
    `status_failed_rate` lets an accepted message fail later with `status_failed_code`.
    `adopt_unknown` makes a phone for every unknown recipient, without a 24 hour window.
    """

    seed: int = 0
    reject_rate: float = 0.0
    reject_code: int = 131000
    break_rate: float = 0.0
    cut_rate: float = 0.0
    answer_delay_seconds: float = 0.0
    status_drop_rate: float = 0.0
    status_duplicate_rate: float = 0.0
    status_failed_rate: float = 0.0
    status_failed_code: int = 131026
    status_delay_seconds: float = 0.0
    adopt_unknown: bool = False


class SendFault(Enum):
    """What happens to one send."""

    NONE = "none"
    REJECT = "reject"
    BREAK = "break"
    CUT = "cut"


@dataclass(frozen=True)
class Draw:
    """The dice of one send."""

    chaos: Chaos
    number: int

    def send_fault(self) -> SendFault:
        """Decide whether this send is refused, broken or cut."""
        chance = self._random("send")
        for fault, rate in (
            (SendFault.REJECT, self.chaos.reject_rate),
            (SendFault.BREAK, self.chaos.break_rate),
            (SendFault.CUT, self.chaos.cut_rate),
        ):
            if chance < rate:
                return fault
            chance -= rate
        return SendFault.NONE

    def fails_later(self) -> bool:
        """Decide whether a `failed` status follows."""
        return self._random("failed") < self.chaos.status_failed_rate

    def copies(self, status: str) -> int:
        """Tell how often a status is sent: 0, 1 or 2 times."""
        if self._random(f"drop {status}") < self.chaos.status_drop_rate:
            return 0
        return 2 if self._random(f"copy {status}") < self.chaos.status_duplicate_rate else 1

    def _random(self, what: str) -> float:
        return random.Random(f"{self.chaos.seed}:{self.number}:{what}").random()  # noqa: S311  # dice


def current() -> Chaos:
    """Tell what is switched on."""
    row = SimulatedChaos.objects.filter(pk=ROW).first()
    return Chaos(**row.settings) if row else Chaos()


def draw() -> Draw:
    """Throw the dice for one send; sends are numbered so that a seed repeats its troubles."""
    with transaction.atomic():
        row = SimulatedChaos.objects.select_for_update().filter(pk=ROW).first()
        if row is None:
            return Draw(Chaos(), 0)
        row.draws += 1
        row.save(update_fields=["draws"])
        return Draw(Chaos(**row.settings), row.draws)


def configure(wishes: dict[str, Any]) -> dict[str, Any]:
    """Replace what is switched on; `{}` switches everything off."""
    known = {field.name: type(field.default) for field in fields(Chaos)}
    for name, value in wishes.items():
        if name not in known:
            raise ChaosError(f"unknown: {name}; known: {', '.join(sorted(known))}")
        if not _fits(value, known[name]):
            raise ChaosError(f"{name} must be {known[name].__name__}")
    chaos = Chaos(**wishes)
    if chaos == Chaos():
        SimulatedChaos.objects.filter(pk=ROW).delete()
    else:
        SimulatedChaos.objects.update_or_create(
            pk=ROW, defaults={"settings": asdict(chaos), "draws": 0}
        )
    return asdict(chaos)


def _fits(value: object, kind: type) -> bool:
    if kind is float:
        return type(value) in (int, float) and float(str(value)) >= 0
    return type(value) is kind
