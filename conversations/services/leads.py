"""What staff and the agent may change about a lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from conversations.models import Conversation, Lead, Stage, Temperature, User

# The agent only ever moves a lead forward along these.
AGENT_STAGES = [Stage.NEW, Stage.QUALIFYING, Stage.QUALIFIED, Stage.MEETING]


def assign(*, lead_id: UUID, owner: User | None) -> None:
    """Make a colleague the owner, or nobody."""
    Lead.objects.filter(id=lead_id).update(owner=owner)


def set_stage(*, lead_id: UUID, stage: Stage) -> None:
    """Staff may set any stage."""
    Lead.objects.filter(id=lead_id).update(stage=stage)


def advance(*, lead_id: UUID, stage: Stage) -> None:
    """Move the lead forward; never back, and never out of won or lost."""
    earlier = AGENT_STAGES[: AGENT_STAGES.index(stage)]
    Lead.objects.filter(id=lead_id, stage__in=earlier).update(stage=stage)


def mark_read(*, conversation_id: UUID) -> None:
    """A colleague has seen the conversation."""
    Conversation.objects.filter(id=conversation_id, unread_count__gt=0).update(unread_count=0)


def set_score(
    *, lead_id: UUID, points: int, temperature: Temperature, lines: Sequence[dict[str, Any]]
) -> None:
    """Store what the playbook's rules say, with one line per rule that counted."""
    Lead.objects.filter(id=lead_id).update(
        score=points, temperature=temperature, score_lines=list(lines)
    )


def learn(*, lead_id: UUID, language: str, time_zone: str) -> None:
    """Remember the language the lead writes in, and the zone if they named one."""
    lead = Lead.objects.get(id=lead_id)
    zone = time_zone or lead.time_zone
    if (lead.language, lead.time_zone) != (language, zone):
        lead.language, lead.time_zone = language, zone
        lead.save(update_fields=["language", "time_zone", "updated_at"])
