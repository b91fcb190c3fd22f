"""One past turn decided again by any version: a replay of its own kind, of that turn alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import ValidationError

from agent.models import AgentRun, PlaybookVersion, Replay
from agent.playbook.schema import parse_playbook
from agent.replay import plan
from agent.replay.plan import Planned
from agent.replay.replays import OF_ONE_TURN, ReplayError
from conversations import queue
from conversations.models import User


def begin(*, run: AgentRun, version: PlaybookVersion, by: User | None, now: datetime) -> Replay:
    """Have it decided once more, with what it saw then."""
    if not run.context:
        raise ReplayError(_("What this turn saw is no longer stored."))
    try:
        parse_playbook(version.content)
    except ValidationError:
        raise ReplayError(_("This content is not a valid playbook.")) from None
    replay = Replay.objects.create(
        version=version,
        digest=OF_ONE_TURN,
        content=version.content,
        chosen=plan.dump([Planned(run.conversation_id, 0, run=run.pk)]),
        total=1,
        created_by=by,
        created_at=now,
    )
    queue.hint_replays([replay.pk])
    return replay


def find(*, run_id: UUID, again_id: UUID) -> Replay | None:
    """A time that this turn was decided again."""
    rows = Replay.objects.select_related("version").filter(pk=again_id, digest=OF_ONE_TURN)
    return rows.filter(chosen__0__run=str(run_id)).first()
