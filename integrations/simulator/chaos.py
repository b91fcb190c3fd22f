"""Trouble on request, for tests and benches; off unless somebody asks."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any, TypeVar

from django.db import transaction

from integrations.models import SimulatedChaos

ROW = "default"
MOST = 10**9
Choice = TypeVar("Choice")


class ChaosError(ValueError):
    """The wish is not one that the simulator knows."""


@dataclass(frozen=True)
class Chaos:
    """What may go wrong. Rates are shares, 0 to 1, of all sends, statuses or webhooks.

    Before a send is accepted: `reject_rate` answers Meta's error `reject_code`, as the next
    `reject_next` sends are in any case; `break_rate` a 502 without a body, `cut_before_rate` drops
    the connection. After: `cut_rate` drops the connection, `break_after_rate` answers the 502.
    A 429 carries `retry_after_seconds`. `answer_delay_seconds` slows all.
    `status_failed_rate` lets an accepted message fail later with `status_failed_code`.
    `webhook_reorder_rate` holds webhooks back so that later ones overtake them.
    `media_expired` breaks the addresses of files, `media_gone` their ids as well.
    `pair_rate_limit` allows a person 45 messages at once, then one in 6 seconds.
    `graph_429_rate` and the like are shares of the calls to the simulated Graph, which then answers
    that, and nothing was done; its 429 and 503 carry `graph_retry_after_seconds`. `graph_cut_rate`
    and `graph_cut_before_rate` drop its connection after and before the work. Of getSchedule's
    mailboxes `graph_schedule_error_rate` cannot be told about. A meeting's link is there after
    `graph_join_url_reads` readings. Of its notifications `notification_drop_rate` never come, the
    others late by `notification_delay_seconds`; what webhooks suffer, they suffer too.
    `adopt_unknown` makes a phone for every unknown recipient, without a 24 hour window.
    """

    seed: int = 0
    reject_rate: float = 0.0
    reject_code: int = 131000
    reject_next: int = 0
    retry_after_seconds: int = 0
    break_rate: float = 0.0
    break_after_rate: float = 0.0
    cut_before_rate: float = 0.0
    cut_rate: float = 0.0
    answer_delay_seconds: float = 0.0
    status_drop_rate: float = 0.0
    status_duplicate_rate: float = 0.0
    status_failed_rate: float = 0.0
    status_failed_code: int = 131026
    status_delay_seconds: float = 0.0
    webhook_duplicate_rate: float = 0.0
    webhook_reorder_rate: float = 0.0
    media_expired: bool = False
    media_gone: bool = False
    pair_rate_limit: bool = False
    graph_429_rate: float = 0.0
    graph_503_rate: float = 0.0
    graph_504_rate: float = 0.0
    graph_retry_after_seconds: int = 0
    graph_cut_before_rate: float = 0.0
    graph_cut_rate: float = 0.0
    graph_delay_seconds: float = 0.0
    graph_schedule_error_rate: float = 0.0
    graph_join_url_reads: int = 0
    notification_drop_rate: float = 0.0
    notification_delay_seconds: float = 0.0
    adopt_unknown: bool = False


class GraphFault(Enum):
    """What happens to one call of the simulated Graph."""

    NONE = "none"
    THROTTLED = 429
    UNAVAILABLE = 503
    TIMED_OUT = 504
    CUT_BEFORE = "cut before"
    CUT = "cut"


class SendFault(Enum):
    """What happens to one send."""

    NONE = "none"
    REJECT = "reject"
    BREAK = "break"
    CUT_BEFORE = "cut before"
    CUT = "cut"
    BREAK_AFTER = "break after"


ACCEPTED = {SendFault.NONE, SendFault.CUT, SendFault.BREAK_AFTER}


@dataclass(frozen=True)
class Draw:
    """The dice of one send. `ordered`: it is one of the next that are to be refused."""

    chaos: Chaos
    number: int
    ordered: bool = False

    def send_fault(self) -> SendFault:
        """Decide whether this send is refused, broken or cut."""
        if self.ordered:
            return SendFault.REJECT
        rates = {
            SendFault.REJECT: self.chaos.reject_rate,
            SendFault.BREAK: self.chaos.break_rate,
            SendFault.CUT: self.chaos.cut_rate,
            SendFault.CUT_BEFORE: self.chaos.cut_before_rate,
            SendFault.BREAK_AFTER: self.chaos.break_after_rate,
        }
        return self._one_of(rates, "send") or SendFault.NONE

    def graph_fault(self) -> GraphFault:
        """Decide what happens to this call of the simulated Graph."""
        rates = {
            GraphFault.THROTTLED: self.chaos.graph_429_rate,
            GraphFault.UNAVAILABLE: self.chaos.graph_503_rate,
            GraphFault.TIMED_OUT: self.chaos.graph_504_rate,
            GraphFault.CUT_BEFORE: self.chaos.graph_cut_before_rate,
            GraphFault.CUT: self.chaos.graph_cut_rate,
        }
        return self._one_of(rates, "graph") or GraphFault.NONE

    def is_schedule_broken(self, address: str) -> bool:
        """Decide whether getSchedule cannot tell about a mailbox."""
        return self._random(f"schedule {address}") < self.chaos.graph_schedule_error_rate

    def is_notification_lost(self) -> bool:
        """Decide whether a notification is never sent."""
        return self._random("notification") < self.chaos.notification_drop_rate

    def fails_later(self) -> bool:
        """Decide whether a `failed` status follows."""
        return self._random("failed") < self.chaos.status_failed_rate

    def copies(self, status: str) -> int:
        """Tell how often a status is sent: 0, 1 or 2 times."""
        if self._random(f"drop {status}") < self.chaos.status_drop_rate:
            return 0
        return 2 if self._random(f"copy {status}") < self.chaos.status_duplicate_rate else 1

    def is_doubled(self) -> bool:
        """Decide whether a webhook is posted twice."""
        return self._random("double") < self.chaos.webhook_duplicate_rate

    def is_overtaken(self) -> bool:
        """Decide whether later webhooks arrive before this one."""
        return self._random("overtake") < self.chaos.webhook_reorder_rate

    def _one_of(self, rates: Mapping[Choice, float], what: str) -> Choice | None:
        chance = self._random(what)
        for choice, rate in rates.items():
            if chance < rate:
                return choice
            chance -= rate
        return None

    def _random(self, what: str) -> float:
        return random.Random(f"{self.chaos.seed}:{self.number}:{what}").random()  # noqa: S311  # dice


def current() -> Chaos:
    """Tell what is switched on."""
    row = SimulatedChaos.objects.filter(pk=ROW).first()
    return Chaos(**row.settings) if row else Chaos()


def draw(*, sends: bool = True) -> Draw:
    """Throw the dice for one send; sends are numbered so that a seed repeats its troubles.

    `sends` is False for what is not a send: it leaves the refusals ordered for the next ones.
    """
    with transaction.atomic():
        row = SimulatedChaos.objects.select_for_update().filter(pk=ROW).first()
        if row is None:
            return Draw(Chaos(), 0)
        row.draws += 1
        chaos = Chaos(**row.settings)
        ordered = sends and chaos.reject_next > 0
        if ordered:
            row.settings["reject_next"] = chaos.reject_next - 1
        row.save(update_fields=["draws", "settings"])
        return Draw(chaos, row.draws, ordered=ordered)


def kinds() -> dict[str, type]:
    """Name every switch with the type of its value."""
    return {field.name: type(field.default) for field in fields(Chaos)}


def configure(wishes: dict[str, Any]) -> dict[str, Any]:
    """Replace what is switched on; `{}` switches everything off."""
    known = kinds()
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
        return type(value) in (int, float) and 0 <= float(str(value)) <= MOST
    return type(value) is kind and (kind is not int or 0 <= int(str(value)) <= MOST)
