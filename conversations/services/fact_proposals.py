"""What the agent heard where the answer is locked: rows that wait for staff."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from conversations.models import Fact, FactProposal, Lead, User

State = FactProposal.State


def propose(heard: Fact, *, turn_id: UUID) -> None:
    """Put this answer, which may not be stored, before staff. The lead is locked.

    What was read in the same words before is not proposed again, whatever staff decided.
    """
    asked = FactProposal.objects.filter(lead=heard.lead, key=heard.key)
    if asked.filter(value=heard.value, message_id=str(heard.message_id)).exists():
        return
    outdate(lead=heard.lead, key=heard.key, now=heard.created_at)
    FactProposal.objects.create(
        lead=heard.lead,
        key=heard.key,
        value=heard.value,
        message_id=heard.message_id,
        quote=heard.quote,
        position=heard.position or 0,
        turn_id=turn_id,
        created_at=heard.created_at,
    )


def outdate(*, lead: Lead, key: str, now: datetime, staff: User | None = None) -> None:
    """Nobody has to decide any more: there is a newer answer. The lead is locked."""
    waiting = FactProposal.objects.filter(lead=lead, key=key, state=State.OPEN)
    waiting.update(state=State.OUTDATED, decided_at=now, decided_by=staff)


def open_ones(*, lead: Lead) -> QuerySet[FactProposal]:
    """What waits for staff, oldest first."""
    rows = FactProposal.objects.filter(lead=lead, state=State.OPEN)
    return rows.order_by("created_at", "id")


def waiting_about(lead: str) -> Exists:
    """Whether something waits about the lead that this column names."""
    return Exists(FactProposal.objects.filter(lead=OuterRef(lead), state=State.OPEN))
