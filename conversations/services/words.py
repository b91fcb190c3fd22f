"""What a message says: its text, or what was heard in its voice notes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from conversations.models import Attachment, Direction, Lead, Message
from conversations.services.media import SPOKEN


def of(message: Message) -> str:
    """The words, as every reader gets them: engines, gates and quotes alike."""
    if message.text or message.kind not in SPOKEN:
        return message.text
    heard = [file.transcript for file in message.attachments.all() if file.transcript]
    return "\n".join(heard)


def by_id(*, lead: Lead, ids: Collection[UUID]) -> dict[str, str]:
    """The words of these messages, of those that the lead wrote."""
    messages = Message.objects.filter(
        id__in=ids, conversation__lead=lead, direction=Direction.INBOUND
    )
    return {str(message.pk): of(message) for message in messages.prefetch_related("attachments")}


def not_silent(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those of these that say something."""
    files = Attachment.objects.filter(message=OuterRef("pk")).exclude(transcript="")
    return messages.filter(~Q(text="") | (Q(kind__in=SPOKEN) & Exists(files))).prefetch_related(
        "attachments"
    )
