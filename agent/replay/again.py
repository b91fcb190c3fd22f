"""One past turn decided again by any version: a replay of its own kind, of that turn alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from agent.models import AgentRun, PlaybookVersion, Replay
from agent.replay.plan import Planned
from agent.replay.replays import OF_ONE_TURN, ReplayError, start
from conversations.models import User


def begin(*, run: AgentRun, version: PlaybookVersion, by: User | None, now: datetime) -> Replay:
    """Have it decided once more, with what it saw then."""
    if not run.context:
        raise ReplayError(_("What this turn saw is no longer stored."))
    alone = Planned(run.conversation_id, 0, run=run.pk)
    return start(version, [alone], digest=OF_ONE_TURN, by=by, now=now)


def find(*, run_id: UUID, again_id: UUID) -> Replay | None:
    """A time that this turn was decided again."""
    rows = Replay.objects.select_related("version").filter(pk=again_id, digest=OF_ONE_TURN)
    return rows.filter(chosen__0__run=str(run_id)).first()
