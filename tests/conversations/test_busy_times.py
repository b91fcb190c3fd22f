"""What a calendar said is kept only while it promises to tell of changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from conversations.models import CalendarWatch, Salesperson
from conversations.services.busy_times import BusyTimes
from integrations.scheduling import BusyInterval
from tests.conversations.meeting_rows import NOW, make_host
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@dataclass
class Asker:
    """Asks for the next two weeks, as an offer does."""

    calendar: FakeCalendar = field(default_factory=FakeCalendar)
    busy_times: BusyTimes = field(default_factory=BusyTimes)

    def asks_anew(self, now: datetime, weeks: int = 2) -> bool:
        before = len(self.calendar.calls)
        hosts = Salesperson.objects.select_related("watch")
        self.busy_times.of(
            hosts,
            starts_at=now,
            ends_at=now + timedelta(weeks=weeks),
            calendar=self.calendar,
            now=now,
        )
        return len(self.calendar.calls) > before


@pytest.fixture
def asker() -> Asker:
    return Asker()


def _watched(host: Salesperson, lasts: timedelta = timedelta(days=2), **changes: str) -> None:
    CalendarWatch.objects.create(
        salesperson=host,
        expires_at=NOW + lasts,
        renew_due_at=NOW,
        created_at=NOW,
        **{"mailbox": host.mailbox} | changes,
    )


def test_a_watched_calendar_is_asked_once_in_three_minutes(asker: Asker) -> None:
    _watched(make_host())
    assert asker.asks_anew(NOW)
    assert not asker.asks_anew(NOW + 3 * MINUTE)
    assert asker.asks_anew(NOW + 3 * MINUTE + SECOND)


def test_it_is_asked_after_news_also_of_the_same_moment(asker: Asker) -> None:
    host = make_host()
    _watched(host)
    asker.asks_anew(NOW)
    Salesperson.objects.update(busy_changed_at=NOW)
    assert asker.asks_anew(NOW + SECOND)
    assert not asker.asks_anew(NOW + 2 * SECOND)


def test_a_longer_time_than_was_asked_for(asker: Asker) -> None:
    _watched(make_host())
    asker.asks_anew(NOW)
    assert asker.asks_anew(NOW, weeks=3)


@pytest.mark.parametrize("watch", ["none", "over", "of another mailbox"])
def test_without_a_living_watch_it_is_always_asked(asker: Asker, watch: str) -> None:
    host = make_host()
    if watch == "over":
        _watched(host, lasts=-SECOND)
    elif watch == "of another mailbox":
        _watched(host, mailbox="old@example.com")
    assert asker.asks_anew(NOW)
    assert asker.asks_anew(NOW + SECOND)


def test_a_watch_that_ends_takes_the_answer_with_it(asker: Asker) -> None:
    _watched(make_host(), lasts=MINUTE)
    assert asker.asks_anew(NOW)
    assert asker.asks_anew(NOW + MINUTE)


def test_only_who_is_not_known_is_asked_for_and_errors_are_not_kept(asker: Asker) -> None:
    ana, luis = make_host("ana"), make_host("luis")
    _watched(ana)
    _watched(luis)
    asker.calendar.broken_mailboxes[luis.mailbox] = "ErrorAccessDenied"
    busy = BusyInterval(NOW, NOW + MINUTE)
    asker.calendar.add_busy(ana.mailbox, NOW, NOW + MINUTE)
    asker.asks_anew(NOW)
    asker.calendar.broken_mailboxes.clear()
    asker.calendar.other_busy.clear()
    assert asker.asks_anew(NOW + SECOND)
    found = asker.busy_times.of(
        Salesperson.objects.select_related("watch"),
        starts_at=NOW + SECOND,
        ends_at=NOW + MINUTE,
        calendar=asker.calendar,
        now=NOW + SECOND,
    )
    assert found[ana.mailbox].intervals == (busy,)
    assert found[luis.mailbox].intervals == ()
    assert not found[luis.mailbox].error
