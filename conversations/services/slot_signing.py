"""Ids for times that were only looked at: signed instead of stored, so that looking writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.core import signing
from psycopg.types.range import Range

SALT = "conversations.slot"


@dataclass(frozen=True)
class ChosenSlot:
    """A time that we offered for one conversation, however its id was kept."""

    conversation_id: UUID
    host_id: int
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime

    @property
    def during(self) -> Range[datetime]:
        """As meetings store it."""
        return Range(self.starts_at, self.ends_at)


def sign(slot: ChosenSlot) -> str:
    """The id that stands for this time; only we can make it."""
    return signing.dumps(
        [
            slot.conversation_id.hex,
            slot.host_id,
            *(int(at.timestamp()) for at in (slot.starts_at, slot.ends_at, slot.expires_at)),
        ],
        salt=SALT,
    )


def read(slot_id: str) -> ChosenSlot | None:
    """The time that such an id stands for; None if it is none of ours. It may have expired."""
    try:
        conversation, host_id, *times = signing.loads(slot_id, salt=SALT)
    except signing.BadSignature:
        return None
    return ChosenSlot(
        UUID(conversation), host_id, *(datetime.fromtimestamp(each, UTC) for each in times)
    )
