"""Replays of a draft: begin one, carry it on turn by turn, cancel it.

Rows are the truth: each turn is stored as it is played, with the line that the next one goes on
from, so whoever takes a replay up finds where it stands. A lease keeps two workers apart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from pydantic import ValidationError

from agent.models import PlaybookVersion, Replay, ReplayCase
from agent.playbook.schema import parse_playbook
from agent.replay import plan
from agent.replay.performance import Performance, Played
from agent.replay.play import Rehearsal
from conversations import queue
from conversations.models import Conversation, Direction, Message, User

MOST = 50
# Longer than a turn of a model takes, with its retries.
LEASE = timedelta(minutes=2)
# Then leads' turns that wait come first.
STRETCH_SECONDS = 5.0
OPEN = (Replay.State.QUEUED, Replay.State.RUNNING)

Clock = Callable[[], datetime]


class ReplayError(Exception):
    """Why it was not begun, in words for staff."""


def digest_of(content: Any) -> str:
    """Names a state of a draft: equal content, equal digest."""
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def recent(count: int) -> list[UUID]:
    """The conversations in which a lead wrote last."""
    wrote = Message.objects.filter(conversation=OuterRef("pk"), direction=Direction.INBOUND)
    rows = Conversation.objects.filter(Exists(wrote), lead__merged_into__isnull=True)
    return list(rows.order_by("-last_message_at", "-id").values_list("pk", flat=True)[:count])


@transaction.atomic
def begin(
    *, version: PlaybookVersion, conversation_ids: Collection[UUID], by: User | None, now: datetime
) -> Replay:
    """Have these conversations and every active case played through the draft as it is now."""
    version = PlaybookVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != PlaybookVersion.State.DRAFT:
        raise ReplayError(_("Only a draft is replayed."))
    if Replay.objects.filter(version=version, state__in=OPEN).exists():
        raise ReplayError(_("A replay of this draft is running already."))
    try:
        parse_playbook(version.content)
    except ValidationError:
        raise ReplayError(_("This content is not a valid playbook.")) from None
    cases = ReplayCase.objects.filter(is_active=True).order_by("created_at", "id")
    planned = plan.make(chosen=list(conversation_ids)[:MOST], cases=cases)
    if not planned:
        raise ReplayError(_("There is no conversation to play."))
    replay = Replay.objects.create(
        version=version,
        digest=digest_of(version.content),
        content=version.content,
        chosen=plan.dump(planned),
        total=len(planned),
        created_by=by,
        created_at=now,
    )
    queue.hint_replays([replay.pk])
    return replay


def cancel(*, replay_id: UUID, now: datetime) -> bool:
    """Stop it after the turn that is being played; False when it is over."""
    rows = Replay.objects.filter(pk=replay_id, state__in=OPEN)
    return bool(rows.update(state=Replay.State.CANCELLED, finished_at=now, lease_until=None))


def hint_stranded(*, now: datetime) -> None:
    """A replay whose worker died, or whose hint was lost, goes on."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    rows = Replay.objects.filter(free, state__in=OPEN)
    queue.hint_replays(list(rows.values_list("pk", flat=True)))


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
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    rows = Replay.objects.filter(free, pk=replay_id, state__in=OPEN)
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
