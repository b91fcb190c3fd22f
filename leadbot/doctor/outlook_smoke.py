"""What only a live tenant can tell: one event far ahead, looked at from all sides, and removed.

Microsoft's documents leave open, or say in two ways, what our adapter has to live with. Each line
says what was seen and whether the adapter was built for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote, urlencode
from uuid import uuid4

from integrations.outlook import payloads, texts
from integrations.outlook.payloads import EventText
from integrations.scheduling import Booking

FAR_AHEAD = timedelta(days=60)
LENGTH = timedelta(minutes=30)
# Longest first: the first one that is taken is the answer.
LIFETIMES = (timedelta(days=7, minutes=-5), timedelta(minutes=4230), timedelta(minutes=4200))
PATIENCE_SECONDS = 60
SUBJECT = "leadbot smoke test: is deleted at once"


@dataclass(frozen=True)
class Seen:
    """Graph's raw answer."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Of an error, empty for none."""
        error = self.body.get("error")
        return str(error.get("code") or "") if isinstance(error, dict) else ""

    def __str__(self) -> str:
        return f"{self.status} {self.code}".rstrip()


@dataclass(frozen=True)
class Line:
    """One doubt, what was seen, and whether the adapter expects it."""

    doubt: str
    seen: str
    expected: bool


class Ask(Protocol):
    """Sends one request to Graph and says what came; never raises for a refusal."""

    def __call__(
        self, method: str, path: str, *, json: Mapping[str, Any] | None = None, etag: str = ""
    ) -> Seen: ...


