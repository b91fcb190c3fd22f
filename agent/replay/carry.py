"""Carries replays on turn by turn, in the worker: the web loads no engine.

Rows are the truth: each turn is stored as it is played, with the line that the next one goes on
from, so whoever takes a replay up finds where it stands. A lease keeps two workers apart.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from time import monotonic
from uuid import UUID

from django.db import transaction

from agent.models import Replay
from agent.replay import plan, replays
from agent.replay.performance import Performance, Played
from agent.replay.play import Rehearsal
from conversations import queue

# Longer than a turn of a model takes, with its retries.
LEASE = timedelta(minutes=2)
# Then leads' turns that wait come first.
STRETCH_SECONDS = 5.0

Clock = Callable[[], datetime]


def go_on(*, replay_id: UUID, stage: Rehearsal, clock: Clock) -> None:
    """Play for a few seconds; what is left is hinted at again. Nothing when somebody is on it."""
    held = _claim(replay_id, stage.engine.name, clock())
    if held is None:
        return
    performance = Performance(held, stage)
    until = monotonic() + STRETCH_SECONDS
    while (played := performance.next()) is not None:
        if not _keep(held, played, clock()):
            return
        if monotonic() > until:
            _let_go(held)
            return
    _finish(held, clock())


def _claim(replay_id: UUID, engine: str, now: datetime) -> Replay | None:
    rows = replays.waiting(now=now).filter(pk=replay_id)
    if not rows.update(state=Replay.State.RUNNING, lease_until=now + LEASE, engine=engine):
        return None
    return Replay.objects.get(pk=replay_id)


def _hold(held: Replay) -> Replay | None:
    """Lock it, if it is still ours: the end of the lease is who holds it."""
    rows = Replay.objects.select_for_update().filter(pk=held.pk, state=Replay.State.RUNNING)
    return rows.filter(lease_until=held.lease_until).first()


@transaction.atomic
def _keep(held: Replay, played: Played, now: datetime) -> bool:
    """Store what was played; False when it was cancelled or taken over meanwhile."""
    row = _hold(held)
    if row is None:
        return False
    if played.turn is not None:
        played.turn.created_at = now
        played.turn.save(force_insert=True)
        row.cost += Decimal(played.turn.after["cost"])
    if played.plan is not None:
        row.chosen = plan.dump(played.plan)
    for turn in played.failed:
        turn.save(update_fields=["failures"])
    row.problem = row.problem or played.problem[:300]
    row.done += played.is_over
    row.lease_until = held.lease_until = max(now + LEASE, held.lease_until or now)
    row.save()
    return True


@transaction.atomic
def _let_go(held: Replay) -> None:
    row = _hold(held)
    if row is not None:
        row.lease_until = None
        row.save(update_fields=["lease_until"])
        queue.hint_replays([row.pk])


@transaction.atomic
def _finish(held: Replay, now: datetime) -> None:
    row = _hold(held)
    if row is not None:
        broken = row.problem or row.turns.exclude(failures=[]).exists()
        row.state = Replay.State.FAILED if broken else Replay.State.PASSED
        row.lease_until, row.finished_at = None, now
        row.save()
