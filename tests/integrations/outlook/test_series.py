"""Series in the simulated Graph: their days, their hour across clock changes, their exceptions."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent, SimulatedWebhook
from integrations.simulator import chaos
from integrations.simulator.graph import owner, recurrence, store
from integrations.simulator.graph.wire import WireError
from tests.integrations.outlook.test_subscriptions import ask, bearer, code, news, subscribe

NOW = timezone.now()
VIEW = "/users/ana%40example.com/calendarView?startDateTime=2026-11-30&endDateTime=2027-01-01"
EVENTS = "/users/ana%40example.com/events"


def a_rule(kind: str, starts_on: str, *, limit: str = "noEnd", **others: Any) -> dict[str, Any]:
    names = {"endDate", "numberOfOccurrences", "recurrenceTimeZone"}
    span = {name: value for name, value in others.items() if name in names}
    pattern = {name: value for name, value in others.items() if name not in names}
    return {
        "pattern": {"type": kind, "interval": 1, **pattern},
        "range": {"type": limit, "startDate": starts_on, **span},
    }


def an_event(**changes: Any) -> dict[str, Any]:
    return {
        "subject": "Weekly",
        "start": {"dateTime": "2026-11-30T10:00:00", "timeZone": "America/Mexico_City"},
        "end": {"dateTime": "2026-11-30T10:30:00", "timeZone": "America/Mexico_City"},
        **changes,
    }


MONDAYS = a_rule(
    "weekly", "2026-11-30", daysOfWeek=["Monday"], limit="numbered", numberOfOccurrences=4
)


@pytest.fixture
def ana(db: None) -> SimulatedMailbox:
    return store.add_mailbox(address="ana@example.com", time_zone="America/Mexico_City")


def put(mailbox: SimulatedMailbox, **fields: Any) -> SimulatedMailboxEvent:
    return store.create_event(mailbox=mailbox, fields=an_event(**fields), now=NOW)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (a_rule("daily", "2026-12-30", interval=3), ["12-30", "01-02", "01-05", "01-08"]),
        (
            a_rule("weekly", "2026-12-02", daysOfWeek=["friday", "wednesday"], interval=2),
            ["12-02", "12-04", "12-16", "12-18"],
        ),
        # The week begins on Sunday unless said otherwise: the 6th belongs to the week after.
        (
            a_rule("weekly", "2026-12-01", daysOfWeek=["sunday", "tuesday"], interval=2),
            ["12-01", "12-13", "12-15", "12-27"],
        ),
        (
            a_rule(
                "weekly",
                "2026-12-01",
                daysOfWeek=["sunday", "tuesday"],
                interval=2,
                firstDayOfWeek="monday",
            ),
            ["12-01", "12-06", "12-15", "12-20"],
        ),
        (a_rule("absoluteMonthly", "2026-12-31", dayOfMonth=31), ["12-31", "01-31", "02-28"]),
        (
            a_rule("relativeMonthly", "2026-12-01", daysOfWeek=["friday"], index="last"),
            ["12-25", "01-29", "02-26"],
        ),
        (
            a_rule("relativeMonthly", "2026-12-01", daysOfWeek=["saturday", "sunday"], interval=2),
            ["12-05", "02-06", "04-03"],
        ),
        (a_rule("absoluteYearly", "2027-01-01", dayOfMonth=29, month=2), ["02-28", "02-29"]),
        (
            a_rule(
                "relativeYearly", "2026-12-01", daysOfWeek=["thursday"], index="fourth", month=11
            ),
            ["11-25", "11-23"],
        ),
        (
            a_rule("daily", "2026-12-30", limit="endDate", endDate="2027-01-01"),
            ["12-30", "12-31", "01-01"],
        ),
        (
            a_rule("daily", "2026-12-30", limit="numbered", numberOfOccurrences=2),
            ["12-30", "12-31"],
        ),
    ],
)
def test_the_days_of_a_rule(rule: dict[str, Any], expected: list[str]) -> None:
    read = recurrence.read(rule)
    found = [f"{day:%m-%d}" for day in recurrence.days(read, date(2028, 12, 1))]
    assert found[: len(expected)] == expected
    if rule["range"]["type"] != "noEnd":
        assert len(found) == len(expected)
    assert recurrence.read(recurrence.write(read)) == read
    last = date.fromisoformat(rule["range"]["startDate"]) + timedelta(days=400)
    assert all(day <= last for day in recurrence.days(read, last))


@pytest.mark.parametrize(
    "rule",
    [
        None,
        {"pattern": {"type": "daily", "interval": 1}},
        a_rule("hourly", "2026-11-30"),
        a_rule("daily", "2026-11-30", interval=0),
        a_rule("weekly", "2026-11-30"),
        a_rule("weekly", "2026-11-30", daysOfWeek=["lunes"]),
        a_rule("absoluteMonthly", "2026-11-30", dayOfMonth=32),
        a_rule("relativeMonthly", "2026-11-30", daysOfWeek=["monday"], index="fifth"),
        a_rule("absoluteYearly", "2026-11-30", dayOfMonth=1),
        a_rule("daily", "30.11.2026"),
        a_rule("daily", "9999-11-30"),
        a_rule("daily", "2026-11-30", limit="numbered"),
        a_rule("daily", "2026-11-30", limit="endDate", endDate="2026-11-29"),
    ],
)
def test_what_is_no_rule(rule: Any) -> None:
    with pytest.raises(WireError, match="recurrence"):
        recurrence.read(rule)


def test_a_series_keeps_its_hour_when_the_clocks_change(ana: SimulatedMailbox) -> None:
    santiago = {
        "start": {"dateTime": "2027-03-29T23:30:00", "timeZone": "America/Santiago"},
        "end": {"dateTime": "2027-03-30T00:30:00", "timeZone": "America/Santiago"},
        "recurrence": a_rule("weekly", "2027-03-29", daysOfWeek=["monday"]),
    }
    put(ana, **santiago)
    start = datetime(2027, 3, 30, 3, tzinfo=UTC)
    first, second, third = owner.events_between(ana, start, start + timedelta(days=15))
    assert [each.starts_at.hour for each in (first, second, third)] == [2, 3, 3]
    assert {each.ends_at - each.starts_at for each in (first, third)} == {timedelta(hours=1)}
    # The first reaches into the window; what only touches it is outside.
    assert owner.events_between(ana, start + timedelta(minutes=30), start + timedelta(days=1)) == []


def test_series_and_occurrences_where_they_belong(client: Client, ana: SimulatedMailbox) -> None:
    master = ask(client, "POST", EVENTS, an_event(recurrence=MONDAYS)).json()
    assert (master["type"], master["seriesMasterId"]) == ("seriesMaster", None)
    assert master["recurrence"]["range"]["numberOfOccurrences"] == 4
    assert [each["id"] for each in ask(client, "GET", EVENTS).json()["value"]] == [master["id"]]
    found = ask(client, "GET", VIEW).json()["value"]
    assert [each["start"]["dateTime"][5:16] for each in found] == [
        "11-30T16:00",
        "12-07T16:00",
        "12-14T16:00",
        "12-21T16:00",
    ]
    assert {each["type"] for each in found} == {"occurrence"}
    assert {each["seriesMasterId"] for each in found} == {master["id"]}
    assert len({each["id"] for each in found}) == len({each["iCalUId"] for each in found}) == 4
    put(ana, recurrence=MONDAYS, subject="Another series")
    query = VIEW.partition("?")[2]
    listed = ask(client, "GET", f"{EVENTS}/{quote(master['id'])}/instances?{query}").json()
    assert listed["value"] == found
    second = ask(client, "GET", f"{EVENTS}/{found[1]['id']}").json()
    assert (second["start"], second["originalStart"]) == (
        found[1]["start"],
        "2026-12-07T16:00:00.0000000Z",
    )
    other_day = found[1]["id"].replace("20261207", "20261208")
    assert code(ask(client, "GET", f"{EVENTS}/{other_day}")) == (404, "ErrorItemNotFound")


def test_one_occurrence_is_moved_and_one_deleted(client: Client, ana: SimulatedMailbox) -> None:
    subscribe(ana)
    master = put(ana, recurrence=MONDAYS)
    _, second, third, _ = ask(client, "GET", VIEW).json()["value"]
    tuesday = {
        "start": {"dateTime": "2026-12-08T12:00:00", "timeZone": "America/Mexico_City"},
        "end": {"dateTime": "2026-12-08T13:00:00", "timeZone": "America/Mexico_City"},
    }
    path = f"{EVENTS}/{second['id']}"
    moved = client.patch(
        f"/simulator/outlook/v1.0{path}",
        json.dumps(tuesday),
        content_type="application/json",
        headers={**bearer(), "if-match": second["@odata.etag"]},
    ).json()
    assert (moved["type"], moved["id"]) == ("exception", second["id"])
    assert moved["originalStart"].startswith("2026-12-07T16:00")
    assert moved["@odata.etag"] != second["@odata.etag"]
    assert ask(client, "DELETE", f"{EVENTS}/{third['id']}").status_code == 204
    assert code(ask(client, "GET", f"{EVENTS}/{third['id']}")) == (404, "ErrorItemNotFound")
    left = ask(client, "GET", VIEW).json()["value"]
    assert [each["start"]["dateTime"][5:13] for each in left] == [
        "11-30T16",
        "12-08T18",
        "12-21T16",
    ]
    told = [(item["changeType"], item["resourceData"]["id"]) for item in news()]
    assert told == [("created", master.pk), ("updated", master.pk), ("updated", master.pk)]
    own = ask(client, "PATCH", path, {"recurrence": MONDAYS})
    assert code(own) == (400, "ErrorInvalidPropertySet")
    store.delete_event(mailbox=ana, event_id=master.pk, etag="", now=NOW)
    assert ask(client, "GET", VIEW).json()["value"] == []
    assert code(ask(client, "GET", path)) == (404, "ErrorItemNotFound")


def test_a_series_that_moves_forgets_its_exceptions(client: Client, ana: SimulatedMailbox) -> None:
    master = put(ana, recurrence=MONDAYS)
    _, second, *_ = ask(client, "GET", VIEW).json()["value"]
    ask(client, "DELETE", f"{EVENTS}/{second['id']}")
    renamed = ask(client, "PATCH", f"{EVENTS}/{master.pk}", {"subject": "New"}).json()
    assert len(ask(client, "GET", VIEW).json()["value"]) == 3
    assert renamed["subject"] == "New"
    other = an_event()["end"] | {"dateTime": "2026-11-30T11:00:00"}
    ask(client, "PATCH", f"{EVENTS}/{master.pk}", {"end": other})
    found = ask(client, "GET", VIEW).json()["value"]
    assert [each["end"]["dateTime"][11:16] for each in found] == ["17:00"] * 4
    tomorrow = {
        name: {"dateTime": f"2026-12-01T1{n}:00:00"} for n, name in enumerate(("start", "end"))
    }
    refused = ask(client, "PATCH", f"{EVENTS}/{master.pk}", tomorrow)
    assert code(refused) == (400, "ErrorPropertyValidationFailure")


def test_get_schedule_shows_occurrences_and_hides_what_is_private(
    client: Client, ana: SimulatedMailbox
) -> None:
    put(ana, recurrence=MONDAYS, sensitivity="private", location={"displayName": "Home"})
    at_half_past = an_event()["end"]
    trip = {"subject": "Trip", "location": {"displayName": "Lima"}, "start": at_half_past}
    at_eleven = at_half_past | {"dateTime": "2026-11-30T11:00:00"}
    put(ana, showAs="workingElsewhere", **trip, end=at_eleven)
    body = {
        "Schedules": ["ana@example.com"],
        "StartTime": {"dateTime": "2026-11-30T16:00:00", "timeZone": "UTC"},
        "EndTime": {"dateTime": "2026-12-07T16:30:00", "timeZone": "UTC"},
        "AvailabilityViewInterval": 30,
    }
    path = "/users/ana%40example.com/calendar/getSchedule"
    (answer,) = ask(client, "POST", path, body).json()["value"]
    seen = [
        (item["isPrivate"], item["subject"], item["location"]) for item in answer["scheduleItems"]
    ]
    assert seen == [(True, "", ""), (False, "Trip", "Lima"), (True, "", "")]
    assert (answer["availabilityView"][0], answer["availabilityView"][-1]) == ("2", "2")
    chaos.configure({"graph_schedule_error_rate": 1})
    (broken,) = ask(client, "POST", path, body).json()["value"]
    assert broken["error"]["responseCode"] == "ErrorProxyRequestProcessingFailed"
    assert not broken["availabilityView"]


def followed(client: Client, link: str) -> Any:
    parts = urlsplit(link)
    path = parts.path.removeprefix("/simulator/outlook/v1.0")
    return ask(client, "GET", f"{path}?{parts.query}").json()


def test_a_delta_tells_what_changed_in_its_window(client: Client, ana: SimulatedMailbox) -> None:
    series, single = put(ana, recurrence=MONDAYS), put(ana, subject="One")
    first = ask(client, "GET", VIEW.replace("calendarView", "calendarView/delta()") + "&$top=3")
    page = first.json()
    assert "@odata.deltaLink" not in page
    rest = followed(client, page["@odata.nextLink"])
    assert len(page["value"]) + len(rest["value"]) == 5
    nothing = followed(client, rest["@odata.deltaLink"])
    assert nothing["value"] == []
    owner.move(
        mailbox=ana,
        event_id=single.pk,
        starts_at=NOW + timedelta(days=4000),
        ends_at=NOW + timedelta(days=4001),
        now=NOW,
    )
    second = rest["value"][-2]["id"]
    owner.remove(mailbox=ana, event_id=second, now=NOW)
    changed = followed(client, nothing["@odata.deltaLink"])
    assert {each["id"]: "@removed" in each for each in changed["value"]} == {
        single.pk: True,
        second: True,
    }
    store.change_event(
        mailbox=ana,
        event_id=series.pk,
        fields={"recurrence": a_rule("weekly", "2026-11-30", daysOfWeek=["tuesday"])},
        etag="",
        now=NOW,
    )
    anew = followed(client, changed["@odata.deltaLink"] + "&$top=100")["value"]
    kept = [each["start"]["dateTime"][5:10] for each in anew if "start" in each]
    assert kept == ["12-01", "12-08", "12-15", "12-22", "12-29"]
    gone = {each["id"] for each in anew if "@removed" in each}
    assert {each["id"] for each in page["value"] if each["seriesMasterId"]} <= gone
    owner.remove(mailbox=ana, event_id=series.pk, now=NOW)
    last = followed(client, changed["@odata.deltaLink"] + "&$top=100")["value"]
    assert len(last) >= 5
    assert all(each["@removed"] == {"reason": "deleted"} for each in last)
    forged = ask(client, "GET", "/users/ana@example.com/calendarView/delta?$deltatoken=abc")
    assert code(forged) == (410, "SyncStateNotFound")


def test_order_count_and_size_of_pages(client: Client, ana: SimulatedMailbox) -> None:
    for subject in ("b", "a"):
        put(ana, subject=subject)
    put(ana, subject="c", start=an_event()["end"])
    answer = ask(client, "GET", f"{VIEW}&$orderby=start/dateTime,subject desc&$count=true").json()
    assert [each["subject"] for each in answer["value"]] == ["b", "a", "c"]
    assert answer["@odata.count"] == 3
    by_name = ask(client, "GET", f"{VIEW}&$orderby=subject,start/dateTime desc").json()
    assert [each["subject"] for each in by_name["value"]] == ["a", "b", "c"]
    assert code(ask(client, "GET", f"{VIEW}&$orderby=colour")) == (400, "BadRequest")
    preferred = client.get(
        f"/simulator/outlook/v1.0{VIEW}", headers={**bearer(), "prefer": "odata.maxpagesize=2"}
    ).json()
    assert len(preferred["value"]) == 2
    assert "%24skip=2" in preferred["@odata.nextLink"]
    too_long = ask(client, "GET", VIEW.replace("2027-01-01", "2032-01-01"))
    assert code(too_long) == (400, "ErrorCalendarViewRangeTooBig")


@pytest.mark.parametrize(
    ("wishes", "expected", "made"),
    [
        ({"graph_429_rate": 1, "graph_retry_after_seconds": 7}, (429, "7"), 0),
        ({"graph_503_rate": 1}, (503, None), 0),
        ({"graph_504_rate": 1}, (504, None), 0),
        ({"graph_cut_before_rate": 1}, (500, None), 0),
        ({"graph_cut_rate": 1}, (500, None), 1),
        ({"graph_delay_seconds": 0.01}, (201, None), 1),
    ],
)
def test_trouble_on_request(
    client: Client, ana: SimulatedMailbox, wishes: Any, expected: Any, made: int
) -> None:
    chaos.configure(wishes)
    response = ask(client, "POST", EVENTS, an_event())
    assert (response.status_code, response.headers.get("Retry-After")) == expected
    assert SimulatedMailboxEvent.objects.count() == made
    assert not SimulatedWebhook.objects.exists()


def test_a_meeting_link_comes_late_on_request(client: Client, ana: SimulatedMailbox) -> None:
    chaos.configure({"graph_join_url_reads": 1})
    made = ask(client, "POST", EVENTS, an_event(isOnlineMeeting=True)).json()
    assert made["onlineMeeting"] is None
    read = ask(client, "GET", f"{EVENTS}/{made['id']}").json()
    assert read["onlineMeeting"]["joinUrl"]


@pytest.mark.django_db(transaction=True)
def test_four_at_once_and_no_more(client: Client) -> None:
    ana = store.add_mailbox(address="ana@example.com", time_zone="UTC")
    options = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: options[name] for name in names if options.get(name)}) as others:
        for number in range(4):
            slot = f"graph {ana.pk} app {number}"
            others.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [slot])
        refused = ask(client, "GET", EVENTS)
        assert code(refused) == (429, "ApplicationThrottled")
        assert refused.headers["Retry-After"] == "1"
        assert ask(client, "GET", EVENTS, app="other").status_code == 200
        others.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [slot])
        for _ in range(2):
            assert ask(client, "GET", EVENTS).status_code == 200
        # Given back: another may have it.
        taken = others.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [slot])
        assert taken.fetchone() == (True,)
