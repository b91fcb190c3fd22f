"""Calendar port: when a salesperson is busy, and putting a meeting there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID


@dataclass(frozen=True)
class BusyInterval:
    """Half-open, aware, UTC. `event_id` where the calendar says which event it is."""

    starts_at: datetime
    ends_at: datetime
    event_id: str = field(default="", compare=False)


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
    # Whether people change events there by themselves: then ours are read again.
    is_shared: bool

    def busy(
        self, mailboxes: Sequence[str], *, starts_at: datetime, ends_at: datetime
    ) -> Mapping[str, MailboxBusy]:
        """Busy intervals of every mailbox asked for; a missing one is an error, never free."""

    def create(self, booking: Booking) -> BookedEvent:
        """Create the event once, however often it is called with one transaction_id."""

    def find(self, booking: Booking) -> BookedEvent | None:
        """The event of this booking, if the calendar has it: settles an ambiguous create."""

    def read(self, *, mailbox: str, event_id: str) -> BookedEvent | None:
        """The event as it stands now; None when it was cancelled or is gone."""

    def rewrite(self, booking: Booking, *, event_id: str) -> None:
        """Bring subject and our part of the text up to date, and leave what people wrote there.

        Where guests get a mail of each change it may wait for the next `move`, which does the same.
        """

    def move(
        self, booking: Booking, *, event_id: str, starts_at: datetime, ends_at: datetime
    ) -> BookedEvent:
        """Move an event to another time in the same mailbox."""

    def cancel(self, *, mailbox: str, event_id: str, comment: str) -> None:
        """Cancel and tell the attendees; an event already gone is success."""


@dataclass(frozen=True)
class Watch:
    """A promise to be told of changes in one mailbox, until it expires."""

    watch_id: str
    expires_at: datetime


@dataclass(frozen=True)
class CalendarNews:
    """What a calendar says by itself; `secret` must be the one that the watch was made with.

    changed: one event, named or not. missed: some news got lost. expiring: renew the watch now.
    removed: the watch is gone.
    """

    watch_id: str
    secret: str
    kind: Literal["changed", "missed", "expiring", "removed"]
    event_id: str = ""


class CalendarNewsError(Exception):
    """Not news of a calendar that can be read."""


class CalendarWatcher(Protocol):
    """Asks a calendar to tell of changes. Every call raises CalendarError only."""

    def watch(self, *, mailbox: str, secret: str, notify_url: str, now: datetime) -> Watch:
        """Ask for news of this mailbox. The address is tried before this answers."""

    def renew(self, *, mailbox: str, watch_id: str, now: datetime) -> Watch:
        """Make it last longer; a CalendarError that is `gone` means: ask anew."""

    def unwatch(self, *, mailbox: str, watch_id: str) -> None:
        """Ask for no more; one already gone is success."""
