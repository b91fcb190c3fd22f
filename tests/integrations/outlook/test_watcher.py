"""Subscriptions at Graph, as they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from integrations.outlook.calendar import OutlookCalendar
from integrations.outlook.graph import PREFER, GraphClient
from integrations.outlook.watcher import OutlookWatcher
from integrations.outlook.watcher import watcher as watching
from integrations.scheduling import CalendarError, Watch
from tests.integrations.misbehaving import Provider, answer
from tests.integrations.outlook.conftest import FixedTokens, make_conf

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
ENDS = datetime(2026, 11, 26, 14, tzinfo=UTC)
ANA = "ana@example.com"
MADE = {"id": "7f-1", "expirationDateTime": "2026-11-26T14:00:00.0000000Z"}


@pytest.fixture
def watcher(provider: Provider, session: requests.Session) -> OutlookWatcher:
    return OutlookWatcher(
        GraphClient(provider.url, session, FixedTokens(), sleep=lambda _seconds: None)
    )


def no(status: int, code: str) -> Any:
    return answer(status, {"error": {"code": code, "message": f"about {ANA}"}})


def test_a_watch_is_asked_for(watcher: OutlookWatcher, provider: Provider) -> None:
    provider.plays(answer(201, MADE))
    made = watcher.watch(
        mailbox=ANA, secret="s" * 64, notify_url="https://crm.example/webhook/outlook", now=NOW
    )
    assert made == Watch("7f-1", ENDS)
    [seen] = provider.seen
    assert (seen.method, seen.path) == ("POST", "/subscriptions")
    assert seen.headers["prefer"] == PREFER
    assert seen.json == {
        "changeType": "created,updated,deleted",
        "notificationUrl": "https://crm.example/webhook/outlook",
        "lifecycleNotificationUrl": "https://crm.example/webhook/outlook",
        "resource": "users/ana@example.com/events",
        "expirationDateTime": "2026-11-26T14:00:00Z",
        "clientState": "s" * 64,
    }


def test_it_is_renewed_for_as_long_again(watcher: OutlookWatcher, provider: Provider) -> None:
    later = {**MADE, "expirationDateTime": "2026-11-27T14:00:00+00:00"}
    provider.plays(answer(200, later))
    renewed = watcher.renew(mailbox=ANA, watch_id="7f-1", now=NOW + timedelta(days=1))
    assert renewed == Watch("7f-1", ENDS + timedelta(days=1))
    [seen] = provider.seen
    assert (seen.method, seen.path) == ("PATCH", "/subscriptions/7f-1")
    assert seen.json == {"expirationDateTime": "2026-11-27T14:00:00Z"}


def test_one_that_graph_lost_is_gone(watcher: OutlookWatcher, provider: Provider) -> None:
    provider.plays(no(404, "ResourceNotFound"))
    with pytest.raises(CalendarError) as caught:
        watcher.renew(mailbox=ANA, watch_id="7f-1", now=NOW)
    assert caught.value.gone


def test_it_is_ended_once_or_twice(watcher: OutlookWatcher, provider: Provider) -> None:
    provider.plays(answer(204, b""), no(404, "ResourceNotFound"))
    for _again in range(2):
        watcher.unwatch(mailbox=ANA, watch_id="7f-1")
    assert [(seen.method, seen.path) for seen in provider.seen] == [
        ("DELETE", "/subscriptions/7f-1")
    ] * 2


def test_a_no_is_a_calendar_error_and_nothing_is_asked_twice(
    watcher: OutlookWatcher, provider: Provider
) -> None:
    for reply in (
        no(403, "ErrorAccessDenied"),
        no(400, "ValidationError"),
        answer(201, {"id": ""}),
        no(500, ""),
    ):
        provider.seen.clear()
        provider.plays(reply)
        with pytest.raises(CalendarError) as caught:
            watcher.watch(mailbox=ANA, secret="s", notify_url="https://crm.example/x", now=NOW)
        assert not caught.value.gone
        assert len(provider.seen) == 1


def test_the_calendar_and_the_watcher_count_their_calls_together() -> None:
    conf = make_conf("http://127.0.0.1:9/v1.0")
    assert watching(conf)._graph is OutlookCalendar(conf)._graph
    assert watching(make_conf("http://127.0.0.1:8/v1.0"))._graph is not watching(conf)._graph


def test_one_that_may_not_be_ended_says_so(watcher: OutlookWatcher, provider: Provider) -> None:
    provider.plays(no(403, "ErrorAccessDenied"))
    with pytest.raises(CalendarError):
        watcher.unwatch(mailbox=ANA, watch_id="7f-1")
