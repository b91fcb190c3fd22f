"""Leases on a conversation's two lanes. Every write of a holder checks its fencing number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q

from conversations import queue
from conversations.compiled import Compiled
from conversations.models import Conversation, Lead, Mode

Lane = Literal["answer", "deliver"]


def lease() -> timedelta:
    """How long a dead holder keeps its lane. Holders renew before each outside call."""
    return timedelta(seconds=settings.LEASE_SECONDS)


def _runs_down(until: datetime | None, *, now: datetime) -> bool:
    """Whether to renew: a twentieth of the lease is gone. Most turns end before that."""
    whole = lease()
    return until is None or until < now + whole - whole / 20


@dataclass(frozen=True)
class Claim:
    """A held lane. `epoch` and the lead are the conversation's when it was claimed."""

    conversation_id: UUID
    lane: Lane
    fence: int
    epoch: int
    lead_id: UUID


class LaneLostError(Exception):
    """Somebody else holds the lane now: stop without writing anything."""


class TakenOverError(Exception):
    """A human speaks now: the agent does nothing more in this turn."""


def claim(*, conversation_id: UUID, lane: Lane, now: datetime) -> Claim | None:
    """Take the lane if it is free (and, for answers, due); a held one is not waited for.

    Who has the row locked for a moment is: a hint that gives up then would be lost to the sweeper.
    """
    due = "AND answer_due_at <= %(now)s" if lane == "answer" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM.format(lane=lane, due=due),
            {"id": conversation_id, "now": now, "until": now + lease()},
        )
        row = cursor.fetchone()
    return None if row is None else Claim(conversation_id, lane, *row)


# `lane` and `due` are ours, never input.
CLAIM = """
    UPDATE conversations_conversation
       SET {lane}_fence = {lane}_fence + 1, {lane}_lease_until = %(until)s
     WHERE id = %(id)s {due} AND ({lane}_lease_until IS NULL OR {lane}_lease_until < %(now)s)
 RETURNING {lane}_fence, epoch, lead_id
"""


def put_off(*, conversation_id: UUID, now: datetime) -> None:
    """A hint at an answer came too early: hint again at when it is due, if nobody is on it."""
    due_at = (
        Conversation.objects.filter(id=conversation_id, answer_due_at__gt=now)
        .filter(free("answer", now))
        .values_list("answer_due_at", flat=True)
        .first()
    )
    if due_at is not None:
        queue.hint_answer([conversation_id], at=due_at)


def free(lane: Lane, now: datetime) -> Q:
    """Conversations on whose lane nobody is."""
    return Q(**{f"{lane}_lease_until__isnull": True}) | Q(**{f"{lane}_lease_until__lt": now})


def lock_conversation(conversation_id: UUID) -> Conversation:
    """Lock the conversation's row. Needs a transaction; whoever locks more starts here.

    The lead is read afterwards: joined, it would be as old as the wait for the lock.
    """
    return LOCKED.get(id=conversation_id)


LOCKED = Compiled(lambda id: Conversation.objects.select_for_update().filter(id=id), id=UUID)


def lock_current(conversation_id: UUID) -> Conversation:
    """Lock the conversation that goes on: another one if its lead was merged meanwhile.

    Both in one order: a merge and its undoing lock them too.
    """
    both = [conversation_id, *_kept_instead(conversation_id)]
    held = Conversation.objects.filter(id__in=both).order_by("id").select_for_update()
    conversations = {each.id: each for each in held}
    if conversation_id not in conversations:
        raise Conversation.DoesNotExist
    if conversations[conversation_id].lead.merged_into_id is None:
        return conversations[conversation_id]
    # Asked again: it may have been merged while we waited.
    kept_id = _kept_instead(conversation_id)[0]
    return conversations.get(kept_id) or lock_conversation(kept_id)


def _kept_instead(conversation_id: UUID) -> list[UUID]:
    """The conversation in which a merged one lives on."""
    merged = Lead.objects.filter(conversation=conversation_id, merged_into__isnull=False)
    return list(merged.values_list("merged_into__conversation", flat=True))


def lock(claim: Claim, *, now: datetime) -> Conversation:
    """Lock the conversation row, check the fence, renew the lease. Needs a transaction."""
    conversation = lock_conversation(claim.conversation_id)
    if getattr(conversation, f"{claim.lane}_fence") != claim.fence:
        raise LaneLostError
    lease_until = f"{claim.lane}_lease_until"
    if _runs_down(getattr(conversation, lease_until), now=now):
        setattr(conversation, lease_until, now + lease())
        conversation.save(update_fields=[lease_until])
    return conversation


def go_on(claim: Claim, *, now: datetime) -> None:
    """Renew before the agent's next step; raises TakenOverError when it is not its turn any more."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING.format(lane=claim.lane), [claim.conversation_id])
        fence, until, mode, epoch, opted_out_at = cursor.fetchone()
    if fence != claim.fence:
        raise LaneLostError
    if mode != Mode.BOT or epoch != claim.epoch or opted_out_at is not None:
        raise TakenOverError
    if _runs_down(until, now=now):
        renew(claim, now=now)


STANDING = """
    SELECT {lane}_fence, {lane}_lease_until, mode, epoch, lead.opted_out_at
      FROM conversations_conversation AS conversation
      JOIN conversations_lead AS lead ON lead.id = lead_id
     WHERE conversation.id = %s
"""


def renew(claim: Claim, *, now: datetime) -> None:
    """Say that the holder is alive; raises LaneLostError when it no longer holds the lane."""
    held = Conversation.objects.filter(
        id=claim.conversation_id, **{f"{claim.lane}_fence": claim.fence}
    ).update(**{f"{claim.lane}_lease_until": now + lease()})
    if not held:
        raise LaneLostError


def release(claim: Claim) -> None:
    """Give the lane back, unless somebody else has it by now."""
    Conversation.objects.filter(
        id=claim.conversation_id, **{f"{claim.lane}_fence": claim.fence}
    ).update(**{f"{claim.lane}_lease_until": None})
