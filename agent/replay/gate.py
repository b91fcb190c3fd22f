"""What holds a draft back: a replay that failed, and cases that it was not shown to get right."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agent.models import PlaybookVersion, Replay, ReplayCase
from agent.replay import plan
from agent.replay.replays import digest_of

States = Replay.State


def blocking(version: PlaybookVersion, /) -> Sequence[str]:
    """Why this draft may not be published yet, in words for staff; empty: it may."""
    cases = list(ReplayCase.objects.filter(is_active=True))
    replay = latest(version)
    if replay is None:
        if not cases:
            return []
        words = ngettext(
            "Replay this draft first: %(count)d case has to pass.",
            "Replay this draft first: %(count)d cases have to pass.",
            len(cases),
        )
        return [words % {"count": len(cases)}]
    if replay.state in (States.QUEUED, States.RUNNING):
        return [_("The replay of this draft is not over yet.")]
    if replay.state == States.FAILED:
        return [_("In the last replay of this draft not everything held.")]
    if not _played(replay, cases):
        return [_("Cases were added or changed since this draft was replayed: replay it again.")]
    return []


def latest(version: PlaybookVersion) -> Replay | None:
    """The last replay of exactly this content that was not cancelled."""
    rows = Replay.objects.filter(version=version, digest=digest_of(version.content))
    return rows.exclude(state=States.CANCELLED).order_by("-created_at", "-id").first()


def _played(replay: Replay, cases: Sequence[ReplayCase]) -> bool:
    played = [case for each in plan.load(replay.chosen) for case in each.cases]
    known = [(case.id, case.up_to, case.expectations) for case in played]
    wanted = (plan.planned(case) for case in cases)
    return all((case.id, case.up_to, case.expectations) in known for case in wanted)
