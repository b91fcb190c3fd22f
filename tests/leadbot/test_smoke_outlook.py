"""The smoke test of a live tenant, here against the simulated one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from json import dumps
from typing import Any

import pytest
from django.core import signing
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.outlook.graph import PREFER
from integrations.simulator.graph import store
from integrations.simulator.graph.tokens import SALT
from leadbot.doctor.outlook_smoke import Seen, Smoke

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integrations.outlook.urls")]
ANA, BOSS = "ana@example.com", "boss@example.com"
NOW = datetime(2026, 11, 23, 18, 20, tzinfo=UTC)


class InProcess:
    """The simulated Graph without a network between; `faults` answer in its place."""

    def __init__(self) -> None:
        self.client = Client()
        self.token = signing.dumps({"tid": "t", "appid": "a"}, salt=SALT)
        self.faults: dict[tuple[str, str], Seen | Exception] = {}

    def __call__(
        self, method: str, path: str, *, json: Mapping[str, Any] | None = None, etag: str = ""
    ) -> Seen:
        for (faulty, end), fault in self.faults.items():
            if method == faulty and path.partition("?")[0].endswith(end):
                if isinstance(fault, Exception):
                    raise fault
                return fault
        headers = {"Authorization": f"Bearer {self.token}", "Prefer": PREFER}
        answer = self.client.generic(
            method,
            f"/simulator/outlook/v1.0{path}",
            data=dumps(json) if json is not None else "",
            content_type="application/json",
            headers={**headers, **({"If-Match": etag} if etag else {})},
        )
        return Seen(answer.status_code, answer.json() if answer.content else {})


@pytest.fixture
def graph() -> InProcess:
    store.add_mailbox(address=ANA, time_zone="America/Mexico_City")
    return InProcess()


def lines(graph: InProcess, **how: Any) -> dict[str, tuple[str, bool]]:
    smoke = Smoke(graph, ANA, "America/Mexico_City", NOW, lambda _seconds: None, **how)
    return {line.doubt: (line.seen, line.expected) for line in smoke.run()}


def there() -> int:
    return SimulatedMailboxEvent.objects.filter(deleted_at=None).count()


def test_every_doubt_is_settled_and_nothing_is_left(graph: InProcess) -> None:
    assert lines(graph) == {
        "an event is created": ("201", True),
        "1 the same transactionId again": ("201, the same event", True),
        "1 ... with other content": (
            "409 ErrorDuplicateTransactionId, does not name the event",
            True,
        ),
        "2 the Teams link": ("there after 0.0 s", True),
        "found at once by its property": ("1 events, ours with the same id", True),
        "the salesperson's time zone": ("America/Mexico_City became America/Mexico_City", True),
        "our part of the text": ("kept", True),
        "3 the event in getSchedule": (
            "200, after 0 s, view '22', status busy, working hours in America/Mexico_City",
            True,
        ),
        "a change over a newer version": ("412 ErrorIrresolvableConflict", True),
        "5 cancel without attendees": ("202", True),
        "5 ... then read": ("404 ErrorItemNotFound, isCancelled None", True),
        "1 ... its transactionId once more": ("409 ErrorDuplicateTransactionId", True),
        "4 how long a subscription may last": ("not tried: Microsoft cannot reach us", True),
        "cleaned up": ("0 removed, 0 left", True),
    }
    assert there() == 0


def test_what_is_otherwise_is_shown(graph: InProcess) -> None:
    SimulatedMailbox.objects.update(join_url_reads=9)
    graph.faults = {
        ("POST", "/cancel"): Seen(400, {"error": {"code": "ErrorInvalidRequest"}}),
        ("POST", "/calendar/getSchedule"): Seen(403, {"error": {"code": "ErrorAccessDenied"}}),
        ("GET", f"/users/{BOSS}/calendarView"): Seen(200),
    }
    seen = lines(graph, outside=BOSS)
    assert seen["2 the Teams link"] == ("there after 4.5 s", False)
    assert seen["5 cancel without attendees"] == ("400 ErrorInvalidRequest", True)
    assert seen["5 ... then read"][1]
    assert seen["3 the event in getSchedule"][0].startswith("403 ErrorAccessDenied")
    assert seen[f"{BOSS} is shut"] == ("200", False)
    assert there() == 0


def test_a_subscription_is_asked_for_as_long_as_may_be_and_removed(graph: InProcess) -> None:
    asked: list[str] = []

    class Subscribing(InProcess):
        def __call__(self, method: str, path: str, **how: Any) -> Seen:
            if not path.startswith("/subscriptions"):
                return super().__call__(method, path, **how)
            asked.append(f"{method} {path}")
            if method == "DELETE":
                return Seen(204)
            return Seen(201, {"id": "S1"}) if len(asked) > 1 else Seen(400)

    seen = lines(Subscribing(), notify_url="https://bot.example.com/webhook/outlook")
    assert seen["4 how long a subscription may last"] == ("4230 minutes; removed: 204", True)
    assert asked == ["POST /subscriptions"] * 2 + ["DELETE /subscriptions/S1"]


def test_a_fault_in_the_middle_leaves_nothing_there(graph: InProcess) -> None:
    graph.faults = {("POST", "/calendar/getSchedule"): RuntimeError("broken")}
    with pytest.raises(RuntimeError):
        lines(graph)
    assert there() == 0
    graph.faults = {("POST", "/events"): Seen(403, {"error": {"code": "ErrorAccessDenied"}})}
    assert lines(graph)["an event is created"] == ("403 ErrorAccessDenied", False)


def test_it_asks_before_it_writes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="CALENDAR=outlook"):
        call_command("smoke_outlook", "--mailbox", ANA)
    settings.CALENDAR = "outlook"
    for name in ("OUTLOOK_TENANT_ID", "OUTLOOK_CLIENT_ID", "OUTLOOK_CLIENT_SECRET"):
        setattr(settings, name, "x")
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("smoke_outlook", "--mailbox", ANA)
    assert f"writes one event into {ANA}" in capsys.readouterr().out
