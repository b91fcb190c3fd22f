"""Whose turn it is among salespeople. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """A salesperson as the rota sees them.

    `assigned` are the times of their latest meetings, newest first, as many as their weight at
    least where there are so many.
    """

    host_id: int
    weight: int = 1
    assigned: Sequence[datetime] = ()
    has_meeting: bool = False  # the one that the lead has, which would be moved
    is_owner: bool = False
    speaks: bool = True
    was_offered: bool = False

    @property
    def waiting_since(self) -> datetime:
        """When the oldest of their places in the queue was last taken.

        A salesperson of weight 3 stands in the queue three times, so it is their third latest
        meeting that counts. While all are free each place gets one meeting a round, and so shares
        are as the weights to the very meeting.
        """
        return self.assigned[self.weight - 1] if len(self.assigned) >= self.weight else NEVER


def in_turn(candidates: Iterable[Candidate], lead_id: UUID) -> list[int]:
    """Who is asked first: whom the lead meets already, whose lead it is, who speaks their language,
    who was offered before, then who waits longest. Equals come in an order of the lead's own.
    """

    def order(each: Candidate) -> tuple[bool, bool, bool, bool, datetime, int]:
        return (
            not each.has_meeting,
            not each.is_owner,
            not each.speaks,
            not each.was_offered,
            each.waiting_since,
            zlib.crc32(f"{lead_id}/{each.host_id}".encode()),
        )

    return [each.host_id for each in sorted(candidates, key=order)]
