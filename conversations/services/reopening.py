"""Who said stop and writes again: nothing leaves, until a colleague notes that they wish it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Subquery

from conversations.models import (
    ConsentEntry,
    Conversation,
    HandoffReason,
    Message,
    Mode,
    User,
)
from conversations.services import handoff, lanes, optout, words
from conversations.services.optout import ConsentChange


class NotAskedError(Exception):
    """They did not write since they said stop."""


def written_since_stop(conversation: Conversation) -> Message | None:
    """What somebody who said stop wrote last since then. One query, for everybody else none."""
    if conversation.lead.opted_out_at is None:
        return None
    ledger = ConsentEntry.objects.filter(lead=conversation.lead_id)
    said = ledger.filter(scope=ConsentEntry.Scope.ALL).order_by("-occurred_at")
    since = Message.objects.filter(
        conversation=conversation, occurred_at__gt=Subquery(said.values("occurred_at")[:1])
    )
    return words.asking(since).order_by("-occurred_at", "-number").first()


@transaction.atomic
def reopen(*, conversation_id: UUID, staff: User, now: datetime) -> None:
    """Write to them again, as a colleague read in their words that they wish it. Staff answers.

    Raises NotAskedError: without words of theirs since the stop nobody may decide that for them.
    """
    conversation = lanes.lock_current(conversation_id)
    asked = written_since_stop(conversation)
    if asked is None:
        raise NotAskedError
    wish = ConsentChange(
        lead_id=conversation.lead_id,
        conversation_id=conversation.pk,
        given=True,
        words=f"{staff.shown_name}: «{asked.text}»",
        provider_message_id=asked.provider_message_id or "",
        occurred_at=asked.occurred_at,
    )
    optout.record([wish], now=now)
    if conversation.mode != Mode.STAFF:
        handoff.give_to_staff(
            conversation=conversation,
            reason=HandoffReason.WROTE_AFTER_STOP,
            staff=None,
            now=now,
        )
