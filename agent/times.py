"""Times and meetings as an engine sees them. Frozen, no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True)
class SlotView:
    """A time on offer. Times are aware UTC; `id` is opaque and ours."""

    id: str
    starts_at: datetime
    ends_at: datetime
    host: str


@dataclass(frozen=True)
class MeetingView:
    """The lead's meeting. `confirmed` is False while the calendar has not said yes."""

    starts_at: datetime
    ends_at: datetime
    time_zone: str
    host: str
    confirmed: bool
    join_url: str = ""
    file_url: str = ""


@dataclass(frozen=True)
class SlotWish:
    """What the lead asked for, in their own zone. Empty = anything soon.

    `or_day` was meant as well as `day`, perhaps: «el lunes», said on a Monday. `at` is an hour;
    with a `bound` they asked for what begins after or before it.
    """

    day: date | None = None
    part: Literal["", "morning", "afternoon"] = ""
    earliest: datetime | None = None
    or_day: date | None = None
    at: time | None = None
    bound: Literal["", "after", "before"] = ""


@dataclass(frozen=True)
class SlotsResult:
    """Varied free times, or why there are none ("" | no_slots | calendar_down)."""

    slots: tuple[SlotView, ...]
    problem: str = ""


class BookingStatus(StrEnum):
    """How a booking, a move or a cancellation ended."""

    CONFIRMED = "confirmed"
    PENDING = "pending"  # held for the lead; the calendar will be asked again
    TAKEN = "taken"  # somebody was faster: offer again
    EXPIRED = "expired"  # the offer is too old or was never ours
    HAS_MEETING = "has_meeting"  # book a second one: move the first instead
    NO_MEETING = "no_meeting"
    LIMIT = "limit"  # too many changes today
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"  # the calendar refused for good


@dataclass(frozen=True)
class BookingResult:
    """`meeting` is set for confirmed and pending; `alternatives` when another time is needed."""

    status: BookingStatus
    meeting: MeetingView | None = None
    alternatives: tuple[SlotView, ...] = ()
