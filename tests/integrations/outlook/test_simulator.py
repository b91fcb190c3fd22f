"""The simulated Graph speaks Microsoft's wire format, and the adapter reads a full calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.utils import timezone

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.outlook.calendar import OutlookCalendar
from integrations.scheduling import BusyInterval, CalendarError
from integrations.simulator.graph import store
from tests.contracts.calendar import DAY_END, DAY_START, ENDS_AT, STARTS_AT, a_booking
from tests.integrations.outlook.conftest import SECRET

pytestmark = pytest.mark.urls("tests.integrations.outlook.urls")
ANA = "ana@example.com"
PROPERTY = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Color"


def a_post(**changes: Any) -> dict[str, Any]:
    return {
        "subject": "Demo",
        "start": {"dateTime": "2026-11-30T10:00:00", "timeZone": "Central Standard Time (Mexico)"},
        "end": {"dateTime": "2026-11-30T10:30:00", "timeZone": "America/Mexico_City"},
        **changes,
    }


class Client:
    """A plain HTTP client with a token."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.http = requests.Session()
        form = {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_secret": SECRET,
            "scope": "https://graph.microsoft.com/.default",
        }
        granted = self.http.post(f"{base_url}/contoso/oauth2/v2.0/token", form, timeout=60)
        self.http.headers["Authorization"] = f"Bearer {granted.json()['access_token']}"

    def __call__(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", 5)
        return self.http.request(method, f"{self.base_url}/v1.0/users/{path}", **kwargs)


@pytest.fixture
def client(simulator: str, mailbox_row: SimulatedMailbox) -> Iterator[Client]:
    opened = Client(simulator)
    yield opened
    opened.http.close()


def put(mailbox: SimulatedMailbox, **fields: Any) -> SimulatedMailboxEvent:
    return store.create_event(mailbox=mailbox, fields=a_post(**fields), now=timezone.now())


def code(response: requests.Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert error["innerError"]["request-id"]
    return response.status_code, error["code"]


def test_discovery_and_token_errors(simulator: str) -> None:
    layout = requests.get(f"{simulator}/t/v2.0/.well-known/openid-configuration", timeout=60).json()
    assert layout["token_endpoint"] == f"{simulator}/t/oauth2/v2.0/token"
    for form, expected in (
        ({}, (400, "unsupported_grant_type")),
        ({"grant_type": "client_credentials"}, (400, "invalid_request")),
        (
            {"grant_type": "client_credentials", "client_id": "a", "scope": "x/.default"},
            (401, "invalid_client"),
        ),
    ):
        answer = requests.post(layout["token_endpoint"], form, timeout=60)
        assert (answer.status_code, answer.json()["error"]) == expected


def test_no_token_no_mailbox_no_address(client: Client) -> None:
    assert code(client("GET", "nobody@example.com/events")) == (404, "ErrorInvalidUser")
    assert code(client("PUT", f"{ANA}/events")) == (405, "Request_BadRequest")
    assert code(client("GET", f"{ANA}/messages")) == (400, "BadRequest")
    client.http.headers["Authorization"] = "Bearer made-up"
    assert code(client("GET", f"{ANA}/events")) == (401, "InvalidAuthenticationToken")
    del client.http.headers["Authorization"]
    assert code(client("GET", f"{ANA}/events")) == (401, "InvalidAuthenticationToken")


def test_a_transaction_id_makes_one_event(client: Client) -> None:
    post = a_post(transactionId=str(uuid4()))
    first, again = (
        client("POST", f"{ANA}/events", json=post),
        client("POST", f"{ANA}/events", json=post),
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    other = client("POST", f"{ANA}/events", json={**post, "subject": "Another"})
    assert code(other) == (409, "ErrorDuplicateTransactionId")
    assert client("DELETE", f"{ANA}/events/{first.json()['id']}").status_code == 204
    assert code(client("POST", f"{ANA}/events", json=post)) == (409, "ErrorDuplicateTransactionId")
    assert SimulatedMailboxEvent.objects.count() == 1


def test_etags(client: Client) -> None:
    event = client("POST", f"{ANA}/events", json=a_post()).json()
    path = f"{ANA}/events/{event['id']}"
    old = {"If-Match": event["@odata.etag"]}
    assert client("PATCH", path, json={"subject": "New"}, headers=old).json()["subject"] == "New"
    refused = client("PATCH", path, json={"subject": "Newer"}, headers=old)
    assert code(refused) == (412, "ErrorIrresolvableConflict")
    assert code(client("DELETE", path, headers=old)) == (412, "ErrorIrresolvableConflict")
    assert client("PATCH", path, json={"subject": "Any"}, headers={"If-Match": "*"}).ok
    assert client("POST", f"{path}/cancel", json={"Comment": "no"}).status_code == 202
    assert code(client("GET", path)) == (404, "ErrorItemNotFound")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"colour": "red"}, "RequestBodyRead"),
        ({"showAs": "maybe"}, "RequestBodyRead"),
        ({"end": {"dateTime": "2026-11-29T10:00:00"}}, "ErrorPropertyValidationFailure"),
        ({"isAllDay": True}, "ErrorPropertyValidationFailure"),
        (
            {"start": {"dateTime": "2026-11-30T10:00:00", "timeZone": "Mars"}},
            "TimeZoneNotSupportedException",
        ),
        ({"start": {"dateTime": "soon", "timeZone": "UTC"}}, "ErrorInvalidArgument"),
    ],
    ids=["unknown", "status", "backwards", "all day", "zone", "date"],
)
def test_what_graph_refuses(client: Client, fields: dict[str, Any], expected: str) -> None:
    assert code(client("POST", f"{ANA}/events", json=a_post(**fields))) == (400, expected)


