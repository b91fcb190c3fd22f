"""What changed in a window since the last time, as calendarView's delta tells it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import F

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.simulator.graph import series, store
from integrations.simulator.graph.wire import WireError

SALT = "simulated-graph-delta"


@dataclass(frozen=True)
class Sync:
    """How far a client is: everything up to `since` was told; of what came up to `until`, `skip`.

    `since` is -1 in the beginning, when whatever is there has to be told.
    """

    starts_at: str
    ends_at: str
    since: int
    until: int
    skip: int = 0

    def token(self) -> str:
        """Write it into a link."""
        return signing.dumps(asdict(self), salt=SALT)

    def window(self) -> tuple[datetime, datetime]:
        """Both ends."""
        return datetime.fromisoformat(self.starts_at), datetime.fromisoformat(self.ends_at)


def begin(mailbox: SimulatedMailbox, starts_at: datetime, ends_at: datetime) -> Sync:
    """Watch a window from now on."""
    return Sync(starts_at.isoformat(), ends_at.isoformat(), -1, mailbox.revision)


def resume(mailbox: SimulatedMailbox, token: str) -> Sync:
    """Go on where a link says: in the middle of an answer, or after its end."""
    try:
        sync = Sync(**signing.loads(token, salt=SALT))
    except (signing.BadSignature, TypeError):
        raise WireError(410, "SyncStateNotFound", "The sync state is not found.") from None
    return sync if sync.skip else replace(sync, since=sync.until, until=mailbox.revision)


def changes(mailbox: SimulatedMailbox, sync: Sync) -> list[SimulatedMailboxEvent | str]:
    """The events to be told, and the ids of those that are gone from the window."""
    window = sync.window()
    if sync.since < 0:
        return list(store.events_between(mailbox, *window))
    found: dict[str, SimulatedMailboxEvent | str] = {}
    changed = mailbox.events.filter(revision__gt=sync.since, revision__lte=sync.until)
    # A series before its exceptions, which know better.
    for event in changed.order_by(F("series").asc(nulls_first=True), "revision"):
        found |= _of_series(event, window) if event.recurrence else _of_one(event, window)
    return list(found.values())


def removed(event_id: str) -> dict[str, Any]:
    """An event that is gone."""
    return {
        "@odata.type": "#microsoft.graph.event",
        "id": event_id,
        "@removed": {"reason": "deleted"},
    }


def _of_one(
    event: SimulatedMailboxEvent, window: tuple[datetime, datetime]
) -> dict[str, SimulatedMailboxEvent | str]:
    starts_at, ends_at = window
    is_there = event.starts_at < ends_at and event.ends_at > starts_at and not event.deleted_at
    return {event.pk: event if is_there else event.pk}


def _of_series(
    master: SimulatedMailboxEvent, window: tuple[datetime, datetime]
) -> dict[str, SimulatedMailboxEvent | str]:
    """Its occurrences anew. Where it had any before is not kept: what it has not now is gone."""
    found: dict[str, SimulatedMailboxEvent | str] = {
        event_id: event_id for event_id in series.ids_between(master, *window)
    }
    if not master.deleted_at:
        for event in store.unchanged_occurrences(master, *window):
            found[event.pk] = event
        for event in master.exceptions.all():
            found |= _of_one(event, window)
    return found
