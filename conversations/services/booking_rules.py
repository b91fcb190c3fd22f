"""Who may have a time, by what they have already. Pure: real bookings and replayed ones ask here."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.services.meeting_results import BookingStatus

CHANGES_A_DAY = 3


@dataclass(frozen=True)
class Standing:
    """The meeting that a lead has ahead; `is_same_time` as the one they now ask for."""

    confirmed: bool
    is_same_time: bool


def refused(standing: Standing | None, *, moves: bool, changes: int) -> BookingStatus | None:
    """Why not, or None. `changes` are the moves and cancellations of the last 24 hours."""
    if standing is None and moves:
        return BookingStatus.NO_MEETING
    if standing is not None and not moves:
        return BookingStatus.HAS_MEETING
    if standing is not None and not standing.confirmed:
        return BookingStatus.PENDING
    if standing is not None and standing.is_same_time:
        return BookingStatus.CONFIRMED
    return BookingStatus.LIMIT if changes >= CHANGES_A_DAY else None
