"""What every calendar adapter promises; each adapter's tests inherit it and give the fixtures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from integrations.scheduling import BookedEvent, Booking, BusyInterval, Calendar, CalendarError

STARTS_AT = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
ENDS_AT = STARTS_AT + timedelta(minutes=30)
DAY_START, DAY_END = STARTS_AT - timedelta(hours=8), STARTS_AT + timedelta(hours=8)
WEEKS_LATER = STARTS_AT + timedelta(days=90)


def a_booking(mailbox: str, **changes: object) -> Booking:
    booking = Booking(
        meeting_id=uuid4(),
        transaction_id=uuid4(),
        mailbox=mailbox,
        starts_at=STARTS_AT,
        ends_at=ENDS_AT,
        time_zone="America/Mexico_City",
        subject="Reunión",
        body="Lo que sabemos",
    )
    return replace(booking, **changes)  # type: ignore[arg-type]


class CalendarContract:
    """Fixtures `calendar` and `mailbox` come from the subclass; the mailbox is empty at first.

    `keeps_events` is False for an adapter without a memory of its own, `knows_mailboxes` for one
    that takes any address.
    """

    keeps_events = True
    knows_mailboxes = True

    @pytest.fixture
    def mailbox(self) -> str:
        return "ana@example.com"

    def require(self, ability: str) -> None:
        if not getattr(self, ability):
            pytest.skip(f"this calendar has no {ability}")

    def test_every_mailbox_asked_for_is_answered_as_it_was_spelled(
        self, calendar: Calendar, mailbox: str
    ) -> None:
        for asked in ([mailbox], [mailbox.upper()], [mailbox, "nobody@example.com"], [mailbox] * 2):
            answers = calendar.busy(asked, starts_at=DAY_START, ends_at=DAY_END)
            assert set(answers) == set(asked)
            assert all(answer.mailbox == asked_for for asked_for, answer in answers.items())

    def test_an_empty_calendar_is_free(self, calendar: Calendar, mailbox: str) -> None:
        answer = calendar.busy([mailbox], starts_at=DAY_START, ends_at=WEEKS_LATER)[mailbox]
        assert (answer.intervals, answer.error) == ((), "")

    def test_an_unknown_mailbox_is_never_free(self, calendar: Calendar, mailbox: str) -> None:
        self.require("knows_mailboxes")
        for asked in (["nobody@example.com"], ["nobody@example.com", mailbox]):
            for ends_at in (ENDS_AT, WEEKS_LATER):
                answers = calendar.busy(asked, starts_at=STARTS_AT, ends_at=ends_at)
                assert answers["nobody@example.com"].error
                assert not any(answers[other].error for other in asked[1:])

    def test_create_answers_with_the_event(self, calendar: Calendar, mailbox: str) -> None:
        event = calendar.create(a_booking(mailbox))
        assert event.event_id
        assert _when(event) == (STARTS_AT, ENDS_AT)

    def test_creating_twice_makes_one_event(self, calendar: Calendar, mailbox: str) -> None:
        booking = a_booking(mailbox)
        first, second = calendar.create(booking), calendar.create(booking)
        assert first.event_id == second.event_id
        if self.keeps_events:
            assert self._busy(calendar, mailbox) == (BusyInterval(STARTS_AT, ENDS_AT),)

    def test_creating_again_with_other_words_makes_no_second_event(
        self, calendar: Calendar, mailbox: str
    ) -> None:
        booking = a_booking(mailbox)
        first = calendar.create(booking)
        again = calendar.create(replace(booking, subject="Otra", body="Lo que ahora sabemos"))
        assert again.event_id == first.event_id
        if self.keeps_events:
            assert self._busy(calendar, mailbox) == (BusyInterval(STARTS_AT, ENDS_AT),)

    def test_a_created_event_is_found_by_its_meeting(
        self, calendar: Calendar, mailbox: str
    ) -> None:
        self.require("keeps_events")
        booking, other = a_booking(mailbox), a_booking(mailbox)
        assert calendar.find(booking) is None
        event = calendar.create(booking)
        found = calendar.find(booking)
        assert found is not None
        assert (found.event_id, _when(found)) == (event.event_id, (STARTS_AT, ENDS_AT))
        assert calendar.find(other) is None

    @pytest.mark.parametrize(
        "window",
        [(STARTS_AT, ENDS_AT), (DAY_START, DAY_END), (DAY_START, WEEKS_LATER)],
        ids=["exact", "day", "90 days"],
    )
    def test_a_created_event_is_busy_time(
        self, calendar: Calendar, mailbox: str, window: tuple[datetime, datetime]
    ) -> None:
        self.require("keeps_events")
        calendar.create(a_booking(mailbox))
        assert self._busy(calendar, mailbox, window) == (BusyInterval(STARTS_AT, ENDS_AT),)

    def test_windows_are_half_open(self, calendar: Calendar, mailbox: str) -> None:
        self.require("keeps_events")
        calendar.create(a_booking(mailbox))
        length = ENDS_AT - STARTS_AT
        assert self._busy(calendar, mailbox, (STARTS_AT - length, STARTS_AT)) == ()
        assert self._busy(calendar, mailbox, (ENDS_AT, ENDS_AT + length)) == ()

    def test_a_moved_event_is_elsewhere(self, calendar: Calendar, mailbox: str) -> None:
        booking = a_booking(mailbox)
        event = calendar.create(booking)
        later = (STARTS_AT + timedelta(hours=2), ENDS_AT + timedelta(hours=2))
        for _ in range(2):
            moved = calendar.move(
                booking, event_id=event.event_id, starts_at=later[0], ends_at=later[1]
            )
            assert (moved.event_id, _when(moved)) == (event.event_id, later)
        if self.keeps_events:
            assert self._busy(calendar, mailbox) == (BusyInterval(*later),)
            found = calendar.find(booking)
            assert found is not None
            assert _when(found) == later

    def test_a_cancelled_event_is_gone(self, calendar: Calendar, mailbox: str) -> None:
        booking = a_booking(mailbox)
        event = calendar.create(booking)
        for _ in range(2):
            calendar.cancel(mailbox=mailbox, event_id=event.event_id, comment="Ya no")
        assert calendar.find(booking) is None
        assert self._busy(calendar, mailbox) == ()

    def test_a_cancelled_event_cannot_be_moved(self, calendar: Calendar, mailbox: str) -> None:
        self.require("keeps_events")
        booking = a_booking(mailbox)
        event = calendar.create(booking)
        calendar.cancel(mailbox=mailbox, event_id=event.event_id, comment="")
        with pytest.raises(CalendarError) as caught:
            calendar.move(booking, event_id=event.event_id, starts_at=DAY_START, ends_at=STARTS_AT)
        assert caught.value.gone

    def test_what_is_cancelled_can_be_booked_anew(self, calendar: Calendar, mailbox: str) -> None:
        booking = a_booking(mailbox)
        event = calendar.create(booking)
        calendar.cancel(mailbox=mailbox, event_id=event.event_id, comment="")
        again = calendar.create(replace(booking, transaction_id=uuid4()))
        assert again.event_id
        if self.keeps_events:
            assert again.event_id != event.event_id
            assert self._busy(calendar, mailbox) == (BusyInterval(STARTS_AT, ENDS_AT),)

    def test_the_clock_change_moves_nothing(self, calendar: Calendar, mailbox: str) -> None:
        hours = [datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in range(3, 9)]
        for starts_at in hours:
            ends_at = starts_at + timedelta(minutes=30)
            booking = a_booking(
                mailbox, starts_at=starts_at, ends_at=ends_at, time_zone="America/New_York"
            )
            assert _when(calendar.create(booking)) == (starts_at, ends_at)

    def _busy(
        self,
        calendar: Calendar,
        mailbox: str,
        window: tuple[datetime, datetime] = (DAY_START, DAY_END),
    ) -> tuple[BusyInterval, ...]:
        answer = calendar.busy([mailbox], starts_at=window[0], ends_at=window[1])[mailbox]
        assert answer.error == ""
        return answer.intervals

    def test_an_event_is_read_as_it_stands(self, calendar: Calendar, mailbox: str) -> None:
        self.require("keeps_events")
        booking = a_booking(mailbox)
        event = calendar.create(booking)
        later = STARTS_AT + timedelta(hours=2)
        calendar.move(
            booking, event_id=event.event_id, starts_at=later, ends_at=later + timedelta(minutes=30)
        )
        read = calendar.read(mailbox=mailbox, event_id=event.event_id)
        assert read is not None
        assert (read.event_id, read.starts_at) == (event.event_id, later)

    def test_an_event_that_is_gone_reads_as_none(self, calendar: Calendar, mailbox: str) -> None:
        self.require("keeps_events")
        event = calendar.create(a_booking(mailbox))
        calendar.cancel(mailbox=mailbox, event_id=event.event_id, comment="")
        assert calendar.read(mailbox=mailbox, event_id=event.event_id) is None

    def test_new_words_leave_the_time_alone(self, calendar: Calendar, mailbox: str) -> None:
        self.require("keeps_events")
        booking = a_booking(mailbox)
        event = calendar.create(booking)
        changed = replace(booking, subject="Otra", body="Lo que ahora sabemos")
        calendar.rewrite(changed, event_id=event.event_id)
        read = calendar.read(mailbox=mailbox, event_id=event.event_id)
        assert read is not None
        assert _when(read) == (STARTS_AT, ENDS_AT)
        # The same words once more are no change: nobody gets a mail of it.
        calendar.rewrite(changed, event_id=event.event_id)
        assert calendar.read(mailbox=mailbox, event_id=event.event_id) == read
        found = calendar.find(changed)
        assert found is not None
        assert found.event_id == event.event_id


def _when(event: BookedEvent) -> tuple[datetime | None, datetime | None]:
    return event.starts_at, event.ends_at
