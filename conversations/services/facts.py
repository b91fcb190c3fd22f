"""Facts: every value names the words it came from. What staff locked, only staff change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from conversations.compiled import Compiled
from conversations.models import Fact, FactProposal, Lead, User
from conversations.services import fact_proposals, scores, words

# Facts that are also columns of the lead: what lists show and search.
COLUMNS = {"name": "name", "email": "email", "company": "company"}
COLUMN_LIMIT = 200


@dataclass(frozen=True)
class NewFact:
    """An answer and the exact words of the message that say it."""

    key: str
    value: Any
    message_id: str
    quote: str


@dataclass(frozen=True)
class Saved:
    """What became of answers: why not, by key, and the keys of those that staff decide about."""

    rejected: Mapping[str, str]
    proposed: tuple[str, ...] = ()


class ProposalDecidedError(Exception):
    """A colleague decided about it, or the lead said something else meanwhile."""


@transaction.atomic
def save_answers(
    *, lead_id: UUID, answers: Sequence[NewFact], turn_id: UUID, now: datetime
) -> Saved:
    """Store answers that quote the lead's own words; where the answer is locked, propose them.

    Words that are read again, by the same turn or a later one, change nothing.
    """
    lead = Lead.objects.select_for_update().get(id=lead_id)
    texts = words.by_id(lead=lead, ids=[UUID(answer.message_id) for answer in answers])
    rejected: dict[str, str] = {}
    proposed: list[str] = []
    for answer in answers:
        text = texts.get(answer.message_id, "")
        position = words.quoted_at(answer.quote, text)
        if position < 0:
            rejected[answer.key] = words.NOT_QUOTED
            continue
        fact = Fact(
            lead=lead,
            key=answer.key,
            value=answer.value,
            message_id=UUID(answer.message_id),
            quote=answer.quote[:500],
            position=position,
            turn_id=turn_id,
            created_at=now,
        )
        if not _take(fact, turn_id):
            proposed.append(answer.key)
    return Saved(rejected, tuple(proposed))


def _take(heard: Fact, turn_id: UUID) -> bool:
    """Whether it holds now; if not, staff decide."""
    locked = _current(heard.lead, heard.key).filter(locked_at__isnull=False).first()
    if locked is not None and locked.value != heard.value:
        fact_proposals.propose(heard, turn_id=turn_id)
        return False
    if not _was_read(heard):
        if locked is None:
            _supersede(heard)
        fact_proposals.outdate(lead=heard.lead, key=heard.key, now=heard.created_at)
    return True


@transaction.atomic
def correct(
    *,
    lead_id: UUID,
    key: str,
    value: Any,
    staff: User,
    now: datetime,
    lock: bool | None = None,
) -> Fact:
    """Store what a colleague knows better; the score follows. `lock`: None leaves it as it is."""
    lead = Lead.objects.select_for_update().get(id=lead_id)
    fact = Fact(lead=lead, key=key, value=value, staff=staff, created_at=now)
    fact.locked_at = _locked_at(lead, key) if lock is None else now if lock else None
    fact_proposals.outdate(lead=lead, key=key, now=now, staff=staff)
    _supersede(fact)
    scores.rescore(lead_id=lead_id)
    return fact


@transaction.atomic
def set_lock(*, lead_id: UUID, key: str, locked: bool, now: datetime) -> Fact:
    """Keep the agent from changing the answer, or let it again; raises Fact.DoesNotExist."""
    lead = Lead.objects.select_for_update().get(id=lead_id)
    fact = _current(lead, key).get()
    if locked != (fact.locked_at is not None):
        fact.locked_at = now if locked else None
        fact.save(update_fields=["locked_at"])
    return fact


@transaction.atomic
def accept(*, proposal_id: UUID, staff: User, now: datetime) -> Fact:
    """Store what the agent heard, with the words it heard; a lock stays. The score follows.

    Raises ProposalDecidedError.
    """
    proposal = _decide(proposal_id, FactProposal.State.ACCEPTED, staff, now)
    fact = Fact(
        lead=proposal.lead,
        key=proposal.key,
        value=proposal.value,
        message_id=proposal.message_id,
        quote=proposal.quote,
        position=proposal.position,
        turn_id=proposal.turn_id,
        staff=staff,
        created_at=now,
        locked_at=_locked_at(proposal.lead, proposal.key),
    )
    _supersede(fact)
    scores.rescore(lead_id=fact.lead_id)
    return fact


@transaction.atomic
def dismiss(*, proposal_id: UUID, staff: User, now: datetime) -> None:
    """The locked answer is right; raises ProposalDecidedError."""
    _decide(proposal_id, FactProposal.State.DISMISSED, staff, now)


def _decide(
    proposal_id: UUID, state: FactProposal.State, staff: User, now: datetime
) -> FactProposal:
    """Lead first, as everywhere; a merge may have handed it to another one meanwhile."""
    lead_id = FactProposal.objects.values_list("lead_id", flat=True).get(id=proposal_id)
    lead = Lead.objects.select_for_update().get(id=lead_id)
    waiting = FactProposal.objects.filter(lead=lead, state=FactProposal.State.OPEN)
    proposal = waiting.filter(id=proposal_id).first()
    if proposal is None:
        raise ProposalDecidedError
    proposal.lead, proposal.state = lead, state
    proposal.decided_at, proposal.decided_by = now, staff
    proposal.save(update_fields=["state", "decided_at", "decided_by"])
    return proposal


def current(*, lead_id: UUID) -> list[Fact]:
    """What holds now, in the order it was learned."""
    return CURRENT.rows(lead_id=lead_id)


CURRENT = Compiled(
    lambda lead_id: Fact.objects.filter(lead_id=lead_id, superseded_at__isnull=True).order_by(
        "created_at", "id"
    ),
    lead_id=UUID,
)


def _current(lead: Lead, key: str) -> QuerySet[Fact]:
    return Fact.objects.filter(lead=lead, key=key, superseded_at__isnull=True)


def _locked_at(lead: Lead, key: str) -> datetime | None:
    return _current(lead, key).values_list("locked_at", flat=True).first()


def _was_read(fact: Fact) -> bool:
    """By a turn that was cut off, or before staff gave the conversation back."""
    same = Fact.objects.filter(lead=fact.lead, key=fact.key, message_id=str(fact.message_id))
    return same.filter(value=fact.value).exists()


def _supersede(fact: Fact) -> None:
    _current(fact.lead, fact.key).update(superseded_at=fact.created_at)
    fact.save()
    column = COLUMNS.get(fact.key)
    if column:
        setattr(fact.lead, column, str(fact.value)[:COLUMN_LIMIT])
        fact.lead.save(update_fields=[column, "updated_at"])
