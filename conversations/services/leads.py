"""What staff and the agent may change about a lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from conversations.models import (
    Conversation,
    Lead,
    Meeting,
    MeetingState,
    Mode,
    Stage,
    Temperature,
    User,
)

# The agent only ever moves a lead forward along these.
AGENT_STAGES = [Stage.NEW, Stage.QUALIFYING, Stage.QUALIFIED, Stage.MEETING]
# A meeting that is to come or that was held, as far as anybody knows.
STANDING = (MeetingState.CONFIRMED, MeetingState.OVER, MeetingState.COMPLETED)


def assign(*, lead_id: UUID, owner: User | None) -> None:
    """Make a colleague the owner, or nobody."""
    Lead.objects.filter(id=lead_id).update(owner=owner)


def set_stage(*, lead_id: UUID, stage: Stage) -> None:
    """Staff may set any stage; no meeting takes it back."""
    Lead.objects.filter(id=lead_id).update(stage=stage, stage_before_meeting="")


def advance(*, lead_id: UUID, stage: Stage) -> None:
    """Move the lead forward; never back, and never out of won or lost."""
    earlier = AGENT_STAGES[: AGENT_STAGES.index(stage)]
    if not Lead.objects.filter(id=lead_id, stage__in=earlier).update(stage=stage):
        booked = Lead.objects.filter(id=lead_id, stage=Stage.MEETING)
        booked.filter(stage_before_meeting__in=earlier).update(stage_before_meeting=stage)


def enter_meeting(*, lead_id: UUID) -> None:
    """A meeting stands: the lead moves forward, and where from is remembered."""
    earlier = AGENT_STAGES[: AGENT_STAGES.index(Stage.MEETING)]
    Lead.objects.filter(id=lead_id, stage__in=earlier).update(
        stage=Stage.MEETING, stage_before_meeting=F("stage")
    )


def leave_meeting(*, lead_id: UUID) -> None:
    """Back to where the lead came from, unless a meeting stands or staff set the stage."""
    standing = Meeting.objects.filter(lead=OuterRef("pk"), state__in=STANDING)
    moved = Lead.objects.filter(id=lead_id, stage=Stage.MEETING).exclude(stage_before_meeting="")
    moved.filter(~Exists(standing)).update(stage=F("stage_before_meeting"), stage_before_meeting="")


def mark_read(*, conversation_id: UUID) -> None:
    """A colleague has seen the conversation, and what the agent asked them to listen to."""
    asked = Q(mode=Mode.BOT, handoff_at__isnull=False)
    Conversation.objects.filter(Q(unread_count__gt=0) | asked, id=conversation_id).update(
        unread_count=0,
        handoff_reason=Case(When(asked, then=Value("")), default=F("handoff_reason")),
        handoff_at=Case(When(asked, then=None), default=F("handoff_at")),
    )


def set_score(
    *, lead_id: UUID, points: int, temperature: Temperature, lines: Sequence[dict[str, Any]]
) -> None:
    """Store what the playbook's rules say, with one line per rule that counted."""
    Lead.objects.filter(id=lead_id).update(
        score=points, temperature=temperature, score_lines=list(lines)
    )


def learn(lead: Lead, *, language: str, time_zone: str) -> None:
    """Remember the language the lead writes in, and the zone if they named one."""
    zone = time_zone or lead.time_zone
    if (lead.language, lead.time_zone) != (language, zone):
        lead.language, lead.time_zone = language, zone
        lead.save(update_fields=["language", "time_zone", "updated_at"])
