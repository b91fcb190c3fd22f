"""What clients may write of an event: checked, and told apart by where it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.models import SimulatedMailboxEvent
from integrations.simulator.graph import recurrence
from integrations.simulator.graph.wire import WireError, known_zone, read_time

STATUSES = {
    status.lower(): status
    for status in ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown")
}
# Those with a column or a meaning of their own; the rest is kept as it came.
COLUMNS = frozenset({"start", "end", "isAllDay", "showAs", "transactionId", "recurrence"})
WRITABLE = COLUMNS | {
    "allowNewTimeProposals",
    "attendees",
    "body",
    "categories",
    "hideAttendees",
    "importance",
    "isOnlineMeeting",
    "isReminderOn",
    "location",
    "locations",
    "multiValueExtendedProperties",
    "onlineMeetingProvider",
    "reminderMinutesBeforeStart",
    "responseRequested",
    "sensitivity",
    "singleValueExtendedProperties",
    "subject",
}
# A series that changes one of these forgets what was changed of its occurrences.
TIMES = ("starts_at", "ends_at", "time_zone", "is_all_day", "recurrence")
DEFAULTS: Mapping[str, Any] = {
    "subject": "",
    "body": {"contentType": "text", "content": ""},
    "attendees": [],
    "categories": [],
    "importance": "normal",
    "sensitivity": "normal",
    "isOnlineMeeting": False,
    "onlineMeetingProvider": "unknown",
    "allowNewTimeProposals": True,
    "hideAttendees": False,
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
    "responseRequested": True,
    "location": {"displayName": ""},
    "locations": [],
}


def checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse what Graph does not know; leave out the remarks of SDKs."""
    given = {name: value for name, value in fields.items() if "@" not in name}
    _refuse_unknown(name for name in given if name not in WRITABLE)
    if given.get("recurrence") is None:
        given.pop("recurrence", None)
    return given


def _refuse_unknown(names: Iterable[str]) -> None:
    for name in names:
        raise WireError(
            400,
            "RequestBodyRead",
            f"The property '{name}' does not exist on type 'microsoft.graph.event' or cannot be "
            "written.",
        )


def columns(
    fields: Mapping[str, Any], event: SimulatedMailboxEvent | None = None
) -> dict[str, Any]:
    """Give the columns that these fields change; refuse what the event cannot become."""
    columns: dict[str, Any] = {}
    if "start" in fields:
        columns["starts_at"], columns["time_zone"] = read_time(fields["start"])
    if "end" in fields:
        columns["ends_at"], _ = read_time(fields["end"])
    if "isAllDay" in fields:
        columns["is_all_day"] = fields["isAllDay"] is True
    if "showAs" in fields:
        columns["show_as"] = _status(fields["showAs"])
    if "recurrence" in fields:
        columns["recurrence"] = recurrence.write(recurrence.read(fields["recurrence"]))
    after = {name: columns.get(name, getattr(event, name, None)) for name in TIMES}
    _refuse_impossible(after)
    if after["recurrence"]:
        _refuse_other_start(after)
    return columns


def _refuse_other_start(after: Mapping[str, Any]) -> None:
    rule = recurrence.read(after["recurrence"])
    zone = known_zone(rule.time_zone or after["time_zone"])
    if after["starts_at"] and after["starts_at"].astimezone(zone).date() != rule.starts_on:
        raise WireError(
            400,
            "ErrorPropertyValidationFailure",
            "The start date of the range must be the date on which the event starts.",
        )


def _refuse_impossible(after: Mapping[str, Any]) -> None:
    starts_at, ends_at = after["starts_at"], after["ends_at"]
    if starts_at is None or ends_at is None:
        return
    if ends_at < starts_at:
        raise WireError(
            400, "ErrorPropertyValidationFailure", "The end of the event is before its start."
        )
    local = known_zone(after["time_zone"])
    if after["is_all_day"] and any(
        f"{edge.astimezone(local):%H%M%S}" != "000000" for edge in (starts_at, ends_at)
    ):
        raise WireError(
            400,
            "ErrorPropertyValidationFailure",
            "The Event.Start property for an all-day event needs to be set to midnight.",
        )


def _status(value: object) -> str:
    try:
        return STATUSES[str(value).lower()]
    except KeyError:
        raise WireError(
            400,
            "RequestBodyRead",
            "Cannot convert the literal to 'microsoft.graph.freeBusyStatus'.",
        ) from None


def content(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give what has no column."""
    return {name: value for name, value in fields.items() if name not in COLUMNS}
