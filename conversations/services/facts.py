"""Facts: every value names the words it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from conversations.models import Fact, Lead, User
from conversations.services import scores, words

# Facts that are also columns of the lead: what lists show and search.
COLUMNS = {"name": "name", "email": "email", "company": "company"}
COLUMN_LIMIT = 200
NOT_QUOTED = "the quote is not in the message"


@dataclass(frozen=True)
class NewFact:
    """An answer and the exact words of the message that say it."""

    key: str
    value: Any
    message_id: str
    quote: str


@transaction.atomic
def save_answers(
    *, lead_id: UUID, answers: Sequence[NewFact], turn_id: UUID, now: datetime
) -> dict[str, str]:
    """Store answers that quote the lead's own words; returns key → why not for the others.

    What a turn that was cut off has stored already is not stored again when it is done over.
    """
    lead = Lead.objects.select_for_update().get(id=lead_id)
    texts = words.by_id(lead=lead, ids=[UUID(answer.message_id) for answer in answers])
    rejected: dict[str, str] = {}
    for answer in answers:
        text = texts.get(answer.message_id, "")
        position = quoted_at(answer.quote, text)
        if position < 0:
            rejected[answer.key] = NOT_QUOTED
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
        if not _is_stored(fact):
            _supersede(fact)
    return rejected


def quoted_at(quote: str, text: str) -> int:
    """Where in the message's words the quote stands; -1 where it does not."""
    return text.find(quote) if quote else -1


@transaction.atomic
def correct(*, lead_id: UUID, key: str, value: Any, staff: User, now: datetime) -> Fact:
    """Store what a colleague knows better; the score follows."""
    lead = Lead.objects.select_for_update().get(id=lead_id)
    fact = Fact(lead=lead, key=key, value=value, staff=staff, created_at=now)
    _supersede(fact)
    scores.rescore(lead_id=lead_id)
    return fact


def current(*, lead_id: UUID) -> list[Fact]:
    """What holds now, in the order it was learned."""
    return list(
        Fact.objects.filter(lead_id=lead_id, superseded_at__isnull=True).order_by(
            "created_at", "id"
        )
    )


def _is_stored(fact: Fact) -> bool:
    """By this turn before it was cut off, or from the same words when they were read before."""
    same = Fact.objects.filter(
        lead=fact.lead, key=fact.key, value=fact.value, message_id=fact.message_id
    )
    return same.filter(Q(turn_id=fact.turn_id) | Q(superseded_at=None)).exists()


def _supersede(fact: Fact) -> None:
    old = Fact.objects.filter(lead=fact.lead, key=fact.key, superseded_at__isnull=True)
    old.update(superseded_at=fact.created_at)
    fact.save()
    column = COLUMNS.get(fact.key)
    if column:
        setattr(fact.lead, column, str(fact.value)[:COLUMN_LIMIT])
        fact.lead.save(update_fields=[column, "updated_at"])
