"""The agent answers again after staff: what nobody answered is read anew, the rest is cut off."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, QuerySet

from conversations import queue
from conversations.models import Author, Conversation, Message, State
from conversations.services import words

SPEAKERS = [Author.BOT, Author.STAFF]
UNSAID = [State.CANCELLED, State.FAILED]


def resume(*, conversation: Conversation, now: datetime) -> None:
    """Let the agent read from where nobody answered. Needs the caller's transaction and the lock.

    What the lead wrote after the last words that were said to them is received again, and is due at
    once; everything before it is cut off from what the agent reads. Saves the conversation.
    """
    messages = Message.objects.filter(conversation=conversation)
    # What was said before is staff's affair, also where a turn was cut off by a hand-over.
    messages.filter(state=State.RECEIVED).update(state=State.HANDLED)
    unanswered = list(_unanswered(conversation, now).values_list("number", flat=True))
    if unanswered:
        conversation.history_from = min(unanswered) - 1
        conversation.answer_due_at = conversation.answer_pending_since = now
        messages.filter(number__in=unanswered).update(state=State.RECEIVED)
        queue.hint_answer([conversation.pk])
    else:
        conversation.history_from = messages.aggregate(last=Max("number"))["last"] or 0
        conversation.answer_due_at = conversation.answer_pending_since = None
    conversation.save()


def _unanswered(conversation: Conversation, now: datetime) -> QuerySet[Message]:
    """Words of the lead after the last of ours, as far as they may be answered."""
    messages = Message.objects.filter(conversation=conversation)
    closes_at = conversation.window_expires_at
    if conversation.lead.opted_out_at or closes_at is None or closes_at <= now:
        return messages.none()
    said = messages.filter(author__in=SPEAKERS).exclude(state__in=UNSAID)
    last = said.aggregate(last=Max("number"))["last"] or 0
    return words.asking(messages.filter(number__gt=max(last, conversation.history_from)))
