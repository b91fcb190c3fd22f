"""Simulated events as Graph shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.models import SimulatedMailboxEvent
from integrations.simulator.graph import store
from integrations.simulator.graph.wire import known_zone, write_instant, write_time, write_wall

EXPANDED_PROPERTY = re.compile(r"id eq '([^']*)'", re.IGNORECASE)
NEVER = "0001-01-01T00:00:00Z"
# What is the same for every event of its organizer.
SAME: Mapping[str, Any] = {
    "isCancelled": False,
    "isOrganizer": True,
    "isDraft": False,
    "hasAttachments": False,
    "onlineMeetingUrl": None,
    "responseStatus": {"response": "organizer", "time": NEVER},
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
        **SAME,
        **content,
        **_people(event, content),
        **_times(event, zone_name),
        **_place_in_series(event),
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


def _place_in_series(event: SimulatedMailboxEvent) -> dict[str, Any]:
    if event.series is None:
        kind = "seriesMaster" if event.recurrence else "singleInstance"
        return {"type": kind, "seriesMasterId": None, "recurrence": event.recurrence}
    return {
        # What was never changed has no row.
        "type": "exception" if event.revision else "occurrence",
        "seriesMasterId": event.series.pk,
        "recurrence": None,
        "originalStart": write_instant(event.original_start or event.starts_at),
    }


def _wanted(properties: Iterable[Mapping[str, Any]], expand: str) -> list[Mapping[str, Any]]:
    """The extended properties that `$expand` names."""
    wanted = {name.lower() for name in EXPANDED_PROPERTY.findall(expand)}
    return [item for item in properties if str(item.get("id", "")).lower() in wanted]


def _online_meeting(event: SimulatedMailboxEvent) -> dict[str, str] | None:
    if not event.join_url or event.reads_until_join_url:
        return None
    return {"joinUrl": event.join_url}
