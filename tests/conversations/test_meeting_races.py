"""Many want one time at once: real threads, real connections, committed rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from conversations.models import Meeting, MeetingState
from conversations.services import meetings
from conversations.services.meetings import Booked, BookingStatus
from integrations.scheduling import CalendarError, MailboxBusy
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    Booker,
    make_conversation,
    make_host,
    make_offer,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 16
Result = TypeVar("Result")


class StrictCalendar(FakeCalendar):
    """Refuses to be called while a transaction is open."""

    def busy(
        self, mailboxes: Sequence[str], *, starts_at: datetime, ends_at: datetime
    ) -> Mapping[str, MailboxBusy]:
        assert not connection.in_atomic_block
        return super().busy(mailboxes, starts_at=starts_at, ends_at=ends_at)

    def _call(self, name: str, act: Callable[[], Result]) -> Result:
        assert not connection.in_atomic_block
        return super()._call(name, act)


def _race(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result:
        barrier.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def _statuses(booked: Sequence[Booked]) -> Counter[BookingStatus]:
    return Counter(each.status for each in booked)


def test_sixteen_leads_for_one_time() -> None:
    calendar, host = StrictCalendar(), make_host()
    bookers = [Booker(make_conversation(), calendar) for _ in range(RACERS)]
    slots = [make_offer(booker.conversation, host) for booker in bookers]
    booked = _race(
        [partial(booker.book, slot) for booker, slot in zip(bookers, slots, strict=True)]
    )
    assert _statuses(booked) == {BookingStatus.CONFIRMED: 1, BookingStatus.TAKEN: RACERS - 1}
    assert all(each.alternatives for each in booked if each.status is BookingStatus.TAKEN)
    assert len(calendar.events) == 1
    assert Meeting.objects.count() == 1


def test_sixteen_leads_for_overlapping_times_within_the_buffer() -> None:
    calendar, host = StrictCalendar(), make_host(buffer_after_minutes=10)
    bookers = [Booker(make_conversation(), calendar) for _ in range(RACERS)]
    slots = [
        make_offer(booker.conversation, host, TOMORROW_TEN + (place % 2) * HALF_HOUR)
        for place, booker in enumerate(bookers)
    ]
    booked = _race(
        [partial(booker.book, slot) for booker, slot in zip(bookers, slots, strict=True)]
    )
    assert _statuses(booked)[BookingStatus.CONFIRMED] == 1


def test_one_lead_taps_everything_at_once() -> None:
    calendar, conversation = StrictCalendar(), make_conversation()
    hosts = [make_host(name) for name in ("ana", "luis", "eva", "leo")]
    calls = []
    for place in range(8):
        starts_at = TOMORROW_TEN + timedelta(hours=place // 4)
        slot = make_offer(conversation, hosts[place % 4], starts_at)
        booker = Booker(conversation, calendar)
        calls.append(partial(booker.book, slot))
    statuses = _statuses(_race(calls))
    assert statuses == {BookingStatus.CONFIRMED: 1, BookingStatus.HAS_MEETING: 7}
    assert len(calendar.events) == 1


def test_one_call_replayed_by_eight_workers() -> None:
    calendar, host, conversation = StrictCalendar(), make_host(), make_conversation()
    slot = make_offer(conversation, host)
    booker = Booker(conversation, calendar)
    booked = _race([partial(booker.book, slot, index=0)] * 8)
    # Whoever sees the event of another worker on this call must know it for its own.
    assert BookingStatus.TAKEN not in _statuses(booked)
    meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=5))
    assert [row.state for row in Meeting.objects.all()] == [MeetingState.CONFIRMED]
    assert len(calendar.events) == 1


def test_moves_and_cancellations_cross() -> None:
    calendar, host = StrictCalendar(), make_host()
    bookers = [Booker(make_conversation(), calendar) for _ in range(4)]
    calls: list[Callable[[], Booked]] = []
    for place, booker in enumerate(bookers):
        day = timedelta(days=place % 3)
        booker.book(make_offer(booker.conversation, host, TOMORROW_TEN + place * HALF_HOUR))
        slot = make_offer(booker.conversation, host, TOMORROW_TEN + day + timedelta(hours=4))
        calls.append(partial(booker.reschedule, slot))
        calls.append(Booker(booker.conversation, calendar).cancel)
    _race(calls)
    for minutes in (2, 4, 6, 8):
        meetings.finish_pending(calendar=calendar, now=NOW + timedelta(minutes=minutes))
    confirmed = Meeting.objects.filter(state=MeetingState.CONFIRMED)
    assert {row.event_id for row in confirmed} == {event.id for event in calendar.standing}
    assert {row.during.lower for row in confirmed} == {
        event.starts_at for event in calendar.standing
    }
    assert not Meeting.objects.filter(state=MeetingState.BOOKING).exists()


def test_two_sweepers_settle_once() -> None:
    calendar, host = StrictCalendar(), make_host()
    for place in range(6):
        conversation = make_conversation()
        calendar.fail("create", CalendarError("timed out", ambiguous=True), after=bool(place % 2))
        slot = make_offer(conversation, host, TOMORROW_TEN + place * HALF_HOUR)
        assert Booker(conversation, calendar).book(slot).status is BookingStatus.PENDING
    due = NOW + timedelta(minutes=5)
    told: list[Meeting] = []
    sweep = partial(meetings.finish_pending, calendar=calendar, now=due, tell=told.append)
    settled = [each for some in _race([sweep] * 4) for each in some]
    assert len(settled) == len(told) == 6
    assert {each.status for each in settled} == {BookingStatus.CONFIRMED}
    assert len(calendar.events) == 6
