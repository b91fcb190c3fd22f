"""The calendar port with nothing behind it: nobody else writes there, so nobody is ever busy.

It keeps nothing. An event's id follows from the meeting, which makes every call repeatable; our
own meetings block their time where they are stored, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from integrations.scheduling import BookedEvent, Booking, MailboxBusy


class LocalCalendar:
    """See integrations.scheduling.Calendar."""

    sends_invitations = False
    is_shared = False

    def busy(
        self,
        mailboxes: Sequence[str],
        *,
        starts_at: datetime,  # noqa: ARG002
        ends_at: datetime,  # noqa: ARG002
    ) -> Mapping[str, MailboxBusy]:
        """Say that nobody has anything else to do."""
        return {mailbox: MailboxBusy(mailbox) for mailbox in mailboxes}

    def create(self, booking: Booking) -> BookedEvent:
        """Name the event after the meeting: the same booking gives the same event."""
        return BookedEvent(
            event_id=f"local-{booking.meeting_id}",
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
        )

    def find(self, booking: Booking) -> BookedEvent | None:  # noqa: ARG002
        """Nothing is kept, and nothing needs finding: create never leaves a doubt."""
        return None

    def read(self, *, mailbox: str, event_id: str) -> BookedEvent:  # noqa: ARG002
        """It stands as we put it there."""
        return BookedEvent(event_id=event_id)

    def rewrite(self, booking: Booking, *, event_id: str) -> None:
        """Nobody reads it here."""

    def move(
        self,
        booking: Booking,  # noqa: ARG002
        *,
        event_id: str,
        starts_at: datetime,
        ends_at: datetime,
    ) -> BookedEvent:
        """Agree."""
        return BookedEvent(event_id=event_id, starts_at=starts_at, ends_at=ends_at)

    def cancel(self, *, mailbox: str, event_id: str, comment: str) -> None:
        """Agree; there is nothing to take away."""
