"""When mailboxes are busy: many at once from getSchedule, one exactly from its calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from integrations.outlook import payloads
from integrations.outlook.errors import GraphError
from integrations.outlook.graph import GraphClient
from integrations.outlook.payloads import Events, Schedule, Schedules
from integrations.outlook.reading import read
from integrations.scheduling import BusyInterval, CalendarError, MailboxBusy

MAILBOXES_PER_CALL = 20
LONGEST_WINDOW = timedelta(days=40)
# One mailbox and so little time is the check before a booking: ask the calendar itself.
EXACT_WINDOW = timedelta(days=1)
PAGE_SIZE = "100"
# Of one search. What Graph takes for one mailbox is kept by the client's throttle.
CALLS_AT_ONCE = 8
CLOSED = frozenset({403, 404})


@dataclass(frozen=True)
class Question:
    """What one call of getSchedule asks."""

    mailboxes: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Reply:
    """What came of it: an answer for each mailbox, or why there is none."""

    answers: tuple[MailboxBusy, ...]
    error: CalendarError | None = None


class BusyTimes:
    """Reads busy times. What is wrong with one mailbox is said of that one only."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def read(
        self, mailboxes: Sequence[str], *, starts_at: datetime, ends_at: datetime
    ) -> Mapping[str, MailboxBusy]:
        """Answer for each mailbox; raise when none can be answered for."""
        wanted = list(dict.fromkeys(mailboxes))
        if len(wanted) == 1 and ends_at - starts_at <= EXACT_WINDOW:
            return {wanted[0]: self._view(wanted[0], starts_at, ends_at)}
        replies = self._replies(_questions(wanted, starts_at, ends_at))
        found: dict[str, MailboxBusy] = {}
        for answer in (answer for reply in replies for answer in reply.answers):
            found[answer.mailbox] = _joined(found.get(answer.mailbox), answer)
        failed = next((reply.error for reply in replies if reply.error), None)
        if failed and all(answer.error for answer in found.values()):
            raise failed
        return found

    def _replies(self, questions: Sequence[Question]) -> list[Reply]:
        """Ask all, side by side; in the order of the questions."""
        if len(questions) < 2:
            return [self._reply(question) for question in questions]
        with ThreadPoolExecutor(min(CALLS_AT_ONCE, len(questions))) as pool:
            return list(pool.map(self._reply, questions))

    def _reply(self, question: Question) -> Reply:
        try:
            return Reply(tuple(self._schedules(question)))
        except CalendarError as error:
            reason = str(error)
            return Reply(
                tuple(MailboxBusy(mailbox, error=reason) for mailbox in question.mailboxes), error
            )

    def _schedules(self, question: Question) -> Iterator[MailboxBusy]:
        """Ask for all at once, in the name of the first mailbox that lets us.

        One that stumbles may stumble alone, so a second name is tried; two mean that Graph does.
        """
        request = payloads.schedule_request(
            list(question.mailboxes), question.starts_at, question.ends_at
        )
        stumbled: GraphError | None = None
        for mailbox in question.mailboxes:
            try:
                body = self._graph.call("POST", mailbox, "/calendar/getSchedule", json=request).body
            except GraphError as error:
                if error.status in CLOSED:
                    yield MailboxBusy(mailbox, error=str(error))
                    continue
                if stumbled or error.permanent:
                    raise
                stumbled = error
            else:
                answers = _by_mailbox(read(Schedules, body))
                # Of those that are shut the error said above stays.
                for other in question.mailboxes:
                    yield _mailbox_busy(other, answers.get(other.casefold()), question.starts_at)
                return
        if stumbled:
            raise stumbled

    def _view(self, mailbox: str, starts_at: datetime, ends_at: datetime) -> MailboxBusy:
        params = {
            "startDateTime": payloads.query_time(starts_at),
            "endDateTime": payloads.query_time(ends_at),
            "$select": payloads.VIEW_FIELDS,
            "$orderby": "start/dateTime",
            "$top": PAGE_SIZE,
        }
        intervals: list[BusyInterval] = []
        try:
            for body in self._graph.pages(mailbox, "/calendarView", params=params):
                events = read(Events, body).value
                intervals += [event.interval() for event in events if event.blocks]
        except GraphError as error:
            if error.status not in CLOSED:
                raise
            return MailboxBusy(mailbox, error=str(error))
        except ValueError as error:
            return MailboxBusy(mailbox, error=str(error))
        return MailboxBusy(mailbox, _tidy(intervals))


def _questions(mailboxes: Sequence[str], starts_at: datetime, ends_at: datetime) -> list[Question]:
    return [
        Question(tuple(mailboxes[first : first + MAILBOXES_PER_CALL]), *window)
        for window in _windows(starts_at, ends_at)
        for first in range(0, len(mailboxes), MAILBOXES_PER_CALL)
    ]


def _windows(starts_at: datetime, ends_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    while starts_at < ends_at:
        window_end = min(starts_at + LONGEST_WINDOW, ends_at)
        yield starts_at, window_end
        starts_at = window_end


def _by_mailbox(schedules: Schedules) -> dict[str, Schedule]:
    """One that cannot be read is left out, which counts as no answer for it."""
    found: dict[str, Schedule] = {}
    for raw in schedules.value:
        schedule = _schedule(raw)
        if schedule is not None:
            found[(schedule.mailbox or "").casefold()] = schedule
    return found


def _schedule(raw: Any) -> Schedule | None:
    try:
        return Schedule.model_validate(raw)
    except ValidationError:
        return None


def _mailbox_busy(mailbox: str, answer: Schedule | None, starts_at: datetime) -> MailboxBusy:
    if answer is None or answer.is_empty:
        reason = answer.error.code if answer and answer.error else ""
        return MailboxBusy(mailbox, error=reason or "Microsoft Graph did not answer for it")
    if answer.error is not None:
        return MailboxBusy(mailbox, error=answer.error.code or "Microsoft Graph cannot tell")
    try:
        return MailboxBusy(mailbox, _tidy(answer.busy(starts_at)))
    except ValueError as error:
        return MailboxBusy(mailbox, error=str(error))


def _joined(earlier: MailboxBusy | None, later: MailboxBusy) -> MailboxBusy:
    if earlier is None:
        return later
    return MailboxBusy(
        later.mailbox,
        _tidy([*earlier.intervals, *later.intervals]),
        earlier.error or later.error,
    )


def _tidy(intervals: Sequence[BusyInterval]) -> tuple[BusyInterval, ...]:
    """Sort, and drop what is said twice or takes no time."""
    unique = {
        (each.starts_at, each.ends_at, each.event_id): each
        for each in intervals
        if each.starts_at < each.ends_at
    }
    return tuple(unique[key] for key in sorted(unique))
