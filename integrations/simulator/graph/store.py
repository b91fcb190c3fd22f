"""The simulated mailboxes and what happens to the events in them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F, QuerySet

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.simulator.graph.wire import WireError, known_zone, read_time

STATUSES = {
    status.lower(): status
    for status in ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown")
}
# Those with a column or a meaning of their own; the rest is kept as it came.
COLUMNS = frozenset({"start", "end", "isAllDay", "showAs", "transactionId"})
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


def add_mailbox(*, address: str, time_zone: str) -> SimulatedMailbox:
    """Let the simulated Graph know a mailbox; once is enough."""
    mailbox, _ = SimulatedMailbox.objects.get_or_create(
        address=address.lower(), defaults={"time_zone": time_zone}
    )
    return mailbox


def known_mailbox(address: str) -> SimulatedMailbox | None:
    """A mailbox by its address, in any case."""
    return SimulatedMailbox.objects.filter(address=address.lower()).first()


def use_up_fault(mailbox: SimulatedMailbox) -> bool:
    """Say whether this call is one of those that must fail."""
    faulty = SimulatedMailbox.objects.filter(pk=mailbox.pk, faults_left__gt=0)
    return bool(mailbox.faults_left and faulty.update(faults_left=F("faults_left") - 1))


def events(mailbox: SimulatedMailbox) -> QuerySet[SimulatedMailboxEvent]:
    """The events that are there."""
    return SimulatedMailboxEvent.objects.filter(mailbox=mailbox, deleted_at=None).order_by(
        "starts_at", "created_at", "id"
    )


def events_between(
    mailbox: SimulatedMailbox, starts_at: datetime, ends_at: datetime
) -> QuerySet[SimulatedMailboxEvent]:
    """The events that touch a window."""
    return events(mailbox).filter(starts_at__lt=ends_at, ends_at__gt=starts_at)


def events_with_property(
    mailbox: SimulatedMailbox, name: str, value: str
) -> list[SimulatedMailboxEvent]:
    """The events that carry an extended property with this value."""
    return [
        event
        for event in events(mailbox)
        if any(
            str(item.get("id", "")).lower() == name.lower() and item.get("value") == value
            for item in event.content.get("singleValueExtendedProperties", [])
        )
    ]


def find_event(mailbox: SimulatedMailbox, event_id: str) -> SimulatedMailboxEvent:
    """An event by its id."""
    event = events(mailbox).filter(pk=event_id).first()
    if event is None:
        raise _not_found()
    return event


def create_event(
    *, mailbox: SimulatedMailbox, fields: Mapping[str, Any], now: datetime
) -> SimulatedMailboxEvent:
    """Create once per transaction id: the same again gives the same event, other content a no."""
    fields = _checked(fields)
    for name in ("start", "end"):
        if name not in fields:
            raise WireError(
                400, "ErrorPropertyValidationFailure", "At least one property failed validation."
            )
    number = fields.get("transactionId") or None
    values = _new_values(mailbox, fields, now)
    if number is None:
        return SimulatedMailboxEvent.objects.create(mailbox=mailbox, **values)
    event, is_new = SimulatedMailboxEvent.objects.get_or_create(
        mailbox=mailbox, transaction_id=str(number), defaults=values
    )
    if not is_new and (event.deleted_at or event.posted != fields):
        raise WireError(
            409,
            "ErrorDuplicateTransactionId",
            f"Your request can't be completed. Your transactionId {number} has already been used.",
        )
    return event


@transaction.atomic
def change_event(
    *,
    mailbox: SimulatedMailbox,
    event_id: str,
    fields: Mapping[str, Any],
    etag: str,
    now: datetime,
) -> SimulatedMailboxEvent:
    """Change the fields given, if nobody else changed the event since it was read."""
    event = _locked(mailbox, event_id, etag)
    fields = _checked(fields)
    for name, value in _columns(fields, event).items():
        setattr(event, name, value)
    event.content = {**event.content, **_content(fields)}
    if event.content.get("isOnlineMeeting") and not event.join_url:
        event.join_url = _join_url()
    event.version += 1
    event.changed_at = now
    event.save()
    return event


@transaction.atomic
def delete_event(*, mailbox: SimulatedMailbox, event_id: str, etag: str, now: datetime) -> None:
    """Move the event to Deleted Items, where nothing finds it."""
    event = _locked(mailbox, event_id, etag)
    event.deleted_at = event.changed_at = now
    event.version += 1
    event.save(update_fields=["deleted_at", "changed_at", "version"])


def use_up_join_url_read(event: SimulatedMailboxEvent) -> None:
    """Bring the moment nearer when the meeting link is there."""
    if event.reads_until_join_url:
        event.reads_until_join_url -= 1
        event.save(update_fields=["reads_until_join_url"])


def etag(event: SimulatedMailboxEvent) -> str:
    """The tag that If-Match is compared with."""
    return f'W/"{change_key(event)}"'


def change_key(event: SimulatedMailboxEvent) -> str:
    """The version as Outlook shows it."""
    return f"{event.pk[-8:-1]}AAA{event.version:06d}=="


def _new_values(
    mailbox: SimulatedMailbox, fields: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    online = bool(fields.get("isOnlineMeeting"))
    return {
        **_columns(fields),
        "id": f"AAkALgAAAAAAHYQDEapmEc2byACqAC-{secrets.token_urlsafe(54)}=",
        "content": {**DEFAULTS, **_content(fields)},
        "posted": fields,
        "join_url": _join_url() if online else "",
        "reads_until_join_url": mailbox.join_url_reads if online else 0,
        "created_at": now,
        "changed_at": now,
    }


def _locked(mailbox: SimulatedMailbox, event_id: str, tag: str) -> SimulatedMailboxEvent:
    event = events(mailbox).select_for_update().filter(pk=event_id).first()
    if event is None:
        raise _not_found()
    if tag and tag not in {"*", etag(event)}:
        raise WireError(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in "
            "the request does not match the current change key for the item.",
        )
    return event


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    if fields.get("recurrence"):
        raise WireError(501, "NotImplemented", "The simulator has no recurring events.")
    given = {name: value for name, value in fields.items() if "@" not in name}
    _refuse_unknown(name for name in given if name not in WRITABLE and name != "recurrence")
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


def _columns(
    fields: Mapping[str, Any], event: SimulatedMailboxEvent | None = None
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if "start" in fields:
        columns["starts_at"], columns["time_zone"] = read_time(fields["start"])
    if "end" in fields:
        columns["ends_at"], _ = read_time(fields["end"])
    if "isAllDay" in fields:
        columns["is_all_day"] = fields["isAllDay"] is True
    if "showAs" in fields:
        columns["show_as"] = _status(fields["showAs"])
    after = {name: columns.get(name, getattr(event, name, None)) for name in _TIMES}
    _refuse_impossible(after)
    return columns


_TIMES = ("starts_at", "ends_at", "time_zone", "is_all_day")


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


def _content(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in COLUMNS}


def _join_url() -> str:
    return (
        f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{secrets.token_urlsafe(24)}"
        f"%40thread.v2/0?context=%7b%22Tid%22%3a%22{uuid4()}%22%2c%22Oid%22%3a%22{uuid4()}%22%7d"
    )


def _not_found() -> WireError:
    return WireError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
