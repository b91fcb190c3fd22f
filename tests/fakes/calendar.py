"""A calendar in memory that keeps the port's promises and fails where it is told to."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from integrations.scheduling import (
    BookedEvent,
    Booking,
    BusyInterval,
    CalendarError,
    MailboxBusy,
)

Answer = TypeVar("Answer")


@dataclass
class FakeEvent:
    """An event as the calendar holds it."""

    id: str
    mailbox: str
    meeting_id: UUID
    transaction_id: UUID
    starts_at: datetime
    ends_at: datetime
    subject: str = ""
    body: str = ""
    comment: str = ""
    cancelled: bool = False
    version: int = 1

    @property
    def etag(self) -> str:
        return f'W/"{self.id}.{self.version}"'


@dataclass(frozen=True)
class Failure:
    """`after`: the call takes effect and only its answer is lost."""

    error: BaseException
    after: bool = False


class FakeCalendar:
    """See integrations.scheduling.Calendar. `calls` counts, `fail` injects, `before` hooks."""

    sends_invitations = False
    is_shared = True

    def __init__(self) -> None:
        self.events: dict[str, FakeEvent] = {}
        self.other_busy: dict[str, list[BusyInterval]] = defaultdict(list)
        self.broken_mailboxes: dict[str, str] = {}
        self.calls: list[str] = []
        self.before: dict[str, Callable[[], None]] = {}
        self._failures: dict[str, list[Failure]] = defaultdict(list)
        self._lock = threading.Lock()

    @property
    def standing(self) -> list[FakeEvent]:
        """Events that nobody cancelled."""
        return [event for event in self.events.values() if not event.cancelled]

    def fail(
        self, method: str, error: BaseException, *, after: bool = False, times: int = 1
    ) -> None:
        self._failures[method] += [Failure(error, after)] * times

    def heal(self) -> None:
        self._failures.clear()

    def add_busy(self, mailbox: str, starts_at: datetime, ends_at: datetime) -> None:
        self.other_busy[mailbox].append(BusyInterval(starts_at, ends_at))

    def busy(
        self, mailboxes: Sequence[str], *, starts_at: datetime, ends_at: datetime
    ) -> Mapping[str, MailboxBusy]:
        return self._call("busy", lambda: self._busy(mailboxes, starts_at, ends_at))

    def create(self, booking: Booking) -> BookedEvent:
        return self._call("create", lambda: self._create(booking))

    def find(self, booking: Booking) -> BookedEvent | None:
        return self._call("find", lambda: self._find(booking))

    def read(self, *, mailbox: str, event_id: str) -> BookedEvent | None:
        return self._call("read", lambda: self._read(event_id))

    def rewrite(self, booking: Booking, *, event_id: str) -> None:
        self._call("rewrite", lambda: self._rewrite(booking, event_id))

    def move(
        self, booking: Booking, *, event_id: str, starts_at: datetime, ends_at: datetime
    ) -> BookedEvent:
        return self._call("move", lambda: self._move(event_id, starts_at, ends_at))

    def cancel(self, *, mailbox: str, event_id: str, comment: str) -> None:
        self._call("cancel", lambda: self._cancel(event_id, comment))

    def _call(self, name: str, act: Callable[[], Answer]) -> Answer:
        if hook := self.before.pop(name, None):
            hook()
        with self._lock:
            self.calls.append(name)
            failure = self._failures[name].pop(0) if self._failures[name] else None
            if failure and not failure.after:
                raise failure.error
            result = act()
            if failure:
                raise failure.error
            return result

    def _busy(
        self, mailboxes: Sequence[str], starts_at: datetime, ends_at: datetime
    ) -> dict[str, MailboxBusy]:
        return {mailbox: self._one_busy(mailbox, starts_at, ends_at) for mailbox in mailboxes}

    def _one_busy(self, mailbox: str, starts_at: datetime, ends_at: datetime) -> MailboxBusy:
        if error := self.broken_mailboxes.get(mailbox):
            return MailboxBusy(mailbox, error=error)
        own = [
            BusyInterval(event.starts_at, event.ends_at, event.id)
            for event in self.standing
            if event.mailbox == mailbox
        ]
        return MailboxBusy(
            mailbox,
            tuple(
                each
                for each in sorted(
                    [*own, *self.other_busy[mailbox]], key=lambda each: each.starts_at
                )
                if each.starts_at < ends_at and starts_at < each.ends_at
            ),
        )

    def _create(self, booking: Booking) -> BookedEvent:
        for event in self.events.values():
            if event.transaction_id == booking.transaction_id:
                return _booked(event)
        event = FakeEvent(
            id=f"event-{len(self.events) + 1}",
            mailbox=booking.mailbox,
            meeting_id=booking.meeting_id,
            transaction_id=booking.transaction_id,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            subject=booking.subject,
            body=booking.body,
        )
        self.events[event.id] = event
        return _booked(event)

    def _find(self, booking: Booking) -> BookedEvent | None:
        found = (event for event in self.standing if event.meeting_id == booking.meeting_id)
        event = next(found, None)
        return _booked(event) if event else None

    def _read(self, event_id: str) -> BookedEvent | None:
        event = self.events.get(event_id)
        return None if event is None or event.cancelled else _booked(event)

    def _rewrite(self, booking: Booking, event_id: str) -> None:
        event = self.events.get(event_id)
        if event is None or event.cancelled:
            raise CalendarError("The event is gone", gone=True)
        said = booking.subject, booking.body
        event.version += (event.subject, event.body) != said
        event.subject, event.body = said

    def _move(self, event_id: str, starts_at: datetime, ends_at: datetime) -> BookedEvent:
        event = self.events.get(event_id)
        if event is None or event.cancelled:
            raise CalendarError("The event is gone", gone=True)
        event.starts_at, event.ends_at = starts_at, ends_at
        event.version += 1
        return _booked(event)

    def _cancel(self, event_id: str, comment: str) -> None:
        if event := self.events.get(event_id):
            event.cancelled, event.comment = True, comment


def _booked(event: FakeEvent) -> BookedEvent:
    return BookedEvent(
        event_id=event.id,
        join_url=f"https://meet.example.com/{event.id}",
        etag=event.etag,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
    )