def test_times_in_the_zone_that_the_client_prefers(client: Client) -> None:
    event = client("POST", f"{ANA}/events", json=a_post()).json()
    assert event["start"] == {"dateTime": "2026-11-30T16:00:00.0000000", "timeZone": "UTC"}
    assert event["originalStartTimeZone"] == "Central Standard Time (Mexico)"
    madrid = client(
        "GET",
        f"{ANA}/events/{event['id']}?$select=start",
        headers={"Prefer": 'outlook.timezone="Romance Standard Time"'},
    )
    assert madrid.headers["Preference-Applied"] == 'outlook.timezone="Romance Standard Time"'
    assert madrid.json()["start"]["dateTime"] == "2026-11-30T17:00:00.0000000"
    assert "subject" not in madrid.json()


def test_extended_properties_are_shown_when_asked_for(client: Client) -> None:
    given = [{"id": PROPERTY, "value": "green"}]
    client("POST", f"{ANA}/events", json=a_post(singleValueExtendedProperties=given))
    client("POST", f"{ANA}/events", json=a_post())
    wanted = (
        f"{ANA}/events?$filter=singleValueExtendedProperties/any(p: p/id eq '{PROPERTY}' "
        "and p/value eq 'green')"
    )
    (plain,) = client("GET", wanted).json()["value"]
    assert "singleValueExtendedProperties" not in plain
    expand = f"&$expand=singleValueExtendedProperties($filter=id eq '{PROPERTY}')"
    (expanded,) = client("GET", wanted + expand).json()["value"]
    assert expanded["singleValueExtendedProperties"] == given
    assert code(client("GET", f"{ANA}/events?$filter=subject eq 'x'")) == (400, "BadRequest")


def test_get_schedule_as_an_sdk_writes_it(client: Client, mailbox_row: SimulatedMailbox) -> None:
    put(mailbox_row, showAs="tentative")
    put(mailbox_row, showAs="oof")
    answer = client(
        "POST",
        f"{ANA}/calendar/getSchedule",
        json={
            "Schedules": [ANA, "nobody@example.com"],
            "StartTime": {"dateTime": "2026-11-30T09:00:00", "timeZone": "America/Mexico_City"},
            "EndTime": {"dateTime": "2026-11-30T11:00:00", "timeZone": "America/Mexico_City"},
            "AvailabilityViewInterval": 15,
        },
    ).json()
    known, unknown = answer["value"]
    assert known["availabilityView"] == "00003300"
    assert [item["status"] for item in known["scheduleItems"]] == ["tentative", "oof"]
    assert unknown["error"]["responseCode"] == "ErrorMailRecipientNotFound"


