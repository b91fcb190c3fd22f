"""What happened to a meeting, from its booking on: by whom, from when to when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from conversations.admin import badges, dates
from conversations.admin.meeting_lines import when_text
from conversations.models import ChangedBy, Meeting, MeetingState

# A button writes the row, asks the calendar, and notes who pressed it.
AT_ONCE = timedelta(minutes=2)
SHOWN_NOTES = 50


@dataclass(frozen=True)
class Event:
    """One thing that happened. `meeting_id` is the row whose button did it, "" staff did not."""

    at: datetime
    what: str
    by: str = ""
    meeting_id: UUID | None = None

    @property
    def when(self) -> str:
        """In the viewer's zone."""
        return dates.exactly(self.at)


def load(meeting: Meeting) -> list[Event]:
    """The whole chain of moves that this meeting is a part of, oldest first. Two queries."""
    others = Meeting.objects.filter(lead=meeting.lead_id).select_related("salesperson__user")
    chain = _chain(meeting, {row.pk: row for row in others})
    events = [
        event
        for row, before in zip(chain, [None, *chain], strict=False)
        for event in _events(row, before)
    ]
    return sorted(_signed(events, _notes(chain)), key=lambda event: event.at)


def _chain(meeting: Meeting, rows: dict[UUID, Meeting]) -> list[Meeting]:
    after = {row.replaces_id: row for row in rows.values() if _counts(row)}
    first = meeting
    while first.replaces_id in rows:
        first = rows[first.replaces_id]
    chain = [first]
    while chain[-1].pk in after:
        chain.append(after[chain[-1].pk])
    return chain if meeting in chain else [*chain, meeting]


def _counts(row: Meeting) -> bool:
    """A move that came to nothing left everything as it was."""
    return row.replaces_id is not None and row.state != MeetingState.RELEASED


def _events(row: Meeting, before: Meeting | None) -> Iterator[Event]:
    if before is None:
        yield Event(row.created_at, _("Booked for %(when)s") % {"when": _where(row, None)})
    else:
        words = {"before": when_text(before), "after": _where(row, before)}
        moved = _("Moved from %(before)s to %(after)s") % words
        is_staff = row.moved_by == ChangedBy.STAFF
        yield Event(row.created_at, moved, _who(row.moved_by), before.pk if is_staff else None)
    if row.state == MeetingState.CANCELLED and row.ended_at:
        what = str(MeetingState.CANCELLED.label)
        if row.cancel_comment:
            what = f"{what}: {row.cancel_comment}"
        is_staff = row.cancelled_by == ChangedBy.STAFF
        yield Event(row.ended_at, what, _who(row.cancelled_by), row.pk if is_staff else None)
    if row.state == MeetingState.RELEASED and row.ended_at:
        yield Event(row.ended_at, _("Not booked: the time was given back"))


def _where(row: Meeting, before: Meeting | None) -> str:
    """When, and with whom where that changed."""
    if before is not None and before.salesperson_id == row.salesperson_id:
        return when_text(row)
    return f"{when_text(row)} · {row.salesperson}"


def _who(changed_by: str) -> str:
    return str(ChangedBy(changed_by).label) if changed_by else ""


def _notes(chain: Sequence[Meeting]) -> list[LogEntry]:
    """What colleagues did with the buttons of these pages."""
    rows = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Meeting),
        object_id__in=[str(row.pk) for row in chain],
    )
    return list(rows.select_related("user").order_by("action_time")[:SHOWN_NOTES])


def _signed(events: Sequence[Event], notes: Sequence[LogEntry]) -> list[Event]:
    """Put the names to what staff did; what only a note tells is told by it."""
    left = list(notes)
    signed = []
    for event in events:
        note = next((each for each in left if _is_about(each, event)), None)
        if note is None:
            signed.append(event)
        else:
            left.remove(note)
            signed.append(Event(event.at, event.what, _name(note)))
    told = [Event(note.action_time, note.get_change_message(), _name(note)) for note in left]
    return [*signed, *told]


def _is_about(note: LogEntry, event: Event) -> bool:
    same_row = event.meeting_id is not None and note.object_id == str(event.meeting_id)
    return same_row and timedelta() <= note.action_time - event.at < AT_ONCE


def _name(note: LogEntry) -> str:
    return badges.name_of(note.user) or ""
