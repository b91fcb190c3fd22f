"""What the Outlook calendar makes of a Graph that misbehaves. It raises CalendarError only."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations import http
from integrations.outlook.calendar import OutlookCalendar
from integrations.scheduling import CalendarError
from tests.contracts.calendar import DAY_END, DAY_START, ENDS_AT, STARTS_AT, a_booking
from tests.integrations.misbehaving import Provider, answer, closed_port, reset, silence
from tests.integrations.outlook.conftest import FixedTokens, make_conf

ANA = "ana@example.com"
LATER = (STARTS_AT + timedelta(hours=1), ENDS_AT + timedelta(hours=1))


def wall(instant: datetime) -> dict[str, str]:
    return {"dateTime": f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}


def an_event(**changes: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"1"',
        "id": "E1",
        "start": wall(STARTS_AT),
        "end": wall(ENDS_AT),
        "showAs": "busy",
        "onlineMeeting": {"joinUrl": "https://teams.example/1"},
        **changes,
    }


def at(times: tuple[datetime, datetime], **changes: Any) -> dict[str, Any]:
    return an_event(start=wall(times[0]), end=wall(times[1]), **changes)


def no(status: int, code: str = "", **headers: str) -> Any:
    return answer(status, {"error": {"code": code, "message": f"about {ANA}"}}, **headers)


NOTHING = answer(200, {"value": []})
FOUND = answer(200, {"value": [an_event()]})
HTML = answer(200, b"<html>Sign in</html>")


def test_a_create_without_an_answer_is_settled_by_reading(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    for lost in (reset, no(500), no(503, Retry_After="1"), HTML):
        provider.seen.clear()
        provider.plays(lost, FOUND)
        assert lone_calendar.create(a_booking(ANA)).event_id == "E1"
        assert [seen.method for seen in provider.seen] == ["POST", "GET"]


def test_a_create_that_nobody_answers_is_settled_by_reading(
    hasty_calendar: OutlookCalendar, provider: Provider
) -> None:
    provider.plays(silence(provider.stopping), FOUND)
    assert hasty_calendar.create(a_booking(ANA)).event_id == "E1"
    assert [seen.method for seen in provider.seen] == ["POST", "GET"]


def test_a_create_that_cannot_be_settled_is_ambiguous(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    for lost, then in ((no(502), NOTHING), (no(500), no(403)), (reset, HTML), (HTML, NOTHING)):
        provider.plays(lost, then)
        with pytest.raises(CalendarError) as caught:
            lone_calendar.create(a_booking(ANA))
        assert caught.value.ambiguous


def test_the_filter_of_find_names_the_meeting(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    booking = a_booking(ANA)
    provider.plays(NOTHING)
    assert lone_calendar.find(booking) is None
    address = urlsplit(provider.seen[0].path)
    assert "+" not in address.query
    (wanted,) = parse_qs(address.query)["$filter"]
    assert wanted.startswith("singleValueExtendedProperties/Any(ep: ep/id eq 'String {")
    assert wanted.endswith(f"Name leadbotBookingId' and ep/value eq '{booking.meeting_id}')")


@pytest.mark.parametrize("status", [400, 409])
def test_a_used_transaction_id_is_settled_by_reading(
    lone_calendar: OutlookCalendar, provider: Provider, status: int
) -> None:
    provider.plays(no(status, "ErrorDuplicateTransactionId"), FOUND)
    assert lone_calendar.create(a_booking(ANA)).event_id == "E1"
    provider.plays(no(status, "ErrorDuplicateTransactionId"), NOTHING)
    with pytest.raises(CalendarError) as caught:
        lone_calendar.create(a_booking(ANA))
    assert caught.value.ambiguous


def test_a_create_that_never_left_is_not_ambiguous(tokens: FixedTokens) -> None:
    conf = make_conf(f"http://127.0.0.1:{closed_port()}/v1.0")
    calendar = OutlookCalendar(conf, http.session(), tokens)
    with pytest.raises(CalendarError) as caught:
        calendar.create(a_booking(ANA))
    assert not caught.value.ambiguous
    assert not caught.value.permanent


def test_a_zone_that_graph_does_not_know_is_said_in_utc(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    provider.plays(no(400, "TimeZoneNotSupportedException"), answer(201, an_event()))
    lone_calendar.create(a_booking(ANA))
    first, second = (seen.json for seen in provider.seen)
    assert first["start"] == {
        "dateTime": "2026-11-30T10:00:00",
        "timeZone": "America/Mexico_City",
    }
    assert second["start"] == {"dateTime": "2026-11-30T16:00:00", "timeZone": "UTC"}
    assert first["transactionId"] == second["transactionId"]


def test_an_hour_that_comes_twice_is_said_in_utc(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    twice = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    provider.plays(answer(201, an_event()))
    lone_calendar.create(
        a_booking(
            ANA,
            starts_at=twice,
            ends_at=twice + timedelta(minutes=30),
            time_zone="America/New_York",
        )
    )
    assert provider.seen[0].json["start"]["timeZone"] == "UTC"


@pytest.mark.parametrize("status", [429, 503, 504])
def test_later_means_later(
    lone_calendar: OutlookCalendar, provider: Provider, pauses: list[float], status: int
) -> None:
    provider.plays(no(status, Retry_After="2"), no(status, Retry_After="3"), NOTHING)
    assert not lone_calendar.busy([ANA], starts_at=STARTS_AT, ends_at=ENDS_AT)[ANA].intervals
    assert 2 <= pauses[0] < 3
    assert 3 <= pauses[1] < 4


def test_a_long_later_is_left_to_the_caller(
    lone_calendar: OutlookCalendar, provider: Provider, pauses: list[float]
) -> None:
    provider.plays(no(429, Retry_After="120"))
    for call in (lone_calendar.create, lone_calendar.find):
        with pytest.raises(CalendarError) as caught:
            call(a_booking(ANA))
        assert caught.value.retry_after == 120
        assert not caught.value.ambiguous
    assert pauses == []


def test_patience_ends(
    lone_calendar: OutlookCalendar, provider: Provider, pauses: list[float]
) -> None:
    provider.plays(no(429))
    with pytest.raises(CalendarError):
        lone_calendar.create(a_booking(ANA))
    assert len(provider.seen) == 3
    assert len(pauses) == 2


def test_a_refused_token_is_dropped_once(
    lone_calendar: OutlookCalendar, provider: Provider, tokens: FixedTokens
) -> None:
    provider.plays(no(401, "InvalidAuthenticationToken"), answer(201, an_event()))
    assert lone_calendar.create(a_booking(ANA)).event_id == "E1"
    assert [seen.headers["authorization"] for seen in provider.seen] == [
        "Bearer token-0",
        "Bearer token-1",
    ]
    provider.plays(no(401))
    with pytest.raises(CalendarError) as caught:
        lone_calendar.create(a_booking(ANA))
    assert caught.value.permanent
    assert len(tokens.dropped) == 2


@pytest.mark.parametrize(
    "broken",
    [HTML, answer(200, []), answer(200, {"value": [{"id": 1}]})],
    ids=["html", "list", "no times"],
)
def test_what_cannot_be_read_is_an_error(
    lone_calendar: OutlookCalendar, provider: Provider, broken: Any
) -> None:
    provider.plays(broken)
    with pytest.raises(CalendarError):
        lone_calendar.busy([ANA], starts_at=DAY_START, ends_at=DAY_END)
    with pytest.raises(CalendarError):
        lone_calendar.find(a_booking(ANA))


def test_pages_are_followed_as_they_are_to_our_origin_only(
    lone_calendar: OutlookCalendar, provider: Provider, tokens: FixedTokens
) -> None:
    link = f"{provider.url}/v1.0/elsewhere?$skiptoken=a%2Bb"
    first = {"value": [an_event()], "@odata.nextLink": link}
    provider.plays(answer(200, first), answer(200, {"value": [at(LATER)]}))
    answers = lone_calendar.busy([ANA], starts_at=DAY_START, ends_at=DAY_END)
    assert len(answers[ANA].intervals) == 2
    assert provider.seen[1].path == "/v1.0/elsewhere?$skiptoken=a%2Bb"
    for seen in provider.seen:
        assert seen.headers["prefer"] == 'IdType="ImmutableId", outlook.timezone="UTC"'

    port = urlsplit(provider.url).port
    for foreign in (
        f"http://127.0.0.1:{port}0/v1.0/x",
        f"http://localhost:{port}/x",
        f"https://127.0.0.1:{port}/x",
        "http://evil.example/v1.0/x",
        link,
        7,
    ):
        provider.seen.clear()
        provider.plays(answer(200, {"value": [], "@odata.nextLink": foreign}))
        with pytest.raises(CalendarError):
            lone_calendar.busy([ANA], starts_at=DAY_START, ends_at=DAY_END)
        assert len(provider.seen) == (2 if foreign == link else 1)


def test_a_redirect_is_not_followed(lone_calendar: OutlookCalendar, provider: Provider) -> None:
    provider.plays(answer(302, {}, Location=f"{provider.url}/elsewhere"))
    with pytest.raises(CalendarError):
        lone_calendar.find(a_booking(ANA))
    assert len(provider.seen) == 1


def test_the_link_is_waited_for_but_not_for_ever(
    lone_calendar: OutlookCalendar, provider: Provider, pauses: list[float]
) -> None:
    bare = an_event(onlineMeeting=None)
    provider.plays(answer(201, bare), answer(200, bare), answer(200, an_event()))
    assert lone_calendar.create(a_booking(ANA)).join_url == "https://teams.example/1"
    assert pauses == [0.5, 1.0]
    provider.plays(answer(201, bare), answer(200, bare))
    assert lone_calendar.create(a_booking(ANA)).join_url == ""
    assert len(pauses) == 5
    provider.plays(answer(201, bare), no(500))
    assert lone_calendar.create(a_booking(ANA)).event_id == "E1"


def move(calendar: OutlookCalendar) -> str:
    event = calendar.move(a_booking(ANA), event_id="E1", starts_at=LATER[0], ends_at=LATER[1])
    assert (event.starts_at, event.ends_at) == LATER
    return event.etag


def test_a_move_names_the_version_it_changes(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    provider.plays(answer(200, an_event()), answer(200, at(LATER)))
    move(lone_calendar)
    patch = provider.seen[1]
    assert (patch.method, patch.headers["if-match"]) == ("PATCH", 'W/"1"')
    assert patch.json == {
        "start": {"dateTime": "2026-11-30T11:00:00", "timeZone": "America/Mexico_City"},
        "end": {"dateTime": "2026-11-30T11:30:00", "timeZone": "America/Mexico_City"},
    }


def test_a_move_takes_what_we_wrote_along(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    text = {"body": {"content": "<p>[leadbot]<br>Antes<br>[/leadbot]</p><p>Ojo</p>"}}
    guest = {"emailAddress": {"address": "lea@example.com"}, "type": "required"}
    found = an_event(attendees=[guest], **text)
    provider.plays(answer(200, found), answer(200, at(LATER)))
    move(lone_calendar)
    asked, patch = provider.seen
    assert "body%2Cattendees" in asked.path
    assert patch.json["body"]["content"] == (
        "<p>[leadbot]<br>Lo que sabemos<br>[/leadbot]</p><p>Ojo</p>"
    )
    assert set(patch.json) == {"start", "end", "body", "singleValueExtendedProperties"}


def test_a_move_over_a_change_reads_again_once(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    changed = an_event(**{"@odata.etag": 'W/"2"'})
    provider.plays(
        answer(200, an_event()), no(412, "X"), answer(200, changed), answer(200, at(LATER))
    )
    move(lone_calendar)
    assert provider.seen[3].headers["if-match"] == 'W/"2"'
    provider.plays(answer(200, an_event()), no(412), answer(200, changed), no(412))
    with pytest.raises(CalendarError) as caught:
        move(lone_calendar)
    assert not caught.value.permanent


def test_a_move_without_an_answer_is_settled_by_reading(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    for lost in (reset, no(500), no(503)):
        provider.plays(answer(200, an_event()), lost, answer(200, at(LATER)))
        move(lone_calendar)


def test_a_move_that_nobody_answers_is_settled_by_reading(
    hasty_calendar: OutlookCalendar, provider: Provider
) -> None:
    provider.plays(answer(200, an_event()), silence(provider.stopping), answer(200, at(LATER)))
    move(hasty_calendar)


def test_a_move_of_what_is_gone(lone_calendar: OutlookCalendar, provider: Provider) -> None:
    for gone in (no(404, "ErrorItemNotFound"), answer(200, an_event(isCancelled=True))):
        provider.plays(gone)
        with pytest.raises(CalendarError) as caught:
            move(lone_calendar)
        assert caught.value.gone
    provider.plays(no(404, "ErrorInvalidUser"))
    with pytest.raises(CalendarError) as caught:
        move(lone_calendar)
    assert caught.value.permanent
    assert not caught.value.gone


def test_cancelling_falls_back_to_deleting(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    provider.plays(no(400, "ErrorInvalidRequest"), answer(204, b""))
    lone_calendar.cancel(mailbox=ANA, event_id="E/1=", comment="Ya no")
    assert [(seen.method, seen.path) for seen in provider.seen] == [
        ("POST", f"/v1.0/users/{ANA}/events/E%2F1=/cancel"),
        ("DELETE", f"/v1.0/users/{ANA}/events/E%2F1="),
    ]


def test_a_wrong_address_cancels_nothing(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    provider.plays(answer(404, b"<html>Not Found</html>"))
    with pytest.raises(CalendarError) as caught:
        lone_calendar.cancel(mailbox=ANA, event_id="E1", comment="")
    assert caught.value.permanent
    assert not caught.value.gone


def test_at_most_four_calls_at_once_for_one_mailbox(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    open_calls = threading.Semaphore(0)
    gate, lock = threading.Event(), threading.Lock()
    now_open, most_open = 0, 0

    def slow(connection: Any) -> None:
        nonlocal now_open, most_open
        with lock:
            now_open += 1
            most_open = max(most_open, now_open)
        open_calls.release()
        gate.wait(60)
        with lock:
            now_open -= 1
        NOTHING(connection)

    provider.plays(slow)
    threads = [
        threading.Thread(target=lone_calendar.find, args=(a_booking(ANA),)) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for _ in range(4):
        assert open_calls.acquire(timeout=60)
    assert not open_calls.acquire(timeout=0.1)
    gate.set()
    for thread in threads:
        thread.join()
    assert most_open == 4