def test_pages_join_to_the_whole(
    calendar: OutlookCalendar, client: Client, mailbox_row: SimulatedMailbox
) -> None:
    starts = [DAY_START + timedelta(minutes=4 * place) for place in range(205)]
    for start in starts:
        times = {
            name: {"dateTime": f"{instant:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
            for name, instant in (("start", start), ("end", start + timedelta(minutes=2)))
        }
        put(mailbox_row, **times)
    answer = calendar.busy([ANA], starts_at=DAY_START, ends_at=DAY_END)[ANA]
    assert [interval.starts_at for interval in answer.intervals] == starts
    page = client(
        "GET", f"{ANA}/calendarView?startDateTime=2026-11-30&endDateTime=2026-12-01"
    ).json()
    assert len(page["value"]) == 10
    assert "%24skip=10" in page["@odata.nextLink"]


def test_an_all_day_event_blocks_the_day_where_it_was_made(
    calendar: OutlookCalendar, mailbox_row: SimulatedMailbox
) -> None:
    midnights = [
        {"dateTime": f"{date}T00:00:00", "timeZone": "America/Mexico_City"}
        for date in ("2026-11-30", "2026-12-01")
    ]
    put(mailbox_row, isAllDay=True, showAs="oof", start=midnights[0], end=midnights[1])
    starts_at = datetime(2026, 11, 30, 6, tzinfo=UTC)
    ends_at = starts_at + timedelta(days=1)
    whole = calendar.busy([ANA], starts_at=starts_at, ends_at=ends_at + timedelta(days=2))[ANA]
    assert whole.intervals == (BusyInterval(starts_at, ends_at),)
    for hour in range(0, 24, 3):
        at = starts_at + timedelta(hours=hour)
        (interval,) = calendar.busy([ANA], starts_at=at, ends_at=at + timedelta(hours=1))[
            ANA
        ].intervals
        assert interval.starts_at <= at
        assert interval.ends_at >= at + timedelta(hours=1)


def test_a_cancelled_event_takes_no_time(
    calendar: OutlookCalendar, mailbox_row: SimulatedMailbox
) -> None:
    event = put(mailbox_row)
    event.content["isCancelled"] = True
    event.save()
    for days in (1, 3):
        answer = calendar.busy([ANA], starts_at=DAY_START, ends_at=DAY_START + timedelta(days=days))
        assert answer[ANA].intervals == ()


def test_a_mailbox_with_an_error_is_never_free(
    calendar: OutlookCalendar, mailbox_row: SimulatedMailbox
) -> None:
    mailbox_row.free_busy_error = "ErrorProxyRequestProcessingFailed"
    mailbox_row.save()
    store.add_mailbox(address="beto@example.com", time_zone="Europe/Madrid")
    asked = [ANA, "beto@example.com"]
    answers = calendar.busy(asked, starts_at=DAY_START, ends_at=DAY_END)
    assert [answers[each].error for each in asked] == ["ErrorProxyRequestProcessingFailed", ""]


def test_forty_five_mailboxes_over_ninety_days(
    calendar: OutlookCalendar, mailbox_row: SimulatedMailbox
) -> None:
    put(mailbox_row)
    others = [f"seller{number}@example.com" for number in range(44)]
    for other in others:
        store.add_mailbox(address=other, time_zone="America/Lima")
    answers = calendar.busy(
        [*others, ANA], starts_at=DAY_START, ends_at=DAY_START + timedelta(days=90)
    )
    assert len(answers) == 45
    assert not any(answer.error for answer in answers.values())
    assert answers[ANA].intervals == (BusyInterval(STARTS_AT, ENDS_AT),)


def test_a_create_that_worked_and_answered_500_is_one_event(
    calendar: OutlookCalendar, mailbox_row: SimulatedMailbox
) -> None:
    mailbox_row.fault_status, mailbox_row.fault_after, mailbox_row.faults_left = 500, True, 1
    mailbox_row.save()
    booking = a_booking(ANA)
    event = calendar.create(booking)
    assert calendar.create(booking).event_id == event.event_id
    assert SimulatedMailboxEvent.objects.get().pk == event.event_id


def test_a_create_that_failed_before_working_is_ambiguous_then_done(
    calendar: OutlookCalendar, mailbox_row: SimulatedMailbox
) -> None:
    mailbox_row.fault_status, mailbox_row.faults_left = 500, 1
    mailbox_row.save()
    booking = a_booking(ANA)
    with pytest.raises(CalendarError) as caught:
        calendar.create(booking)
    assert caught.value.ambiguous
    assert calendar.create(booking).event_id
    assert SimulatedMailboxEvent.objects.count() == 1


def test_the_meeting_link_comes_late(
    calendar: OutlookCalendar, mailbox_row: SimulatedMailbox, pauses: list[float]
) -> None:
    mailbox_row.join_url_reads = 2
    mailbox_row.save()
    assert calendar.create(a_booking(ANA)).join_url.startswith("https://teams.microsoft.com/")
    assert len(pauses) == 2


def test_a_move_over_the_owners_change(calendar: OutlookCalendar, client: Client) -> None:
    booking = a_booking(ANA, attendee_email="lead@example.com", attendee_name="Lea")
    event = calendar.create(booking)
    client("PATCH", f"{ANA}/events/{event.event_id}", json={"subject": "Mine"})
    calendar.move(booking, event_id=event.event_id, starts_at=DAY_START, ends_at=STARTS_AT)
    row = SimulatedMailboxEvent.objects.get()
    assert (row.starts_at, row.ends_at) == (DAY_START, STARTS_AT)
    assert row.content["subject"] == "Mine"
    assert row.content["attendees"][0]["emailAddress"]["address"] == "lead@example.com"
    assert row.time_zone == "America/Mexico_City"
