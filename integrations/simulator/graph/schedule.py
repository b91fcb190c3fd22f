"""getSchedule: free and busy of up to twenty mailboxes, each with its own answer or error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.simulator.chaos import Draw
from integrations.simulator.graph import store
from integrations.simulator.graph.door import Call
from integrations.simulator.graph.wire import (
    WireError,
    applied,
    context,
    preferred_zone,
    read_json,
    read_time,
    write_time,
)

MOST_SCHEDULES = 20
LONGEST_SCHEDULE = timedelta(days=62)
DIGITS = {"free": "0", "tentative": "1", "busy": "2", "oof": "3", "workingElsewhere": "4"}
# When two events meet in one step of the view, the stronger one shows.
STRENGTH = "04123"
WORKING_HOURS: Mapping[str, Any] = {
    "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
    "startTime": "08:00:00.0000000",
    "endTime": "17:00:00.0000000",
}
UNKNOWN_ADDRESS = "ErrorMailRecipientNotFound"
MESSAGES = {UNKNOWN_ADDRESS: "Unable to resolve e-mail address to an Active Directory object."}


@dataclass(frozen=True)
class Wish:
    """What a client asked for."""

    addresses: list[str]
    starts_at: datetime
    ends_at: datetime
    interval: timedelta
    zone_name: str


def get_schedule(request: HttpRequest, call: Call, _mailbox: SimulatedMailbox) -> HttpResponse:
    """Answer for every address asked for."""
    wish = _read(request)
    body = {
        "@odata.context": context(request, "#Collection(microsoft.graph.scheduleInformation)"),
        "value": [_schedule(wish, address, call.draw) for address in wish.addresses],
    }
    return applied(request, body)


def _read(request: HttpRequest) -> Wish:
    """SDKs write the names of an action's parameters with a capital."""
    body = {name[:1].lower() + name[1:]: value for name, value in read_json(request).items()}
    addresses = body.get("schedules")
    if not (isinstance(addresses, list) and 0 < len(addresses) <= MOST_SCHEDULES):
        raise WireError(400, "ErrorInvalidParameter", "Give 1 to 20 schedules.")
    (starts_at, _), (ends_at, _) = read_time(body.get("startTime")), read_time(body.get("endTime"))
    interval = body.get("availabilityViewInterval") or 30
    if not (type(interval) is int and 5 <= interval <= 1440):
        raise WireError(400, "ErrorInvalidMergedFreeBusyInterval", "Give 5 to 1440 minutes.")
    if not starts_at < ends_at <= starts_at + LONGEST_SCHEDULE:
        raise WireError(400, "ErrorInvalidTimeInterval", "The time window is not valid.")
    return Wish(
        addresses=[str(address) for address in addresses],
        starts_at=starts_at,
        ends_at=ends_at,
        interval=timedelta(minutes=interval),
        zone_name=preferred_zone(request),
    )


def _schedule(wish: Wish, address: str, draw: Draw) -> dict[str, Any]:
    mailbox = store.known_mailbox(address)
    if mailbox is None:
        return _error(address, UNKNOWN_ADDRESS)
    if mailbox.free_busy_error:
        return _error(address, mailbox.free_busy_error)
    if draw.is_schedule_broken(mailbox.address):
        return _error(address, "ErrorProxyRequestProcessingFailed")
    return _shape(wish, mailbox, address)


def _shape(wish: Wish, mailbox: SimulatedMailbox, address: str) -> dict[str, Any]:
    events = [
        event
        for event in store.events_between(mailbox, wish.starts_at, wish.ends_at)
        if not event.content.get("isCancelled")
    ]
    return {
        "scheduleId": address,
        "availabilityView": _view(wish, events),
        "scheduleItems": [_item(event, wish.zone_name) for event in events],
        "workingHours": {**WORKING_HOURS, "timeZone": {"name": mailbox.time_zone}},
    }


def _error(address: str, code: str) -> dict[str, Any]:
    message = MESSAGES.get(code, "The free/busy data of this mailbox could not be read.")
    return {
        "scheduleId": address,
        "availabilityView": "",
        "scheduleItems": [],
        "error": {"message": message, "responseCode": code},
    }


def _item(event: SimulatedMailboxEvent, zone_name: str) -> dict[str, Any]:
    is_private = event.content.get("sensitivity") == "private"
    place = event.content.get("location") or {}
    return {
        "isPrivate": is_private,
        "status": event.show_as,
        "subject": "" if is_private else event.content.get("subject"),
        "location": "" if is_private else place.get("displayName"),
        "start": write_time(event.starts_at, zone_name),
        "end": write_time(event.ends_at, zone_name),
    }


def _view(wish: Wish, events: Iterable[SimulatedMailboxEvent]) -> str:
    steps = -((wish.starts_at - wish.ends_at) // wish.interval)
    view = ["0"] * steps
    for event in events:
        digit = DIGITS.get(event.show_as, "2")
        first = max(0, (event.starts_at - wish.starts_at) // wish.interval)
        last = min(steps, -((wish.starts_at - event.ends_at) // wish.interval))
        for place in range(first, last):
            view[place] = max(view[place], digit, key=STRENGTH.index)
    return "".join(view)
