"""The calendar port on Microsoft Graph."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from pydantic import ValidationError

from integrations import http
from integrations.conf import OutlookConf
from integrations.outlook import payloads
from integrations.outlook.auth import TokenSource
from integrations.outlook.errors import Code, GraphError, NoAnswerError
from integrations.outlook.graph import GraphClient, Tokens
from integrations.outlook.payloads import Event, Events, EventText, Schedule, Schedules, Wire
from integrations.scheduling import (
    BookedEvent,
    Booking,
    BusyInterval,
    CalendarError,
    MailboxBusy,
)

MAILBOXES_PER_CALL = 20
LONGEST_WINDOW = timedelta(days=40)
# One mailbox and so little time is the check before a booking: ask the calendar itself.
EXACT_WINDOW = timedelta(days=1)
PAGE_SIZE = "100"
# Teams needs a moment for the link; a meeting without one is still a meeting.
JOIN_URL_PAUSES = (0.5, 1.0, 2.0)

Read = TypeVar("Read", bound=Wire)


class OutlookCalendar:
    """See integrations.scheduling.Calendar."""

    sends_invitations = True
    is_shared = True

    def __init__(
        self,
        conf: OutlookConf,
        session: requests.Session | None = None,
        tokens: Tokens | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._graph = GraphClient(
            conf.graph_url, session or http.session(), tokens or TokenSource(conf), sleep=sleep
        )

    def busy(
        self, mailboxes: Sequence[str], *, starts_at: datetime, ends_at: datetime
    ) -> Mapping[str, MailboxBusy]:
        """Read busy times: getSchedule for a search, the calendar itself for one exact interval."""
        wanted = list(dict.fromkeys(mailboxes))
        if len(wanted) == 1 and ends_at - starts_at <= EXACT_WINDOW:
            return {wanted[0]: self._view(wanted[0], starts_at, ends_at)}
        found: dict[str, MailboxBusy] = {}
        for window_start, window_end in _windows(starts_at, ends_at):
            for first in range(0, len(wanted), MAILBOXES_PER_CALL):
                chunk = wanted[first : first + MAILBOXES_PER_CALL]
                for answer in self._schedules(chunk, window_start, window_end):
                    found[answer.mailbox] = _joined(found.get(answer.mailbox), answer)
        return found

    def create(self, booking: Booking) -> BookedEvent:
        """Put the event there once; an answer that got lost is settled by reading."""
        try:
            event = self._post(booking)
        except CalendarError as error:
            duplicate = isinstance(error, GraphError) and error.has(Code.DUPLICATE_TRANSACTION)
            if not (duplicate or error.ambiguous):
                raise
            event = self._settle(booking, error)
        return self._with_join_url(booking.mailbox, event)

    def find(self, booking: Booking) -> BookedEvent | None:
        """Look the event up by the meeting id that it carries."""
        params = {
            "$filter": payloads.booking_filter(booking.meeting_id),
            "$select": payloads.EVENT_FIELDS,
        }
        for body in self._graph.pages(booking.mailbox, "/events", params=params):
            for event in _read(Events, body).value:
                if not event.is_cancelled:
                    return _booked(event)
        return None

    def read(self, *, mailbox: str, event_id: str) -> BookedEvent | None:
        """Look at one event."""
        try:
            event = self._event(mailbox, event_id)
        except CalendarError as error:
            if error.gone:
                return None
            raise
        return None if event.is_cancelled else _booked(event)

    def rewrite(self, booking: Booking, *, event_id: str) -> None:
        """Replace our part of the text; the meeting link and people's own words stay."""
        path = _event_path(event_id)
        for is_last in (False, True):
            params = {"$select": payloads.TEXT_FIELDS}
            text = _read(EventText, self._graph.get(booking.mailbox, path, params=params))
            changes = payloads.text_changes(text, booking)
            if not changes:
                return
            try:
                self._graph.call("PATCH", booking.mailbox, path, json=changes, etag=text.etag)
            except GraphError as error:
                if is_last or error.status not in {409, 412}:
                    raise
            else:
                return

    def move(
        self, booking: Booking, *, event_id: str, starts_at: datetime, ends_at: datetime
    ) -> BookedEvent:
        """Move the event, over a change by someone else if need be, but not over a second one."""
        event = self._event(booking.mailbox, event_id)
        for is_last in (False, True):
            if event.is_cancelled:
                raise CalendarError("The event was cancelled in Outlook", gone=True)
            booked = _booked(event)
            if (booked.starts_at, booked.ends_at) == (starts_at, ends_at):
                return booked
            try:
                return self._patch(booking, event, starts_at, ends_at)
            except CalendarError as error:
                changed = isinstance(error, GraphError) and error.status in {409, 412}
                # Either way only the event itself can tell where it is now.
                if is_last or not (changed or error.ambiguous):
                    raise
                event = self._event(booking.mailbox, event_id)
        raise AssertionError("unreachable")

    def cancel(self, *, mailbox: str, event_id: str, comment: str) -> None:
        """Cancel with a word to the attendees; repeating it does no harm."""
        try:
            self._cancel(mailbox, _event_path(event_id), comment)
        except CalendarError as error:
            if not error.gone:
                raise

    def _cancel(self, mailbox: str, path: str, comment: str) -> None:
        try:
            self._graph.call("POST", mailbox, f"{path}/cancel", json={"comment": comment})
        except GraphError as error:
            # Without attendees an event may be no meeting in Outlook's eyes; deleting always works.
            if error.status != 400:
                raise
            self._graph.call("DELETE", mailbox, path)

    def _schedules(
        self, mailboxes: Sequence[str], starts_at: datetime, ends_at: datetime
    ) -> Iterator[MailboxBusy]:
        """Ask for all at once, in the name of the first mailbox that is open to us."""
        request = payloads.schedule_request(list(mailboxes), starts_at, ends_at)
        for place, mailbox in enumerate(mailboxes):
            try:
                body = self._graph.call("POST", mailbox, "/calendar/getSchedule", json=request).body
            except GraphError as error:
                if error.status not in {403, 404}:
                    raise
                yield MailboxBusy(mailbox, error=str(error))
            else:
                answers = {
                    (answer.mailbox or "").casefold(): answer
                    for answer in _read(Schedules, body).value
                }
                for other in mailboxes[place:]:
                    yield _mailbox_busy(other, answers.get(other.casefold()), starts_at)
                return

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
                events = _read(Events, body).value
                intervals += [event.interval() for event in events if event.blocks]
        except GraphError as error:
            if error.status not in {403, 404}:
                raise
            return MailboxBusy(mailbox, error=str(error))
        except ValueError as error:
            return MailboxBusy(mailbox, error=str(error))
        return MailboxBusy(mailbox, _tidy(intervals))

    def _post(self, booking: Booking) -> BookedEvent:
        def post(*, in_utc: bool) -> BookedEvent:
            body = payloads.event_request(booking, in_utc=in_utc)
            return self._write("POST", booking.mailbox, "/events", body)

        return _in_known_zone(post)

    def _patch(
        self, booking: Booking, event: Event, starts_at: datetime, ends_at: datetime
    ) -> BookedEvent:
        def patch(*, in_utc: bool) -> BookedEvent:
            zone = "UTC" if in_utc else booking.time_zone
            body = payloads.times(starts_at, ends_at, time_zone=zone)
            return self._write("PATCH", booking.mailbox, _event_path(event.id), body, event.etag)

        return _in_known_zone(patch)

    def _write(
        self, method: str, mailbox: str, path: str, body: Mapping[str, Any], etag: str = ""
    ) -> BookedEvent:
        answer = self._graph.call(method, mailbox, path, json=body, etag=etag, writes=True)
        return _booked(_read(Event, answer.body, writes=True), writes=True)

    def _settle(self, booking: Booking, error: CalendarError) -> BookedEvent:
        found = None
        with suppress(CalendarError):
            found = self.find(booking)
        if found is None:
            raise CalendarError(str(error), ambiguous=True, retry_after=error.retry_after) from None
        return found

    def _with_join_url(self, mailbox: str, event: BookedEvent) -> BookedEvent:
        for pause in JOIN_URL_PAUSES:
            if event.join_url:
                break
            self._graph.pause(pause)
            try:
                event = _booked(self._event(mailbox, event.event_id))
            except CalendarError:
                # The meeting stands; the link can be read later.
                break
        return event

    def _event(self, mailbox: str, event_id: str) -> Event:
        params = {"$select": payloads.EVENT_FIELDS}
        return _read(Event, self._graph.get(mailbox, _event_path(event_id), params=params))


def _event_path(event_id: str) -> str:
    return f"/events/{quote(event_id, safe='=')}"


def _in_known_zone(write: Callable[..., BookedEvent]) -> BookedEvent:
    """Write on the owner's clock; in UTC where Graph does not know that zone by its name."""
    try:
        return write(in_utc=False)
    except GraphError as error:
        if not error.has(Code.TIME_ZONE_UNKNOWN):
            raise
    return write(in_utc=True)


def _read(model: type[Read], body: Mapping[str, Any], *, writes: bool = False) -> Read:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise NoAnswerError(
            f"Microsoft Graph's {model.__name__} could not be read ({error.error_count()} errors)",
            ambiguous=writes,
        ) from None


def _booked(event: Event, *, writes: bool = False) -> BookedEvent:
    try:
        return event.booked()
    except ValueError as error:
        raise NoAnswerError(str(error), ambiguous=writes) from None


def _windows(starts_at: datetime, ends_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    while starts_at < ends_at:
        window_end = min(starts_at + LONGEST_WINDOW, ends_at)
        yield starts_at, window_end
        starts_at = window_end


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
