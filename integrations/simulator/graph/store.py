"""The simulated mailboxes and what happens to the events in them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F, QuerySet

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.simulator import chaos
from integrations.simulator.graph import fields as event_fields
from integrations.simulator.graph import notifications, series
from integrations.simulator.graph.wire import WireError


def add_mailbox(*, address: str, time_zone: str) -> SimulatedMailbox:
    """Let the simulated Graph know a mailbox; once is enough."""
    mailbox, _ = SimulatedMailbox.objects.get_or_create(
        address=address.lower(), defaults={"time_zone": time_zone}
    )
    return mailbox


def known_mailbox(address: str) -> SimulatedMailbox | None:
    """A mailbox by its address, in any case."""
    return SimulatedMailbox.objects.filter(address=address.lower()).first()


def required_mailbox(address: str) -> SimulatedMailbox:
    """A mailbox that has to be there."""
    mailbox = known_mailbox(address)
    if mailbox is None:
        raise WireError(404, "ErrorInvalidUser", f"The requested user '{address}' is invalid.")
    return mailbox


def use_up_fault(mailbox: SimulatedMailbox) -> bool:
    """Say whether this call is one of those that must fail."""
    faulty = SimulatedMailbox.objects.filter(pk=mailbox.pk, faults_left__gt=0)
    return bool(mailbox.faults_left and faulty.update(faults_left=F("faults_left") - 1))


def events(mailbox: SimulatedMailbox) -> QuerySet[SimulatedMailboxEvent]:
    """The events that are there; a series is one."""
    return mailbox.events.filter(deleted_at=None, series=None).order_by(
        "starts_at", "created_at", "id"
    )


def events_between(
    mailbox: SimulatedMailbox, starts_at: datetime, ends_at: datetime
) -> list[SimulatedMailboxEvent]:
    """What touches a window, in order; series as their occurrences."""
    rows = mailbox.events.filter(deleted_at=None, recurrence__isnull=True)
    found = list(rows.filter(starts_at__lt=ends_at, ends_at__gt=starts_at))
    for master in events(mailbox).filter(recurrence__isnull=False):
        found += unchanged_occurrences(master, starts_at, ends_at)
    return sorted(found, key=lambda event: (event.starts_at, event.created_at, event.pk))


def unchanged_occurrences(
    master: SimulatedMailboxEvent, starts_at: datetime, ends_at: datetime
) -> list[SimulatedMailboxEvent]:
    """The occurrences in a window that were neither changed nor deleted."""
    changed = set(master.exceptions.values_list("pk", flat=True))
    found = series.occurrences(master, starts_at, ends_at)
    return [occurrence for occurrence in found if occurrence.pk not in changed]


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
    """An event, a series or an occurrence by its id."""
    event = mailbox.events.filter(pk=event_id).first()
    if event is None and (parts := series.split_id(event_id)):
        master = events(mailbox).filter(pk=parts[0], recurrence__isnull=False).first()
        event = series.occurrence_on(master, parts[1]) if master else None
    if event is None or event.deleted_at:
        raise WireError(
            404, "ErrorItemNotFound", "The specified object was not found in the store."
        )
    return event


@transaction.atomic
def create_event(
    *, mailbox: SimulatedMailbox, fields: Mapping[str, Any], now: datetime
) -> SimulatedMailboxEvent:
    """Create once per transaction id: the same again gives the same event, other content a no."""
    fields = event_fields.checked(fields)
    for name in ("start", "end"):
        if name not in fields:
            raise WireError(
                400, "ErrorPropertyValidationFailure", "At least one property failed validation."
            )
    _lock(mailbox)
    number = str(fields.get("transactionId") or "") or None
    if number is None or not (same := mailbox.events.filter(transaction_id=number).first()):
        event = _new_event(mailbox, fields, now)
        event.transaction_id = number
        return _save(event, "created", now)
    if same.deleted_at or same.posted != fields:
        raise WireError(
            409,
            "ErrorDuplicateTransactionId",
            f"Your request can't be completed. Your transactionId {number} has already been used.",
        )
    return same


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
    fields = event_fields.checked(fields)
    if "recurrence" in fields and event.series:
        raise WireError(
            400, "ErrorInvalidPropertySet", "An occurrence cannot have a recurrence of its own."
        )
    before = _times(event)
    for name, value in event_fields.columns(fields, event).items():
        setattr(event, name, value)
    event.content = {**event.content, **event_fields.content(fields)}
    if event.content.get("isOnlineMeeting") and not event.join_url:
        event.join_url = _join_url()
    if event.recurrence and _times(event) != before:
        event.exceptions.all().delete()
    return _save(event, "updated", now)


@transaction.atomic
def delete_event(*, mailbox: SimulatedMailbox, event_id: str, etag: str, now: datetime) -> None:
    """Move the event to Deleted Items, where nothing finds it; a series with all its occurrences."""
    event = _locked(mailbox, event_id, etag)
    event.deleted_at = now
    _save(event, "deleted", now)
    if event.recurrence:
        event.exceptions.filter(deleted_at=None).update(
            deleted_at=now, changed_at=now, revision=event.revision
        )


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


def _new_event(
    mailbox: SimulatedMailbox, fields: Mapping[str, Any], now: datetime
) -> SimulatedMailboxEvent:
    event = SimulatedMailboxEvent(
        **event_fields.columns(fields),
        mailbox=mailbox,
        id=f"AAkALgAAAAAAHYQDEapmEc2byACqAC-{secrets.token_urlsafe(54)}=",
        content={**event_fields.DEFAULTS, **event_fields.content(fields)},
        posted=fields,
        version=0,
        created_at=now,
    )
    if fields.get("isOnlineMeeting"):
        event.join_url = _join_url()
        late = mailbox.join_url_reads or chaos.current().graph_join_url_reads
        event.reads_until_join_url = late
    return event


def _lock(mailbox: SimulatedMailbox) -> None:
    SimulatedMailbox.objects.select_for_update().get(pk=mailbox.pk)


def _locked(mailbox: SimulatedMailbox, event_id: str, tag: str) -> SimulatedMailboxEvent:
    _lock(mailbox)
    event = find_event(mailbox, event_id)
    if tag and tag not in {"*", etag(event)}:
        raise WireError(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in "
            "the request does not match the current change key for the item.",
        )
    return event


def _save(event: SimulatedMailboxEvent, change: str, now: datetime) -> SimulatedMailboxEvent:
    """Number the change, keep it, and tell of it; an occurrence is told of as its series."""
    mailbox = event.mailbox
    SimulatedMailbox.objects.filter(pk=mailbox.pk).update(revision=F("revision") + 1)
    mailbox.refresh_from_db(fields=["revision"])
    event.revision, event.changed_at = mailbox.revision, now
    event.version += 1
    event.save()
    told, change = (event.series, "updated") if event.series else (event, change)
    notifications.tell_change(
        mailbox=mailbox, event_id=told.pk, etag=etag(told), change=change, now=now
    )
    return event


def _times(event: SimulatedMailboxEvent) -> tuple[Any, ...]:
    return tuple(getattr(event, name) for name in event_fields.TIMES)


def _join_url() -> str:
    return (
        f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{secrets.token_urlsafe(24)}"
        f"%40thread.v2/0?context=%7b%22Tid%22%3a%22{uuid4()}%22%2c%22Oid%22%3a%22{uuid4()}%22%7d"
    )
