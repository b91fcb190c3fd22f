"""The one way from a meeting's state to another: along the drawing in Meeting, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet
from psycopg.types.range import Range

from conversations.models import NEXT_STATES, TAKES_TIME, Conflict, Meeting, MeetingState

COMES_FROM: Mapping[MeetingState, frozenset[MeetingState]] = {
    to: frozenset(state for state, following in NEXT_STATES.items() if to in following)
    for to in MeetingState
}
# More than these are closed in the next round, seconds later.
AT_ONCE = 200
NO_CONFLICT: Mapping[str, Any] = {"conflict": "", "conflict_at": None, "conflict_during": None}


class MeetingStateError(Exception):
    """This does not follow from the state that the meeting is in; nothing was changed."""

    def __init__(self, state: str, to: MeetingState) -> None:
        super().__init__(f"A meeting that is {state} does not become {to}.")


def advance_all(rows: QuerySet[Meeting], to: MeetingState, **changes: Any) -> int:
    """Bring those meetings on that may go there; the others stay as they are.

    What has ended is neither watched any more nor in anybody's way.
    """
    if to not in TAKES_TIME:
        changes = {"check_due_at": None, **NO_CONFLICT, **changes}
    return rows.filter(state__in=COMES_FROM[to]).update(state=to, **changes)


def advance(meeting: Meeting, to: MeetingState, **changes: Any) -> None:
    """Bring a meeting on, or raise MeetingStateError."""
    moved = advance_all(Meeting.objects.filter(pk=meeting.pk), to, **changes)
    meeting.refresh_from_db(fields=["state", *changes])
    if not moved:
        raise MeetingStateError(meeting.state, to)


def close_past(*, now: datetime, lead_id: UUID | None = None) -> int:
    """Meetings whose time has passed are over; how they went is for staff to say.

    One that is being moved waits for the calendar's answer: it may stand at another time.
    """
    moves = Meeting.objects.filter(replaces=OuterRef("pk"), state=MeetingState.BOOKING)
    past = Meeting.objects.filter(
        ~Exists(moves), state=MeetingState.CONFIRMED, during__endswith__lte=now
    )
    if lead_id is not None:
        past = past.filter(lead=lead_id)
    due = Meeting.objects.filter(pk__in=past.order_by("pk").values("pk")[:AT_ONCE])
    return advance_all(due, MeetingState.OVER, ended_at=F("during__endswith"))


def note_conflict(
    rows: QuerySet[Meeting], conflict: Conflict, during: Range[datetime], *, now: datetime
) -> bool:
    """Leave it for a colleague; False where the very same was noted before, seen to or not."""
    new = rows.exclude(conflict=conflict, conflict_during=during)
    return bool(new.update(conflict=conflict, conflict_at=now, conflict_during=during))
