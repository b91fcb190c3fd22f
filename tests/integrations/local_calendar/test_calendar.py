"""The calendar with nothing behind it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from integrations.local_calendar.calendar import LocalCalendar
from integrations.scheduling import Booking, Calendar, MailboxBusy
from tests.contracts.calendar import CalendarContract

START = datetime(2026, 11, 24, 16, tzinfo=UTC)
END = START + timedelta(minutes=30)
BOOKING = Booking(
    meeting_id=uuid4(),
    transaction_id=uuid4(),
    mailbox="ana@example.com",
    starts_at=START,
    ends_at=END,
    time_zone="America/Mexico_City",
    subject="Meeting",
    body="",
)


def test_a_booking_lives_through_every_call() -> None:
    calendar: Calendar = LocalCalendar()
    event = calendar.create(BOOKING)
    assert calendar.create(BOOKING) == event
    assert event.event_id == f"local-{BOOKING.meeting_id}"
    assert event.join_url == ""
    moved = calendar.move(
        BOOKING, event_id=event.event_id, starts_at=END, ends_at=END + (END - START)
    )
    assert (moved.event_id, moved.starts_at) == (event.event_id, END)
    calendar.cancel(mailbox=BOOKING.mailbox, event_id=event.event_id, comment="")


def test_every_mailbox_is_answered_for_and_free() -> None:
    mailboxes = ["ana@example.com", "luis@example.com"]
    busy = LocalCalendar().busy(mailboxes, starts_at=START, ends_at=END)
    assert busy == {mailbox: MailboxBusy(mailbox) for mailbox in mailboxes}


def test_nothing_is_kept() -> None:
    assert LocalCalendar().find(BOOKING) is None


class TestContract(CalendarContract):
    keeps_events = False
    knows_mailboxes = False

    @pytest.fixture
    def calendar(self) -> Calendar:
        return LocalCalendar()
