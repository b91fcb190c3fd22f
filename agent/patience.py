"""A turn waits for the files it answers: the words of a voice note, a picture for the model.

Only for a while, and by looking again: the rows say what is still on its way, and no hint of a
finished file can be lost (docs/adr/0002).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from conversations.models import Attachment, Message

# After this long the turn goes on without the file.
LONGEST = timedelta(seconds=20)
LOOK_AGAIN = timedelta(seconds=1)


def look_again_at(
    pending: Sequence[Message], kinds: Collection[str], *, now: datetime
) -> datetime | None:
    """When to look again for files of these messages; None when the turn need not wait."""
    young = [
        message.pk
        for message in pending
        if message.kind in kinds and message.created_at + LONGEST > now
    ]
    # A file with a problem is tried again in half a minute at the earliest.
    coming = Attachment.objects.filter(
        message_id__in=young, state=Attachment.State.PENDING, problem=""
    )
    return now + LOOK_AGAIN if young and coming.exists() else None
