"""The calendar port on Microsoft Graph."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

from integrations import http
from integrations.conf import OutlookConf
from integrations.outlook import payloads, texts
from integrations.outlook.auth import TokenSource
from integrations.outlook.busy import BusyTimes
from integrations.outlook.errors import Code, GraphError
from integrations.outlook.graph import GraphClient, Tokens, shared_client
from integrations.outlook.payloads import Event, Events, EventText
from integrations.outlook.reading import booked, read
from integrations.scheduling import BookedEvent, Booking, CalendarError, MailboxBusy

# Teams needs a moment for the link; a meeting without one is still a meeting.
JOIN_URL_PAUSES = (0.5, 1.0, 2.0)


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
        self._graph = (
            GraphClient(
                conf.graph_url, session or http.session(), tokens or TokenSource(conf), sleep=sleep
            )
            if session or tokens
            else shared_client(conf)
        )
        self._busy = BusyTimes(self._graph)

    def busy(
        self, mailboxes: Sequence[str], *, starts_at: datetime, ends_at: datetime
    ) -> Mapping[str, MailboxBusy]:
        """Read busy times: getSchedule for a search, the calendar itself for one exact interval."""
        return self._busy.read(mailboxes, starts_at=starts_at, ends_at=ends_at)

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
            for event in read(Events, body).value:
                if not event.is_cancelled:
                    return booked(event)
        return None

    def read(self, *, mailbox: str, event_id: str) -> BookedEvent | None:
        """Look at one event."""
        try:
            event = self._event(mailbox, event_id)
        except CalendarError as error:
            if error.gone:
                return None
            raise
        return None if event.is_cancelled else booked(event)

    def rewrite(self, booking: Booking, *, event_id: str) -> None:
        """Renew what we wrote, unless guests would get a mail of nothing else; the rest stays."""
        path = _event_path(event_id)
        for is_last in (False, True):
            try:
                self._rewrite(booking, path)
            except GraphError as error:
                if is_last or error.status not in {409, 412}:
                    raise
            else:
                return

    def move(
        self, booking: Booking, *, event_id: str, starts_at: datetime, ends_at: datetime
    ) -> BookedEvent:
        """Move the event, over a change by someone else if need be, but not over a second one.

        Guests get one mail of it, so what we wrote is renewed along with it.
        """
        for is_last in (False, True):
            event, text = self._event_and_text(booking.mailbox, event_id)
            if event.is_cancelled:
                raise CalendarError("The event was cancelled in Outlook", gone=True)
            found = booked(event)
            if (found.starts_at, found.ends_at) == (starts_at, ends_at):
                return found
            try:
                changes = texts.text_changes(text, booking)
                return self._patch(booking, event, (starts_at, ends_at), changes)
            except CalendarError as error:
                changed = isinstance(error, GraphError) and error.status in {409, 412}
                # Either way only the event itself can tell where it is now.
                if is_last or not (changed or error.ambiguous):
                    raise
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

    def _post(self, booking: Booking) -> BookedEvent:
        def post(*, in_utc: bool) -> BookedEvent:
            body = payloads.event_request(booking, texts.new_text(booking), in_utc=in_utc)
            return self._write("POST", booking.mailbox, "/events", body)

        return _in_known_zone(post)

    def _patch(
        self,
        booking: Booking,
        event: Event,
        during: tuple[datetime, datetime],
        changes: Mapping[str, Any],
    ) -> BookedEvent:
        def patch(*, in_utc: bool) -> BookedEvent:
            zone = "UTC" if in_utc else booking.time_zone
            body = {**payloads.times(*during, time_zone=zone), **changes}
            return self._write("PATCH", booking.mailbox, _event_path(event.id), body, event.etag)

        return _in_known_zone(patch)

    def _write(
        self, method: str, mailbox: str, path: str, body: Mapping[str, Any], etag: str = ""
    ) -> BookedEvent:
        answer = self._graph.call(method, mailbox, path, json=body, etag=etag, writes=True)
        return booked(read(Event, answer.body, writes=True), writes=True)

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
                event = booked(self._event(mailbox, event.event_id))
            except CalendarError:
                # The meeting stands; the link can be read later.
                break
        return event

    def _rewrite(self, booking: Booking, path: str) -> None:
        params = {"$select": texts.TEXT_FIELDS, "$expand": texts.TEXT_EXPANDED}
        found = read(EventText, self._graph.get(booking.mailbox, path, params=params))
        if changes := texts.changes_by_itself(found, booking):
            self._graph.call("PATCH", booking.mailbox, path, json=changes, etag=found.etag)

    def _event_and_text(self, mailbox: str, event_id: str) -> tuple[Event, EventText]:
        params = {
            "$select": f"{payloads.EVENT_FIELDS},{texts.TEXT_ONLY}",
            "$expand": texts.TEXT_EXPANDED,
        }
        body = self._graph.get(mailbox, _event_path(event_id), params=params)
        return read(Event, body), read(EventText, body)

    def _event(self, mailbox: str, event_id: str) -> Event:
        params = {"$select": payloads.EVENT_FIELDS}
        return read(Event, self._graph.get(mailbox, _event_path(event_id), params=params))


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
