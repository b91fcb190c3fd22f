"""What the owner of a mailbox does in Outlook: the calendar page's acts, and tests'.

They go the way of Graph's own calls, so that etags change and whoever subscribed is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.outlook.payloads import times
from integrations.simulator.graph import store


def events_between(
    mailbox: SimulatedMailbox, starts_at: datetime, ends_at: datetime
) -> list[SimulatedMailboxEvent]:
    """What the calendar shows of a span, in order; series as their occurrences."""
    return list(store.events_between(mailbox, starts_at, ends_at))


def add(
    *,
    mailbox: SimulatedMailbox,
    subject: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    **others: Any,
) -> SimulatedMailboxEvent:
    """Put something private there; `others` are fields of Graph's event, as `showAs`."""
    fields: Mapping[str, Any] = {
        "subject": subject,
        "sensitivity": "private",
        **times(starts_at, ends_at, time_zone=mailbox.time_zone),
        **others,
    }
    return store.create_event(mailbox=mailbox, fields=fields, now=now)


def move(
    *,
    mailbox: SimulatedMailbox,
    event_id: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> SimulatedMailboxEvent:
    """Drag an event to another time."""
    fields = times(starts_at, ends_at, time_zone=mailbox.time_zone)
    return store.change_event(mailbox=mailbox, event_id=event_id, fields=fields, etag="", now=now)


def remove(*, mailbox: SimulatedMailbox, event_id: str, now: datetime) -> None:
    """Delete an event; one with guests is cancelled by that."""
    store.delete_event(mailbox=mailbox, event_id=event_id, etag="", now=now)
