"""When mailboxes are busy, as Graph tells it: in parts, late, wrongly, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from integrations.outlook.busy import BusyTimes, _joined
from integrations.outlook.calendar import OutlookCalendar
from integrations.outlook.graph import Answer
from integrations.scheduling import BusyInterval, CalendarError, MailboxBusy
from tests.contracts.calendar import DAY_END, DAY_START, ENDS_AT, STARTS_AT
from tests.integrations.misbehaving import Provider, answer
from tests.integrations.outlook.test_failures import ANA, an_event, no, wall

BETO = "beto@example.com"
MANY = [f"seller{number}@example.com" for number in range(45)]
MONTH = timedelta(days=30)
MONTHS = DAY_START + timedelta(days=90)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("mailboxes", [[ANA], [ANA, "beto@example.com"]])
def test_a_closed_mailbox_is_never_free(
    lone_calendar: OutlookCalendar, provider: Provider, status: int, mailboxes: list[str]
) -> None:
    provider.plays(no(status, "ErrorAccessDenied"))
    answers = lone_calendar.busy(mailboxes, starts_at=STARTS_AT, ends_at=ENDS_AT)
    assert all(answers[mailbox].error for mailbox in mailboxes)


def test_a_closed_mailbox_does_not_close_the_others(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    free = {"scheduleId": "Beto@Example.com", "availabilityView": "00", "scheduleItems": []}
    provider.plays(no(403, "ErrorAccessDenied"), answer(200, {"value": [free]}))
    answers = lone_calendar.busy([ANA, "beto@example.com"], starts_at=DAY_START, ends_at=DAY_END)
    assert answers[ANA].error
    assert answers["beto@example.com"].error == ""


@pytest.mark.parametrize(
    "schedule",
    [
        {"scheduleId": "someone@example.com", "availabilityView": "0", "scheduleItems": []},
        {"scheduleId": ANA, "error": {"responseCode": "ErrorProxyRequestProcessingFailed"}},
        {"scheduleId": ANA, "availabilityView": "0", "scheduleItems": [], "error": {}},
        {"scheduleId": ANA},
        {"scheduleId": ANA, "availabilityView": "", "scheduleItems": []},
        {
            "scheduleId": ANA,
            "scheduleItems": [
                {
                    "status": "busy",
                    "start": {"dateTime": "2026-11-30T10:00:00", "timeZone": "Nowhere"},
                    "end": wall(ENDS_AT),
                }
            ],
        },
    ],
    ids=["another", "error", "empty error", "nothing", "nothing said", "unknown zone"],
)
def test_a_mailbox_without_a_clear_answer_is_never_free(
    lone_calendar: OutlookCalendar, provider: Provider, schedule: dict[str, Any]
) -> None:
    provider.plays(answer(200, {"value": [schedule]}))
    asked = [ANA, "beto@example.com"]
    answers = lone_calendar.busy(asked, starts_at=DAY_START, ends_at=DAY_END)
    assert all(answers[mailbox].error for mailbox in asked)


@pytest.mark.parametrize(
    ("status", "is_busy"),
    [
        ("busy", True),
        ("Busy", True),
        ("tentative", True),
        ("OOF", True),
        ("unknown", True),
        ("somethingNew", True),
        (None, True),
        ("free", False),
        ("Free", False),
        ("workingElsewhere", False),
        ("WorkingElsewhere", False),
    ],
)
def test_only_what_is_known_to_be_free_is_free(
    lone_calendar: OutlookCalendar, provider: Provider, status: str | None, is_busy: bool
) -> None:
    item = {"status": status, "start": wall(STARTS_AT), "end": wall(ENDS_AT)}
    schedule = {"scheduleId": ANA, "availabilityView": "0", "scheduleItems": [item]}
    provider.plays(
        answer(200, {"value": [schedule]}), answer(200, {"value": [an_event(showAs=status)]})
    )
    for days in (2, 1):
        answers = lone_calendar.busy(
            [ANA], starts_at=DAY_START, ends_at=DAY_START + timedelta(days=days)
        )
        assert bool(answers[ANA].intervals) == is_busy


def test_the_coarse_view_blocks_where_items_are_left_out(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    schedule = {"scheduleId": ANA, "availabilityView": "00240139", "scheduleItems": None}
    provider.plays(answer(200, {"value": [schedule]}))
    asked = [ANA, "beto@example.com"]
    answers = lone_calendar.busy(asked, starts_at=DAY_START, ends_at=DAY_END)
    minutes = [
        (interval.starts_at - DAY_START) / timedelta(minutes=1)
        for interval in answers[ANA].intervals
    ]
    assert minutes == [30, 75, 90, 105]


def schedules(mailboxes: list[str], **changes: Any) -> Any:
    """Nobody has anything to do."""
    free = {"availabilityView": "00", "scheduleItems": [], **changes}
    return answer(200, {"value": [{"scheduleId": mailbox, **free} for mailbox in mailboxes]})


def chunk(first: int) -> list[str]:
    return MANY[first : first + 20]


def asked_of(mailbox: str) -> str:
    return f"/users/{mailbox}/calendar/getSchedule"


def test_twenty_at_a_time_are_asked_side_by_side(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    together = threading.Barrier(3)

    def when_all_are_there(first: int) -> Callable[[Any], None]:
        def behave(connection: Any) -> None:
            together.wait(30)
            schedules(chunk(first))(connection)

        return behave

    provider.paths = {asked_of(MANY[first]): when_all_are_there(first) for first in (0, 20, 40)}
    answers = lone_calendar.busy(MANY, starts_at=DAY_START, ends_at=DAY_END)
    assert list(answers) == MANY
    assert not any(answer.error or answer.intervals for answer in answers.values())


def test_what_cannot_be_asked_is_an_error_of_those_only(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    provider.plays(no(500))
    provider.paths = {asked_of(MANY[first]): schedules(chunk(first)) for first in (0, 40)}
    answers = lone_calendar.busy(MANY, starts_at=DAY_START, ends_at=DAY_END)
    assert [mailbox for mailbox in MANY if answers[mailbox].error] == chunk(20)
    provider.paths = {}
    with pytest.raises(CalendarError, match="500"):
        lone_calendar.busy(MANY, starts_at=DAY_START, ends_at=DAY_END)


@pytest.mark.parametrize("status", [500, 503])
def test_one_that_stumbles_does_not_stop_the_others(
    lone_calendar: OutlookCalendar, provider: Provider, status: int
) -> None:
    provider.plays(no(status, Retry_After="60"))
    provider.paths = {asked_of(BETO): schedules([ANA, BETO])}
    answers = lone_calendar.busy([ANA, BETO], starts_at=DAY_START, ends_at=DAY_END)
    assert [answers[each].error for each in (ANA, BETO)] == ["", ""]
    # Two that stumble: Graph does, and nobody else is troubled.
    provider.paths = {}
    provider.seen.clear()
    with pytest.raises(CalendarError) as caught:
        lone_calendar.busy(chunk(0), starts_at=DAY_START, ends_at=DAY_END)
    assert len(provider.seen) == 2
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(
    "broken",
    [None, 7, {"scheduleId": 7}, {"scheduleId": ANA, "scheduleItems": [{"status": "busy"}]}],
)
def test_one_answer_that_cannot_be_read_does_not_spoil_the_others(
    lone_calendar: OutlookCalendar, provider: Provider, broken: Any
) -> None:
    sound = {"scheduleId": BETO, "availabilityView": "00", "scheduleItems": []}
    provider.plays(answer(200, {"value": [broken, sound]}))
    answers = lone_calendar.busy([ANA, BETO], starts_at=DAY_START, ends_at=DAY_END)
    assert answers[ANA].error
    assert answers[BETO].error == ""


class OneCalendar:
    """Graph with the same meetings in every mailbox, each told in every window that it touches."""

    def __init__(self, meetings: list[BusyInterval]) -> None:
        self.meetings = meetings
        self.asked: list[tuple[int, timedelta]] = []

    def call(self, _method: str, _mailbox: str, _path: str, *, json: dict[str, Any]) -> Answer:
        starts_at, ends_at = (
            datetime.fromisoformat(f"{json[name]['dateTime']}+00:00")
            for name in ("startTime", "endTime")
        )
        self.asked.append((len(json["schedules"]), ends_at - starts_at))
        items = [
            {"status": "busy", "start": wall(each.starts_at), "end": wall(each.ends_at)}
            for each in self.meetings
            if each.starts_at < ends_at and each.ends_at > starts_at
        ]
        value = [
            {"scheduleId": mailbox, "availabilityView": "0", "scheduleItems": items}
            for mailbox in json["schedules"]
        ]
        return Answer(200, {"value": value})


def test_an_error_in_one_window_is_one_of_the_whole(
    lone_calendar: OutlookCalendar, provider: Provider
) -> None:
    """Whichever of the two answers first."""
    told = {"error": {"responseCode": "ErrorProxyRequestProcessingFailed"}}
    provider.plays(schedules([ANA], **told), schedules([ANA]))
    assert lone_calendar.busy([ANA], starts_at=DAY_START, ends_at=DAY_START + 2 * MONTH)[ANA].error
    earlier, later = MailboxBusy(ANA, error="x"), MailboxBusy(ANA)
    assert _joined(earlier, later).error == _joined(later, earlier).error == "x"


def test_the_parts_join_to_the_whole() -> None:
    meetings = [
        BusyInterval(
            DAY_START + timedelta(hours=37 * place), STARTS_AT + timedelta(hours=37 * place)
        )
        for place in range(-3, 64)
    ]
    graph = OneCalendar(meetings)
    answers = BusyTimes(graph).read(MANY, starts_at=DAY_START, ends_at=MONTHS)  # type: ignore[arg-type]
    touching = tuple(
        each for each in meetings if each.starts_at < MONTHS and each.ends_at > DAY_START
    )
    assert list(answers) == MANY
    assert all(answer.intervals == touching for answer in answers.values())
    days = sorted((count, length.days) for count, length in graph.asked)
    assert days == [(5, 10), (5, 40), (5, 40), *[(20, 10)] * 2, *[(20, 40)] * 4]
