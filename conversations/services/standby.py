"""While the provider's own agent holds a talk, ours keeps silent; it may answer what comes after."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from conversations.models import Conversation, Message, State
from conversations.services.threads import Arrival


def silence(new: Sequence[Arrival]) -> None:
    """Answer nothing that waits where the last word came on standby. At most two queries."""
    last = {arrival.conversation_id: arrival.message.on_standby for arrival in new}
    silent = [conversation_id for conversation_id, on_standby in last.items() if on_standby]
    if not silent:
        return
    Conversation.objects.filter(id__in=silent).update(
        epoch=F("epoch") + 1, answer_due_at=None, answer_pending_since=None
    )
    Message.objects.filter(conversation_id__in=silent, state=State.RECEIVED).update(
        state=State.HANDLED
    )
