"""What each refusal of Graph means: for a read, and for a write that may have worked."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from integrations.outlook.auth import retry_after
from integrations.outlook.calendar import OutlookCalendar
from integrations.outlook.errors import graph_error
from integrations.scheduling import CalendarError
from tests.contracts.calendar import a_booking
from tests.integrations.misbehaving import Provider, answer
from tests.integrations.outlook.conftest import FixedTokens

ANA = "ana@example.com"
RETRY, PERMANENT, GONE, AMBIGUOUS = "retry", "permanent", "gone", "ambiguous"
TABLE = [
    (400, "ErrorInvalidRequest", PERMANENT, PERMANENT),
    (400, "", PERMANENT, PERMANENT),
    (400, "ErrorInvalidIdMalformed", GONE, GONE),
    (401, "InvalidAuthenticationToken", PERMANENT, PERMANENT),
    (403, "ErrorAccessDenied", PERMANENT, PERMANENT),
    (403, "ErrorAccountSuspend", PERMANENT, PERMANENT),
    (404, "ErrorItemNotFound", GONE, GONE),
    (404, "erroritemnotfound", GONE, GONE),
    (404, "ErrorInvalidUser", PERMANENT, PERMANENT),
    (404, "MailboxNotEnabledForRESTAPI", PERMANENT, PERMANENT),
    (404, "Request_ResourceNotFound", PERMANENT, PERMANENT),
    (404, "ErrorNonExistentMailbox", PERMANENT, PERMANENT),
    (404, "", PERMANENT, PERMANENT),
    (405, "Request_BadRequest", PERMANENT, PERMANENT),
    (408, "", RETRY, AMBIGUOUS),
    (409, "ErrorIrresolvableConflict", RETRY, RETRY),
    (412, "ErrorIrresolvableConflict", RETRY, RETRY),
    (413, "", PERMANENT, PERMANENT),
    (429, "ApplicationThrottled", RETRY, RETRY),
    (500, "ErrorInternalServerTransientError", RETRY, AMBIGUOUS),
    (501, "NotImplemented", RETRY, AMBIGUOUS),
    (502, "", RETRY, AMBIGUOUS),
    (503, "ErrorServerBusy", RETRY, AMBIGUOUS),
    (504, "ErrorTimeoutExpired", RETRY, AMBIGUOUS),
    (507, "ErrorQuotaExceeded", RETRY, AMBIGUOUS),
]
UNTIL_SUNDAY = {"Date": "Sun, 29 Nov 2026 10:00:00 GMT"}


def meaning(error: CalendarError) -> str:
    told = [name for name in (PERMANENT, GONE, AMBIGUOUS) if getattr(error, name)]
    return " ".join(told) or RETRY


@pytest.mark.parametrize(("status", "code", "read", "write"), TABLE)
def test_the_table(status: int, code: str, read: str, write: str) -> None:
    assert meaning(graph_error(status, code, writes=False)) == read
    assert meaning(graph_error(status, code, writes=True)) == write


def test_the_table_holds_for_the_calls_themselves(
    lone_calendar: OutlookCalendar, provider: Provider, tokens: FixedTokens
) -> None:
    for status, code, read, write in TABLE:
        body = {"error": {"code": code, "message": f"about {ANA}", "innerError": {"date": "x"}}}
        provider.plays(answer(status, body))
        for call, expected in ((lone_calendar.find, read), (lone_calendar.create, write)):
            with pytest.raises(CalendarError) as caught:
                call(a_booking(ANA))
            assert (status, code, meaning(caught.value)) == (status, code, expected)
            assert str(caught.value) == f"Microsoft Graph answered {status} {code}".rstrip()


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b"[]", b'{"error": "x"}', b'{"error":{}}']
)
def test_a_refusal_without_a_code_is_read_by_its_status(
    lone_calendar: OutlookCalendar, provider: Provider, body: bytes
) -> None:
    provider.plays(answer(403, body))
    with pytest.raises(CalendarError, match=r"^Microsoft Graph answered 403$") as caught:
        lone_calendar.find(a_booking(ANA))
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "\u0667"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Sun, 29 Nov 2026 10:00:09 GMT", **UNTIL_SUNDAY}, 9),
        ({"Retry-After": "Sun, 29 Nov 2026 09:00:00 GMT", **UNTIL_SUNDAY}, 0),
        ({"Retry-After": "Mon, 30 Nov 2026 10:00:00 GMT", **UNTIL_SUNDAY}, 3600),
        ({"Retry-After": "Sun, 29 Nov 2026 10:00:09 GMT"}, None),
        ({"Retry-After": "Sun, 29 Nov 2026 10:00:09 -0000", **UNTIL_SUNDAY}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], expected: float | None) -> None:
    response = requests.Response()
    response.headers.update(headers)
    assert retry_after(response) == expected


def test_pages_end_and_answers_have_a_size(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    def page(connection: Any) -> None:
        link = f"{provider.url}/v1.0/x?$skip={len(provider.seen)}"
        answer(200, {"value": [], "@odata.nextLink": link})(connection)

    provider.plays(page)
    with pytest.raises(CalendarError, match="do not end"):
        lone_calendar.find(a_booking(ANA))
    assert len(provider.seen) == 201
    provider.plays(answer(200, b'{"value": ["' + b"x" * 8_000_000 + b'"]}'))
    with pytest.raises(CalendarError, match="TooLarge"):
        lone_calendar.find(a_booking(ANA))