@dataclass(frozen=True)
class Smoke:
    """One try in one mailbox. `notify_url` is empty where Microsoft cannot reach us."""

    ask: Ask
    mailbox: str
    time_zone: str
    now: datetime
    pause: Callable[[float], None]
    notify_url: str = ""
    outside: str = ""

    def run(self) -> Iterator[Line]:
        """Settle the doubts one by one; what was made is removed whatever happens."""
        booking = self._booking()
        try:
            made = self._post(booking)
            yield Line("an event is created", str(made), made.status == 201)
            if made.status == 201:
                yield from self._of_event(booking, made)
                yield from self._cancelled(booking, str(made.body["id"]))
            yield from self._subscription()
            yield from self._shut()
        finally:
            # After the last line or after a fault: nothing of ours stays there.
            yield self._cleaned(booking)

    def _of_event(self, booking: Booking, made: Seen) -> Iterator[Line]:
        path = f"/events/{quote(str(made.body['id']), safe='=')}"
        yield from self._replays(booking, made)
        yield self._join_url(path, made)
        yield self._found(booking, made)
        yield self._zone(made)
        yield self._text(booking, path)
        yield self._free_busy(booking)
        yield self._etag(path, made)

    def _booking(self) -> Booking:
        starts_at = (self.now + FAR_AHEAD).replace(minute=0, second=0, microsecond=0)
        return Booking(
            meeting_id=uuid4(),
            transaction_id=uuid4(),
            mailbox=self.mailbox,
            starts_at=starts_at,
            ends_at=starts_at + LENGTH,
            time_zone=self.time_zone,
            subject=SUBJECT,
            body="Uno: \"más\" & 'ya'\n2 > 1",
        )

    def _post(self, booking: Booking, **changes: Any) -> Seen:
        body = payloads.event_request(booking, texts.new_text(booking))
        return self._call("POST", "/events", json={**body, **changes})

    def _replays(self, booking: Booking, made: Seen) -> Iterator[Line]:
        again = self._post(booking)
        same = again.body.get("id") == made.body["id"]
        told = f"{again}, {'the same event' if same else 'another event'}"
        yield Line("1 the same transactionId again", told, again.status == 201 and same)
        other = self._post(booking, subject=f"{SUBJECT}!")
        named = "names" if str(made.body["id"]) in str(other.body) else "does not name"
        is_known = other.status in {400, 409} and other.code == "ErrorDuplicateTransactionId"
        yield Line("1 ... with other content", f"{other}, {named} the event", is_known)

    def _join_url(self, path: str, made: Seen) -> Line:
        seen, waited = made, 0.0
        while not _has_link(seen) and waited < PATIENCE_SECONDS:
            self.pause(0.5)
            waited += 0.5
            seen = self._call("GET", path)
        # The adapter looks again for 3.5 s.
        told = f"there after {waited:.1f} s" if _has_link(seen) else "none"
        return Line("2 the Teams link", told, _has_link(seen) and waited <= 3.5)

    def _found(self, booking: Booking, made: Seen) -> Line:
        ids = [event.get("id") for event in self._ours(booking)]
        told = f"{len(ids)} events, {'ours with the same id' if made.body['id'] in ids else 'not ours'}"
        return Line("found at once by its property", told, ids == [made.body["id"]])

    def _zone(self, made: Seen) -> Line:
        kept = str(made.body.get("originalStartTimeZone"))
        try:
            payloads.zone(kept)
        except ValueError:
            return Line("the salesperson's time zone", f"{kept}: unknown here", expected=False)
        return Line("the salesperson's time zone", f"{self.time_zone} became {kept}", expected=True)

    def _text(self, booking: Booking, path: str) -> Line:
        """Whether what Exchange makes of our text still counts as ours, unchanged."""
        query = urlencode({"$select": texts.TEXT_FIELDS, "$expand": texts.TEXT_EXPANDED})
        seen = self._call("GET", f"{path}?{query}")
        if seen.status != 200:
            return Line("our part of the text", str(seen), expected=False)
        changes = texts.text_changes(EventText.model_validate(seen.body), booking)
        marks = texts.BEGINS in str(seen.body) and texts.ENDS in str(seen.body)
        told = ", ".join(["kept" if marks else "lost", *(f"{name} differs" for name in changes)])
        return Line("our part of the text", told, marks and not changes)

    def _free_busy(self, booking: Booking) -> Line:
        request = payloads.schedule_request([self.mailbox], booking.starts_at, booking.ends_at)
        waited = 0.0
        while True:
            seen = self._call("POST", "/calendar/getSchedule", json=request)
            row: Mapping[str, Any] = next(iter(seen.body.get("value") or []), {})
            items = row.get("scheduleItems") or []
            if items or seen.status != 200 or waited >= PATIENCE_SECONDS:
                break
            self.pause(1)
            waited += 1
        statuses = sorted({str(item.get("status")) for item in items})
        hours = (row.get("workingHours") or {}).get("timeZone") or {}
        told = (
            f"{seen}, after {waited:.0f} s, view {row.get('availabilityView')!r}, status "
            f"{', '.join(statuses) or 'none'}, working hours in {hours.get('name')}"
        )
        return Line("3 the event in getSchedule", told, bool(items) and waited < 5)

    def _etag(self, path: str, made: Seen) -> Line:
        self._call("PATCH", path, json={"importance": "high"})
        old = str(made.body.get("@odata.etag") or "")
        seen = self._call("PATCH", path, json={"importance": "low"}, etag=old)
        return Line("a change over a newer version", str(seen), seen.status in {409, 412})

    def _subscription(self) -> Iterator[Line]:
        doubt = "4 how long a subscription may last"
        if not self.notify_url:
            yield Line(doubt, "not tried: Microsoft cannot reach us", expected=True)
            return
        for lifetime in LIFETIMES:
            body = {
                "changeType": "created,updated,deleted",
                "notificationUrl": self.notify_url,
                "lifecycleNotificationUrl": self.notify_url,
                "resource": f"users/{self.mailbox}/events",
                "expirationDateTime": payloads.query_time(self.now + lifetime),
                "clientState": uuid4().hex,
            }
            seen = self.ask("POST", "/subscriptions", json=body)
            if seen.status == 201:
                gone = self.ask("DELETE", f"/subscriptions/{seen.body['id']}")
                minutes = lifetime / timedelta(minutes=1)
                yield Line(doubt, f"{minutes:.0f} minutes; removed: {gone}", gone.status == 204)
                return
        yield Line(doubt, str(seen), expected=False)

    def _cancelled(self, booking: Booking, event_id: str) -> Iterator[Line]:
        path = f"/events/{quote(event_id, safe='=')}"
        cancelled = self._call("POST", f"{path}/cancel", json={"comment": SUBJECT})
        yield Line("5 cancel without attendees", str(cancelled), cancelled.status in {202, 400})
        if cancelled.status != 202:
            self._call("DELETE", path)
        read = self._call("GET", path)
        is_cancelled = read.body.get("isCancelled")
        gone = read.status == 404 or is_cancelled is True
        yield Line("5 ... then read", f"{read}, isCancelled {is_cancelled}", gone)
        again = self._post(booking)
        fine = again.status == 201 or again.code == "ErrorDuplicateTransactionId"
        yield Line("1 ... its transactionId once more", str(again), fine)

    def _shut(self) -> Iterator[Line]:
        if self.outside:
            window = urlencode(
                {
                    "startDateTime": payloads.query_time(self.now),
                    "endDateTime": payloads.query_time(self.now + LENGTH),
                }
            )
            seen = self.ask("GET", f"/users/{quote(self.outside, safe='@')}/calendarView?{window}")
            yield Line(f"{self.outside} is shut", str(seen), seen.status == 403)

    def _cleaned(self, booking: Booking) -> Line:
        paths = [f"/events/{quote(str(event['id']), safe='=')}" for event in self._ours(booking)]
        answers = [self._call("DELETE", path) for path in paths]
        left = len(self._ours(booking))
        told = f"{sum(each.status == 204 for each in answers)} removed, {left} left"
        if left:
            told += f": delete {SUBJECT!r} on {booking.starts_at:%Y-%m-%d} by hand"
        return Line("cleaned up", told, not left)

    def _ours(self, booking: Booking) -> list[Mapping[str, Any]]:
        query = urlencode(
            {"$filter": payloads.booking_filter(booking.meeting_id), "$select": "id"},
            quote_via=quote,
        )
        found = self._call("GET", f"/events?{query}").body.get("value")
        return [each for each in found if "id" in each] if isinstance(found, list) else []

    def _call(self, method: str, path: str, **kwargs: Any) -> Seen:
        return self.ask(method, f"/users/{quote(self.mailbox, safe='@')}{path}", **kwargs)


def _has_link(seen: Seen) -> bool:
    return bool((seen.body.get("onlineMeeting") or {}).get("joinUrl"))
