"""Simulated events as Graph shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.simulator.graph import store
from integrations.simulator.graph.wire import (
    known_zone,
    write_instant,
    write_time,
    write_wall,
)

DIGITS = {"free": "0", "tentative": "1", "busy": "2", "oof": "3", "workingElsewhere": "4"}
# When two events meet in one step of the view, the stronger one shows.
STRENGTH = "04123"
EXPANDED_PROPERTY = re.compile(r"id eq '([^']*)'", re.IGNORECASE)
NEVER = "0001-01-01T00:00:00Z"
# What is the same for every event of one organizer that does not recur.
SINGLE: Mapping[str, Any] = {
    "isCancelled": False,
    "isOrganizer": True,
    "isDraft": False,
    "hasAttachments": False,
    "seriesMasterId": None,
    "recurrence": None,
    "type": "singleInstance",
    "onlineMeetingUrl": None,
    "responseStatus": {"response": "organizer", "time": NEVER},
}
WORKING_HOURS: Mapping[str, Any] = {
    "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
    "startTime": "08:00:00.0000000",
    "endTime": "17:00:00.0000000",
}


def event_shape(
    event: SimulatedMailboxEvent, zone_name: str, *, select: str = "", expand: str = ""
) -> dict[str, Any]:
    """One event; `$select` narrows it, `$expand` adds extended properties."""
    content = dict(event.content)
    properties = content.pop("singleValueExtendedProperties", [])
    content.pop("multiValueExtendedProperties", None)
    shape = {
        **_identity(event),
        **SINGLE,
        **content,
        **_people(event, content),
        **_times(event, zone_name),
        "showAs": event.show_as,
        "bodyPreview": str((content.get("body") or {}).get("content", ""))[:255],
        "onlineMeeting": _online_meeting(event),
    }
    if select:
        kept = {"@odata.etag", "id", *select.replace(" ", "").split(",")}
        shape = {name: value for name, value in shape.items() if name in kept}
    if "singlevalueextendedproperties" in expand.lower():
        shape["singleValueExtendedProperties"] = _wanted(properties, expand)
    return shape


def schedule_shape(
    mailbox: SimulatedMailbox,
    address: str,
    window: tuple[datetime, datetime],
    interval: timedelta,
    zone_name: str,
) -> dict[str, Any]:
    """One mailbox in the answer of getSchedule."""
    events = [
        event
        for event in store.events_between(mailbox, *window)
        if not event.content.get("isCancelled")
    ]
    return {
        "scheduleId": address,
        "availabilityView": _view(events, window, interval),
        "scheduleItems": [_schedule_item(event, zone_name) for event in events],
        "workingHours": {**WORKING_HOURS, "timeZone": {"name": mailbox.time_zone}},
    }


def schedule_error(address: str, code: str) -> dict[str, Any]:
    """A mailbox that getSchedule can tell nothing about."""
    return {
        "scheduleId": address,
        "availabilityView": "",
        "scheduleItems": [],
        "error": {
            "message": "Unable to resolve e-mail address to an Active Directory object.",
            "responseCode": code,
        },
    }


def _schedule_item(event: SimulatedMailboxEvent, zone_name: str) -> dict[str, Any]:
    return {
        "isPrivate": event.content.get("sensitivity") == "private",
        "status": event.show_as,
        "subject": event.content.get("subject"),
        "location": (event.content.get("location") or {}).get("displayName"),
        "start": write_time(event.starts_at, zone_name),
        "end": write_time(event.ends_at, zone_name),
    }


def _view(
    events: Iterable[SimulatedMailboxEvent], window: tuple[datetime, datetime], interval: timedelta
) -> str:
    starts_at, ends_at = window
    steps = -((starts_at - ends_at) // interval)
    view = ["0"] * steps
    for event in events:
        digit = DIGITS.get(event.show_as, "2")
        first = max(0, (event.starts_at - starts_at) // interval)
        last = min(steps, -((starts_at - event.ends_at) // interval))
        for place in range(first, last):
            view[place] = max(view[place], digit, key=STRENGTH.index)
    return "".join(view)


def _identity(event: SimulatedMailboxEvent) -> dict[str, Any]:
    return {
        "@odata.etag": store.etag(event),
        "id": event.pk,
        "createdDateTime": write_instant(event.created_at),
        "lastModifiedDateTime": write_instant(event.changed_at),
        "changeKey": store.change_key(event),
        "transactionId": event.transaction_id,
        "iCalUId": f"040000008200E00074C5B7101A82E008{event.pk[-24:-1]}",
        "webLink": f"https://outlook.office365.com/owa/?itemid={event.pk}&path=/calendar/item",
    }


def _people(event: SimulatedMailboxEvent, content: Mapping[str, Any]) -> dict[str, Any]:
    own = event.mailbox.address
    return {
        "organizer": {"emailAddress": {"name": own, "address": own}},
        "attendees": [
            {"type": "required", "status": {"response": "none", "time": NEVER}, **attendee}
            for attendee in content.get("attendees") or []
        ],
    }


def _times(event: SimulatedMailboxEvent, zone_name: str) -> dict[str, Any]:
    starts, ends = write_time(event.starts_at, zone_name), write_time(event.ends_at, zone_name)
    if event.is_all_day:
        # Graph leaves the midnights of an all-day event where they were written.
        own = known_zone(event.time_zone)
        starts = write_wall(event.starts_at.astimezone(own), zone_name)
        ends = write_wall(event.ends_at.astimezone(own), zone_name)
    return {
        "start": starts,
        "end": ends,
        "isAllDay": event.is_all_day,
        "originalStartTimeZone": event.time_zone,
        "originalEndTimeZone": event.time_zone,
    }


def _wanted(properties: Iterable[Mapping[str, Any]], expand: str) -> list[Mapping[str, Any]]:
    """The extended properties that `$expand` names."""
    wanted = {name.lower() for name in EXPANDED_PROPERTY.findall(expand)}
    return [item for item in properties if str(item.get("id", "")).lower() in wanted]


def _online_meeting(event: SimulatedMailboxEvent) -> dict[str, str] | None:
    if not event.join_url or event.reads_until_join_url:
        return None
    return {"joinUrl": event.join_url}
