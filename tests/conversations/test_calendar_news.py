"""The door that calendars knock on: who is believed, what is marked, and at what cost."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg.types.range import Range
from pytest_django import DjangoAssertNumQueries, Settings

from conversations.models import CalendarWatch, Meeting, MeetingState, Salesperson
from conversations.queue import CHECK_MEETINGS
from conversations.services.calendar_news import hash_of
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    make_conversation,
    make_host,
)

pytestmark = pytest.mark.django_db
DOOR = "/webhook/outlook"


@pytest.fixture(autouse=True)
def listening(settings: Settings) -> None:
    settings.CALENDAR = "outlook"


@pytest.fixture
def ana() -> Salesperson:
    return watched("ana", "sub-1")


def watched(name: str, watch_id: str) -> Salesperson:
    host = make_host(name)
    CalendarWatch.objects.create(
        salesperson=host,
        mailbox=host.mailbox,
        watch_id=watch_id,
        secret_hash=hash_of(f"secret of {watch_id}".replace(" ", "-")),
        expires_at=TOMORROW_TEN,
        renew_due_at=TOMORROW_TEN,
        created_at=NOW,
    )
    return host


def make_meeting(host: Salesperson, event_id: str, **changes: Any) -> Meeting:
    values: dict[str, Any] = {
        "lead": make_conversation().lead,
        "salesperson": host,
        "during": Range(TOMORROW_TEN, TOMORROW_TEN + HALF_HOUR),
        "state": MeetingState.CONFIRMED,
        "time_zone": "America/Mexico_City",
        "event_id": event_id,
        "check_due_at": TOMORROW_TEN,
        "created_at": NOW,
    }
    return Meeting.objects.create(**values | changes)


def news(watch_id: str = "sub-1", event_id: str = "E1", **changes: Any) -> dict[str, Any]:
    return {
        "subscriptionId": watch_id,
        "clientState": f"secret-of-{watch_id}",
        "changeType": "updated",
        "resourceData": {"id": event_id},
        **changes,
    }


def post(client: Client, *said: object) -> int:
    body = json.dumps({"value": said})
    return client.post(DOOR, body, content_type="application/json").status_code


def hints() -> int:
    return ProcrastinateJob.objects.filter(task_name=CHECK_MEETINGS).count()


def due_at(meeting: Meeting) -> datetime:
    found = Meeting.objects.values_list("check_due_at", flat=True).get(pk=meeting.pk)
    assert found is not None
    return found


def test_the_handshake_gives_the_token_back_as_plain_text(client: Client) -> None:
    token = "Validation: <b>a+b</b> & ñ"
    response = client.post(DOOR, query_params={"validationToken": token})
    assert response.status_code == 200
    assert response.content.decode() == token
    assert response["Content-Type"].startswith("text/plain")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client.post(DOOR, query_params={"validationToken": "x" * 2001}).status_code == 400
    assert client.get(DOOR, query_params={"validationToken": token}).status_code == 405


def test_strangers_browsers_and_other_calendars(client: Client, settings: Settings) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert post(strict, news()) == 202
    settings.CALENDAR = "local"
    assert post(client, news()) == 404
    assert client.post(DOOR, query_params={"validationToken": "x"}).status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"value": 1}', b"[" * 50_000])
def test_what_is_no_news_is_a_400(client: Client, body: bytes) -> None:
    response = client.post(DOOR, body, content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize("size", [1_000_001, 3_600_000])
def test_too_much_is_a_413(client: Client, size: int) -> None:
    response = client.post(DOOR, b" " * size, content_type="application/json")
    assert response.status_code == 413


def test_a_change_makes_its_meeting_due_and_busy_times_old(
    client: Client, ana: Salesperson
) -> None:
    beto = watched("beto", "sub-2")
    meant, other = make_meeting(ana, "E1"), make_meeting(beto, "E2")
    ended = make_meeting(beto, "E1", state=MeetingState.CANCELLED)
    assert post(client, news()) == 202
    assert due_at(meant) < TOMORROW_TEN
    assert (due_at(other), due_at(ended)) == (TOMORROW_TEN, TOMORROW_TEN)
    changed = dict(Salesperson.objects.values_list("mailbox", "busy_changed_at"))
    assert changed["ana@example.com"] is not None
    assert changed["beto@example.com"] is None
    assert hints() == 1


def test_a_watch_speaks_of_its_own_mailbox_only(client: Client, ana: Salesperson) -> None:
    of_beto = make_meeting(watched("beto", "sub-2"), "E2")
    post(client, news("sub-1", "E2"))
    assert due_at(of_beto) == TOMORROW_TEN


@pytest.mark.parametrize(
    "strange",
    [
        news(clientState="secret-of-sub-2"),
        news(clientState="secret-of-sub-1 "),
        news(clientState=""),
        news("sub-9", clientState="secret-of-sub-1"),
        news("", clientState="secret-of-sub-1"),
    ],
)
def test_who_does_not_know_the_secret_changes_nothing(
    client: Client, ana: Salesperson, strange: dict[str, Any]
) -> None:
    meeting = make_meeting(ana, "E1")
    assert post(client, strange, {**strange, "lifecycleEvent": "subscriptionRemoved"}) == 202
    assert due_at(meeting) == TOMORROW_TEN
    assert Salesperson.objects.get().busy_changed_at is None
    assert CalendarWatch.objects.get().watch_id == "sub-1"
    assert hints() == 0


@pytest.mark.parametrize("event", ["missed", "reauthorizationRequired", "subscriptionRemoved"])
def test_word_about_the_watch(client: Client, ana: Salesperson, event: str) -> None:
    meeting = make_meeting(ana, "E1")
    of_beto = make_meeting(watched("beto", "sub-2"), "E2")
    assert post(client, news(resourceData=None, lifecycleEvent=event)) == 202
    watch = CalendarWatch.objects.get(salesperson=ana)
    # Whatever it was, something may have been missed.
    assert due_at(meeting) < TOMORROW_TEN
    assert due_at(of_beto) == TOMORROW_TEN
    assert (watch.renew_due_at < TOMORROW_TEN) == (event != "missed")
    assert (watch.watch_id == "") == (event == "subscriptionRemoved")


def test_a_database_out_of_reach_is_a_503_that_graph_repeats(
    client: Client, ana: Salesperson
) -> None:
    def refuse(*_asked: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(refuse):
        assert post(client, news()) == 503


def test_many_at_once_cost_what_one_costs(
    client: Client, ana: Salesperson, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_meeting(ana, "E1")
    for index in range(2, 6):
        make_meeting(watched(f"host{index}", f"sub-{index}"), f"E{index}")
    many = [news(f"sub-{index % 6}", f"E{index % 6}") for index in range(300)]
    with django_assert_num_queries(4):
        assert post(client, news()) == 202
    with django_assert_num_queries(4):
        assert post(client, *many) == 202
    with django_assert_num_queries(1):
        assert post(client, *[news("sub-9")] * 300) == 202
    assert hints() == 1
