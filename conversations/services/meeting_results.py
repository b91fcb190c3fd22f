"""What the meeting services hand out: frozen, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from conversations.models import Meeting, MeetingState, SlotOffer
from conversations.services import meeting_files


class BookingStatus(StrEnum):
    """How a booking, a move or a cancellation ended. The values are agent.turn's."""

    CONFIRMED = "confirmed"
    PENDING = "pending"
    TAKEN = "taken"
    EXPIRED = "expired"
    HAS_MEETING = "has_meeting"
    NO_MEETING = "no_meeting"
    LIMIT = "limit"
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class OfferedSlot:
    """A time that was offered. `id` is opaque to whoever gets it."""

    id: str
    starts_at: datetime
    ends_at: datetime
    host: str


@dataclass(frozen=True)
class Offer:
    """Times to choose from, or why there are none."""

    slots: tuple[OfferedSlot, ...] = ()
    problem: Literal["", "no_slots", "calendar_down"] = ""


@dataclass(frozen=True)
class MeetingSummary:
    """A meeting as leads and engines see it. `time_zone` is the lead's.

    `file_url` is for who gets no invitation by e-mail.
    """

    id: UUID
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    host: str
    confirmed: bool
    join_url: str = ""
    file_url: str = ""


@dataclass(frozen=True)
class Booked:
    """The end of a request. `alternatives` come with TAKEN."""

    status: BookingStatus
    meeting: MeetingSummary | None = None
    alternatives: tuple[OfferedSlot, ...] = ()


@dataclass(frozen=True)
class Settled:
    """A pending meeting that got its answer later: the lead has to be told.

    `status` is CONFIRMED, TAKEN or UNAVAILABLE. With `moved` a failure leaves the old one standing.
    """

    conversation_id: UUID
    status: BookingStatus
    meeting: MeetingSummary
    moved: bool


def summary_of(meeting: Meeting) -> MeetingSummary:
    """Read a row; wants `salesperson__user` and `lead` at hand."""
    confirmed = meeting.state == MeetingState.CONFIRMED
    return MeetingSummary(
        id=meeting.pk,
        starts_at=meeting.during.lower,
        ends_at=meeting.during.upper,
        time_zone=meeting.time_zone,
        host=str(meeting.salesperson),
        confirmed=confirmed,
        join_url=meeting.join_url,
        file_url=meeting_files.address_of(meeting.pk)
        if confirmed and not meeting.lead.email
        else "",
    )


def offered_slot_of(offer: SlotOffer) -> OfferedSlot:
    """Read a row; wants `salesperson__user` at hand."""
    return OfferedSlot(
        str(offer.pk), offer.during.lower, offer.during.upper, str(offer.salesperson)
    )


def status_of(meeting: Meeting) -> BookingStatus:
    """What the request that made this row has come to; also when it is asked again later."""
    match meeting.state:
        case MeetingState.BOOKING:
            return BookingStatus.PENDING
        case MeetingState.CANCELLED:
            return BookingStatus.CANCELLED
        case MeetingState.RELEASED:
            return BookingStatus.UNAVAILABLE if meeting.problem else BookingStatus.TAKEN
        case _:
            return BookingStatus.CONFIRMED
