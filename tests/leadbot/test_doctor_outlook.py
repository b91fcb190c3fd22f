"""The doctor and a Microsoft that answers as it is told."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from conversations.models import CalendarWatch, Salesperson
from leadbot.doctor import outlook
from leadbot.doctor.findings import Finding, Level, Reply
from tests.conversations.meeting_rows import make_host
from tests.integrations.misbehaving import Provider, answer, run

pytestmark = pytest.mark.django_db
ANA, BETO, BOSS = "ana@example.com", "beto@example.com", "boss@example.com"
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SHUT = answer(403, {"error": {"code": "ErrorAccessDenied", "message": "about ana"}})


class Microsoft:
    """One tenant: what its token says, who is shut, and who has Teams."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.refusal: Any = None
        self.roles: list[str] | None = None
        self.answers: dict[str, Any] = {}
        self.unknown: set[str] = set()
        self.teams = ["teamsForBusiness"]
        self.date = NOW
        provider.plays(self)

    def __call__(self, connection: Any) -> None:
        seen = self.provider.seen[-1]
        path = urlsplit(seen.path).path
        self._answer(path, seen.json if path.endswith("Schedule") else {})(connection)

    def _answer(self, path: str, body: dict[str, Any]) -> Any:
        if path.endswith("/token"):
            return self.refusal or answer(200, {"expires_in": 3599, "access_token": self._token()})
        user = path.split("/")[3]
        if user in self.answers and not path.endswith("/calendar"):
            return self.answers[user]
        if path.endswith("/getSchedule"):
            return answer(200, {"value": [self._schedule(each) for each in body["schedules"]]})
        if path.endswith("/calendarView"):
            return answer(200, {"value": []})
        date = f"{self.date:%a, %d %b %Y %H:%M:%S GMT}"
        return answer(200, {"allowedOnlineMeetingProviders": self.teams}, Date=date)

    def _schedule(self, mailbox: str) -> dict[str, Any]:
        told = {"error": {"responseCode": "ErrorMailRecipientNotFound"}}
        return {
            "scheduleId": mailbox,
            **(told if mailbox in self.unknown else {"availabilityView": "00"}),
        }

    def _token(self) -> str:
        claims = {} if self.roles is None else {"roles": self.roles}
        middle = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return f"e30.{middle}.x"


@pytest.fixture
def microsoft(settings: Settings) -> Iterator[Microsoft]:
    settings.CALENDAR, settings.OUTLOOK_CLIENT_CERTIFICATE = "outlook", ""
    for name in ("OUTLOOK_TENANT_ID", "OUTLOOK_CLIENT_ID", "OUTLOOK_CLIENT_SECRET"):
        setattr(settings, name, "not-to-be-shown")
    for mailbox in (ANA, BETO):
        make_host(mailbox.partition("@")[0])
    with run() as provider:
        settings.OUTLOOK_GRAPH_URL = f"{provider.url}/v1.0"
        settings.OUTLOOK_AUTHORITY_URL = provider.url
        yield Microsoft(provider)


def found(**how: Any) -> list[Finding]:
    return list(outlook.outlook_section(now=NOW, **how))


def wrong(**how: Any) -> list[str]:
    return [f"{each.level} {each.text}" for each in found(**how) if each.level != Level.OK]


def test_a_sound_tenant(microsoft: Microsoft) -> None:
    assert [each.text for each in found(outside="")] == [
        "the app may sign in",
        "no consent for the whole organisation",
        "2 of 2 calendars can be read",
        "agrees with Microsoft",
        "whether other mailboxes are shut was not tried: `manage.py doctor outlook --outside "
        "somebody@your-company` tries one",
        "tells us nothing by itself here: that takes a public https address",
    ]
    assert wrong() == []


def test_nobody_takes_meetings(microsoft: Microsoft) -> None:
    Salesperson.objects.update(takes_meetings=False)
    assert wrong() == ["FAIL nobody takes meetings"]


def test_the_app_is_refused(microsoft: Microsoft) -> None:
    microsoft.refusal = answer(401, {"error": "invalid_client", "error_description": "secret"})
    (told,) = found()
    assert told.text == "Microsoft refused the app's credentials: invalid_client"
    assert "made anew" in told.fix
    microsoft.refusal = answer(503, {})
    (told,) = found()
    assert "Try again" in told.fix


