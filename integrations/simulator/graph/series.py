"""Series and their occurrences, which have no rows until one of them is changed or deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from integrations.models import SimulatedMailboxEvent
from integrations.simulator.graph import recurrence
from integrations.simulator.graph.wire import known_zone

OCCURRENCE_ID = re.compile(r"(.+)-(\d{8})=")


def occurrences(
    master: SimulatedMailboxEvent, starts_at: datetime, ends_at: datetime
) -> Iterator[SimulatedMailboxEvent]:
    """What a series puts into a window, as if nothing of it had been changed."""
    rule, zone = recurrence.read(master.recurrence), _zone(master)
    earliest = _earliest_start(master, starts_at)
    for day in recurrence.days(rule, ends_at.astimezone(zone).date()):
        if day < earliest:
            continue
        occurrence = _on(master, day)
        if occurrence.starts_at < ends_at and occurrence.ends_at > starts_at:
            yield occurrence


def ids_between(
    master: SimulatedMailboxEvent, starts_at: datetime, ends_at: datetime
) -> Iterator[str]:
    """The ids that occurrences in a window have or could have had, whatever the pattern was."""
    day, last = _earliest_start(master, starts_at), ends_at.astimezone(_zone(master)).date()
    while day <= last:
        yield _id(master, day)
        day += timedelta(days=1)


def split_id(event_id: str) -> tuple[str, date] | None:
    """Tell the series and the day of an occurrence's id; None when it is not one."""
    match = OCCURRENCE_ID.fullmatch(event_id)
    if match is None:
        return None
    try:
        return f"{match[1]}=", date.fromisoformat(match[2])
    except ValueError:
        return None


def occurrence_on(master: SimulatedMailboxEvent, day: date) -> SimulatedMailboxEvent | None:
    """The occurrence of a day, if the series has one there."""
    days = recurrence.days(recurrence.read(master.recurrence), day)
    return _on(master, day) if day in days else None


def _on(master: SimulatedMailboxEvent, day: date) -> SimulatedMailboxEvent:
    """Both ends stand on the wall clock of the series: it keeps its hour when clocks change."""
    zone = _zone(master)
    starts, ends = master.starts_at.astimezone(zone), master.ends_at.astimezone(zone)
    moved = day - starts.date()
    starts_at, ends_at = _moved(starts, moved), _moved(ends, moved)
    return SimulatedMailboxEvent(
        id=_id(master, day),
        mailbox=master.mailbox,
        series=master,
        original_start=starts_at,
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=master.time_zone,
        is_all_day=master.is_all_day,
        show_as=master.show_as,
        content=dict(master.content),
        join_url=master.join_url,
        version=master.version,
        created_at=master.created_at,
        changed_at=master.changed_at,
    )


def _earliest_start(master: SimulatedMailboxEvent, starts_at: datetime) -> date:
    """Before this day nothing of the series begins that still reaches into a window."""
    length = master.ends_at - master.starts_at
    return (starts_at - length).astimezone(_zone(master)).date() - timedelta(days=1)


def _moved(wall: datetime, by: timedelta) -> datetime:
    """A same-zone sum moves the wall clock, as wanted here."""
    return (wall + by).astimezone(UTC)


def _id(master: SimulatedMailboxEvent, day: date) -> str:
    return f"{master.pk[:-1]}-{day:%Y%m%d}="


def _zone(master: SimulatedMailboxEvent) -> tzinfo:
    named = (master.recurrence or {}).get("range", {}).get("recurrenceTimeZone")
    return known_zone(named or master.time_zone)
