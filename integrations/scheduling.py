"""Calendar port: when a salesperson is busy, and putting a meeting there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class BusyInterval:
    """Half-open, aware, UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class MailboxBusy:
    """One mailbox's answer. `error` set means: treat the whole window as busy."""

    mailbox: str
    intervals: tuple[BusyInterval, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Booking:
    """A meeting to put into a calendar.

    `transaction_id` was persisted before the call and makes a replay harmless;
    `meeting_id` is stored on the event so that ours can be found again.
    """

    meeting_id: UUID
    transaction_id: UUID
    mailbox: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    subject: str
    body: str
    attendee_email: str = ""
    attendee_name: str = ""


@dataclass(frozen=True)
class BookedEvent:
    """The calendar's own record of a booking. Times in UTC."""

    event_id: str
    join_url: str = ""
    etag: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class CalendarError(Exception):
    """A calendar call that failed.

    `permanent`: no retry can help (permission, unknown mailbox). `ambiguous`: the calendar may
    have done it; read before trying again. `gone`: the event is no longer there.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        gone: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.gone = gone
        self.retry_after = retry_after


class Calendar(Protocol):
    """Reads and writes salespeople's calendars. Every call raises CalendarError only."""

    # Whether who is invited gets an e-mail: nobody may be promised one otherwise.
    sends_invitations: bool

    def busy(
        self, mailboxes: Sequence[str], *, starts_at: datetime, ends_at: datetime
    ) -> Mapping[str, MailboxBusy]:
        """Busy intervals of every mailbox asked for; a missing one is an error, never free."""

    def create(self, booking: Booking) -> BookedEvent:
        """Create the event once, however often it is called with one transaction_id."""

    def find(self, booking: Booking) -> BookedEvent | None:
        """The event of this booking, if the calendar has it: settles an ambiguous create."""

    def move(
        self, booking: Booking, *, event_id: str, starts_at: datetime, ends_at: datetime
    ) -> BookedEvent:
        """Move an event to another time in the same mailbox."""

    def cancel(self, *, mailbox: str, event_id: str, comment: str) -> None:
        """Cancel and tell the attendees; an event already gone is success."""
