"""A lead's score and stage after their facts changed, whoever changed them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from agent.models import PlaybookVersion
from agent.playbook.schema import Playbook, parse_playbook
from agent.playbook.scoring import Score, score
from agent.turn import KnownFact
from conversations.models import Stage, Temperature
from conversations.services import leads


def rate(*, lead_id: UUID, playbook: Playbook, facts: Iterable[KnownFact]) -> None:
    """Store what the rules say of these facts, and move the lead forward where they suffice."""
    known = tuple(facts)
    result = rescore(lead_id=lead_id, playbook=playbook, facts=known)
    answered = {fact.key for fact in known}
    complete = all(q.key in answered for q in playbook.questions if q.required)
    enough = complete and result.points >= playbook.meeting_from and not result.disqualifier
    leads.advance(lead_id=lead_id, stage=Stage.QUALIFIED if enough else Stage.QUALIFYING)


def in_force(*, version_id: int, playbook: Playbook) -> Playbook:
    """The published rules, which are newer than this version's where one was published since."""
    rows = PlaybookVersion.objects.filter(state=PlaybookVersion.State.PUBLISHED)
    newer = rows.exclude(pk=version_id).first()
    return playbook if newer is None else parse_playbook(newer.content)


def rescore(*, lead_id: UUID, playbook: Playbook, facts: Iterable[KnownFact]) -> Score:
    """Store what the rules say of these facts, and leave the stage alone."""
    result = score(playbook, facts)
    leads.set_score(
        lead_id=lead_id,
        points=result.points,
        temperature=Temperature(result.temperature),
        lines=_lines(result),
    )
    return result


def _lines(result: Score) -> list[dict[str, Any]]:
    return [
        {
            "label": dict(line.label),
            "points": line.points,
            "key": line.key,
            "value": line.value,
            "quote": line.quote,
            "rules_out": line.rules_out,
        }
        for line in result.lines
    ]
