"""Watches follow the salespeople: made, renewed, made anew and let go, each asked for once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from conversations.models import CalendarWatch, Salesperson
from conversations.services import calendar_watches
from conversations.services.calendar_news import hash_of
from integrations.scheduling import CalendarError
from tests.conversations.meeting_rows import NOW, make_host
from tests.fakes.watcher import FakeWatcher

pytestmark = pytest.mark.django_db
URL = "https://crm.example.com/webhook/outlook"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def watcher() -> FakeWatcher:
    return FakeWatcher()


@pytest.fixture
def ana() -> Salesperson:
    return make_host("ana")


def keep(watcher: FakeWatcher, after: timedelta = timedelta(), url: str = URL) -> list[str]:
    watcher.calls.clear()
    calendar_watches.keep(watcher=watcher, notify_url=url, clock=lambda: NOW + after)
    return watcher.calls


def row(host: Salesperson) -> CalendarWatch:
    return CalendarWatch.objects.get(salesperson=host)


def test_a_new_mailbox_is_watched_and_renewed_daily(watcher: FakeWatcher, ana: Salesperson) -> None:
    assert keep(watcher) == ["watch ana@example.com"]
    [(mailbox, secret, url)] = watcher.kept.values()
    assert (mailbox, url) == ("ana@example.com", URL)
    assert 32 <= len(secret) <= 128
    made = row(ana)
    assert (made.watch_id, made.secret_hash) == ("watch-1", hash_of(secret))
    assert secret not in str(CalendarWatch.objects.values().get())
    assert keep(watcher, DAY - MINUTE) == []
    assert keep(watcher, DAY) == ["renew ana@example.com"]
    assert row(ana).expires_at == NOW + DAY + watcher.lasts
    assert keep(watcher, 2 * DAY - MINUTE) == []


def test_a_short_promise_is_renewed_sooner(ana: Salesperson) -> None:
    watcher = FakeWatcher(lasts=timedelta(hours=2))
    keep(watcher)
    assert row(ana).renew_due_at == NOW + timedelta(hours=1)
    # Not in every round, though.
    watcher.lasts = 2 * MINUTE
    keep(watcher, timedelta(hours=1))
    assert row(ana).renew_due_at == NOW + timedelta(hours=1) + 5 * MINUTE


def test_each_has_a_secret_of_their_own(watcher: FakeWatcher, ana: Salesperson) -> None:
    make_host("beto")
    keep(watcher)
    assert len({secret for _mailbox, secret, _url in watcher.kept.values()}) == 2


def test_one_that_was_lost_is_asked_for_anew(watcher: FakeWatcher, ana: Salesperson) -> None:
    keep(watcher)
    watcher.kept.clear()
    assert keep(watcher, DAY) == ["renew ana@example.com", "watch ana@example.com"]
    assert row(ana).watch_id == "watch-2"


def test_another_mailbox_another_watch(watcher: FakeWatcher, ana: Salesperson) -> None:
    keep(watcher)
    assert row(ana).created_at < NOW - timedelta(days=365)
    Salesperson.objects.update(mailbox="ana.lopez@example.com")
    assert keep(watcher, 5 * MINUTE) == ["unwatch ana@example.com", "watch ana.lopez@example.com"]
    found = row(ana)
    assert (found.mailbox, found.watch_id) == ("ana.lopez@example.com", "watch-2")
    assert found.created_at == NOW + 5 * MINUTE
    assert keep(watcher, 10 * MINUTE) == []


def test_another_address_of_ours_another_watch(watcher: FakeWatcher, ana: Salesperson) -> None:
    keep(watcher)
    new = "https://new.example.com/webhook/outlook"
    assert keep(watcher, DAY, new) == ["unwatch ana@example.com", "watch ana@example.com"]
    assert [url for _mailbox, _secret, url in watcher.kept.values()] == [new]
    assert row(ana).created_at < NOW


@pytest.mark.parametrize("leaves", ["takes_meetings", "user"])
def test_who_takes_no_meetings_is_not_watched(
    watcher: FakeWatcher, ana: Salesperson, leaves: str
) -> None:
    keep(watcher)
    if leaves == "user":
        type(ana.user).objects.update(is_active=False)
    else:
        Salesperson.objects.update(takes_meetings=False)
    assert keep(watcher, 5 * MINUTE) == ["unwatch ana@example.com"]
    assert row(ana).watch_id == ""
    assert keep(watcher, 3 * DAY) == []
    type(ana.user).objects.update(is_active=True)
    Salesperson.objects.update(takes_meetings=True)
    assert keep(watcher, 4 * DAY) == ["watch ana@example.com"]


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (CalendarError("away"), 5 * MINUTE),
        (CalendarError("slow", retry_after=1800), 30 * MINUTE),
        (CalendarError("forbidden", permanent=True), 60 * MINUTE),
    ],
)
def test_a_failure_is_noted_and_asked_again_later(
    watcher: FakeWatcher, ana: Salesperson, error: CalendarError, pause: timedelta
) -> None:
    make_host("beto")
    watcher.failures = [error]
    assert len(keep(watcher)) == 2
    failed = CalendarWatch.objects.exclude(problem="").get()
    assert failed.problem == str(error)
    assert keep(watcher, pause - MINUTE) == []
    assert keep(watcher, pause) == [f"watch {failed.mailbox}"]
    assert not CalendarWatch.objects.exclude(problem="").exists()


def test_who_cannot_be_unwatched_is_let_go_all_the_same(
    watcher: FakeWatcher, ana: Salesperson
) -> None:
    keep(watcher)
    Salesperson.objects.update(takes_meetings=False)
    watcher.failures = [CalendarError("away")]
    keep(watcher, 5 * MINUTE)
    assert row(ana).watch_id == ""


def test_without_an_address_nothing_is_asked_but_mailboxes_are_known(
    watcher: FakeWatcher, ana: Salesperson
) -> None:
    assert keep(watcher, url="") == []
    Salesperson.objects.update(mailbox="ana.lopez@example.com")
    assert keep(watcher, 2 * timedelta(hours=1), url="") == []
    found = row(ana)
    assert (found.mailbox, found.created_at) == ("ana.lopez@example.com", NOW + timedelta(hours=2))


def test_no_call_within_a_transaction_and_no_two_workers_at_one(ana: Salesperson) -> None:
    depth = len(connection.savepoint_ids)

    class Nosy(FakeWatcher):
        def _call(self, what: str) -> None:
            assert len(connection.savepoint_ids) == depth
            super()._call(what)
            other = FakeWatcher()
            assert keep(other) == []

    watcher = Nosy()
    assert keep(watcher) == ["watch ana@example.com"]


@pytest.mark.parametrize(
    ("public", "demo", "url"),
    [
        ("https://crm.example.com", False, "https://crm.example.com/webhook/outlook"),
        ("", True, "http://127.0.0.1:8000/webhook/outlook"),
        ("http://crm.example.com", True, ""),
        ("http://127.0.0.1:8000", False, ""),
        ("", False, ""),
    ],
)
def test_where_the_calendar_can_reach_us(
    settings: Settings, public: str, demo: bool, url: str
) -> None:
    settings.PUBLIC_URL, settings.DEMO, settings.PORT = public, demo, 8000
    settings.CSRF_TRUSTED_ORIGINS, settings.ALLOWED_HOSTS = [], ["127.0.0.1"]
    assert calendar_watches.notify_url() == url


def test_while_one_is_asked_for_no_other_worker_asks(
    watcher: FakeWatcher, ana: Salesperson
) -> None:
    other = FakeWatcher()
    asked: list[list[str]] = []
    watcher.meanwhile = lambda: asked.append(keep(other, MINUTE))
    assert keep(watcher) == ["watch ana@example.com"]
    assert asked == [[]]
    assert row(ana).watch_id == "watch-1"
