"""Finds work whose hint was lost: rows are the truth, jobs are hints."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from conversations import queue
from conversations.models import OUTBOX, Conversation, Message
from conversations.services import channel_state, lanes, media, notices

# More than this waits for the next sweep, seconds later.
BATCH = 500


def sweep(*, now: datetime) -> tuple[int, int]:
    """Hint again at every answer, send, file and notice that is due and that nobody works on."""
    answers = _answers(now)
    sends = _sends(now)
    queue.hint_answer(answers)
    queue.hint_deliver(sends)
    queue.hint_media(media.pending(now=now))
    if notices.are_due(now=now):
        queue.hint_notices()
    return len(answers), len(sends)


def _answers(now: datetime) -> list[UUID]:
    return list(
        Conversation.objects.filter(lanes.free("answer", now), answer_due_at__lte=now)
        .order_by("answer_due_at")
        .values_list("id", flat=True)[:BATCH]
    )


def _sends(now: datetime) -> list[UUID]:
    """While the whole number is paused only what can no longer leave: staff have to hear of it."""
    over = Q(window_expires_at__lte=now) | Q(window_expires_at__isnull=True)
    outbox = Message.objects.filter(conversation=OuterRef("pk"), state__in=OUTBOX)
    return list(
        Conversation.objects.filter(
            over if _paused(now) else Q(),
            lanes.free("deliver", now),
            Q(deliver_after__isnull=True) | Q(deliver_after__lte=now),
            Exists(outbox),
        )
        # More than a batch may have to wait for long: none of them may bar the others for ever.
        .order_by("?")
        .values_list("id", flat=True)[:BATCH]
    )


def _paused(now: datetime) -> bool:
    until = channel_state.paused_until()
    return until is not None and until > now