def test_a_consent_for_everybody_is_noticed(microsoft: Microsoft) -> None:
    microsoft.roles = ["User.Read.All", "Calendars.ReadWrite"]
    assert wrong() == [
        "WARN the app may open every mailbox of the organisation (Calendars.ReadWrite)"
    ]
    microsoft.roles = ["User.Read.All"]
    assert wrong() == []


def test_each_calendar_that_is_shut_is_named(microsoft: Microsoft) -> None:
    microsoft.answers = {ANA: SHUT, BETO: answer(404, {"error": {"code": "ErrorInvalidUser"}})}
    told = [each for each in found() if each.level == Level.FAIL]
    assert [each.text for each in told] == [
        f"{ANA}: Microsoft Graph answered 403 ErrorAccessDenied",
        f"{BETO}: Microsoft Graph answered 404 ErrorInvalidUser",
    ]
    assert ["step 2" in told[0].fix, "main address" in told[1].fix] == [True, True]


def test_a_calendar_whose_free_times_cannot_be_told(microsoft: Microsoft) -> None:
    microsoft.unknown = {BETO}
    assert wrong() == [f"FAIL {BETO}: free and busy times: ErrorMailRecipientNotFound"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, ["FAIL boss@example.com can be opened too: the app's scope has no limit"]),
        (403, []),
        (404, ["WARN whether boss@example.com is shut cannot be told: Microsoft Graph answered "
               "404 ErrorInvalidUser"]),
    ],
)  # fmt: skip
def test_a_mailbox_that_must_be_shut(
    microsoft: Microsoft, status: int, expected: list[str]
) -> None:
    codes = {403: SHUT, 404: answer(404, {"error": {"code": "ErrorInvalidUser"}})}
    microsoft.answers = {BOSS: codes[status]} if status in codes else {}
    assert wrong(outside=BOSS) == expected


def test_who_has_no_teams_and_a_clock_that_is_wrong(microsoft: Microsoft) -> None:
    microsoft.teams, microsoft.date = ["unknown"], NOW - timedelta(minutes=3)
    assert wrong() == [
        "FAIL 180 s apart from Microsoft",
        f"WARN no Teams link in meetings of {ANA}, {BETO}",
    ]


@pytest.mark.parametrize("echoes", [True, False])
def test_what_microsoft_tells_by_itself(
    microsoft: Microsoft, monkeypatch: pytest.MonkeyPatch, echoes: bool
) -> None:
    def post(url: str, **_how: Any) -> Any:
        assert url.startswith("https://bot.example.com/webhook/outlook?validationToken=")
        text = url.partition("=")[2] if echoes else "<html>"
        return Reply(200, text=text)

    monkeypatch.setattr(outlook, "post", post)
    told = wrong(url="https://bot.example.com")
    if not echoes:
        assert told[0].startswith(
            "WARN https://bot.example.com/webhook/outlook does not answer the handshake"
        )
        return
    assert told == ["WARN tells us of changes in 0 of 2 calendars"]
    for person in Salesperson.objects.all():
        CalendarWatch.objects.create(
            salesperson=person,
            mailbox=person.mailbox,
            watch_id=person.mailbox,
            expires_at=NOW + timedelta(days=2),
            renew_due_at=NOW,
            created_at=NOW,
        )
    assert wrong(url="https://bot.example.com") == []
    CalendarWatch.objects.filter(mailbox=ANA).update(expires_at=NOW, problem="403")
    told = wrong(url="https://bot.example.com")
    assert told == ["WARN tells us of changes in 1 of 2 calendars: 403"]


def test_settings_that_contradict_each_other_ask_nobody(
    microsoft: Microsoft, settings: Settings
) -> None:
    settings.OUTLOOK_CLIENT_CERTIFICATE = "x"
    (told,) = found()
    assert (told.level, "Unset the one" in told.fix) == (Level.FAIL, True)
    assert microsoft.provider.seen == []


def test_the_command_takes_who_must_be_shut_out(
    microsoft: Microsoft, capsys: pytest.CaptureFixture[str]
) -> None:
    microsoft.answers, microsoft.date = {BOSS: SHUT}, timezone.now()
    call_command("doctor", "outlook", "--outside", BOSS)
    printed = capsys.readouterr().out
    assert f"{BOSS} is shut, as it should be" in printed
    assert "not-to-be-shown" not in printed
