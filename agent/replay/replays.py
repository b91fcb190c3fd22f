"""Replays of a draft: begin one, cancel it, hint at it. The worker carries it on (carry.py)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import ValidationError

from agent.models import PlaybookVersion, Replay, ReplayCase
from agent.playbook.schema import parse_playbook
from agent.replay import plan
from agent.replay.plan import Planned
from conversations import queue
from conversations.models import Conversation, Direction, Message, User

MOST = 50
# The digest of a replay of one turn: it says nothing of a draft as a whole.
OF_ONE_TURN = ""
OPEN = (Replay.State.QUEUED, Replay.State.RUNNING)


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
    others = Replay.objects.exclude(digest=OF_ONE_TURN)
    if others.filter(version=version, state__in=OPEN).exists():
        raise ReplayError(_("A replay of this draft is running already."))
    cases = ReplayCase.objects.filter(is_active=True).order_by("created_at", "id")
    planned = plan.make(chosen=list(conversation_ids)[:MOST], cases=cases)
    if not planned:
        raise ReplayError(_("There is no conversation to play."))
    return start(version, planned, digest=digest_of(version.content), by=by, now=now)


def start(
    version: PlaybookVersion,
    planned: Sequence[Planned],
    *,
    digest: str,
    by: User | None,
    now: datetime,
) -> Replay:
    """Have the worker play this. Raises ReplayError."""
    try:
        parse_playbook(version.content)
    except ValidationError:
        raise ReplayError(_("This content is not a valid playbook.")) from None
    replay = Replay.objects.create(
        version=version,
        digest=digest,
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


def waiting(*, now: datetime) -> QuerySet[Replay]:
    """Those to play that no worker is on."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    return Replay.objects.filter(free, state__in=OPEN)


def hint_stranded(*, now: datetime) -> None:
    """A replay whose worker died, or whose hint was lost, goes on."""
    queue.hint_replays(list(waiting(now=now).values_list("pk", flat=True)))
