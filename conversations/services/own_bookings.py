"""Our own meetings as the slot engine sees them; the calendar may not know of them yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from psycopg.types.range import Range

from conversations.models import Meeting, MeetingState
from conversations.services.slots import OwnMeeting

# Ended ones too: a day's cap counts what took place this morning.
STAND = [
    MeetingState.BOOKING,
    MeetingState.CONFIRMED,
    MeetingState.OVER,
    MeetingState.COMPLETED,
    MeetingState.NO_SHOW,
]
# The whole of the first and the last day, whatever the zone.
WHOLE_DAYS = timedelta(days=2)


def own_bookings(
    host_ids: Collection[int], *, starts_at: datetime, ends_at: datetime
) -> Mapping[int, Sequence[OwnMeeting]]:
    """Each salesperson's meetings on the days from one moment to the other."""
    rows = Meeting.objects.filter(
        state__in=STAND,
        salesperson__in=host_ids,
        during__overlap=Range(starts_at - WHOLE_DAYS, ends_at + WHOLE_DAYS),
    )
    found: dict[int, list[OwnMeeting]] = defaultdict(list)
    # The ends apart: psycopg takes twice as long to read a range.
    columns = ("salesperson_id", "during__startswith", "during__endswith", "pk", "state")
    for host_id, begins, ends, meeting_id, state, replaces_id in rows.values_list(
        *columns, "replaces_id"
    ):
        # Once it is confirmed, the one that it replaced is gone.
        root = replaces_id if state == MeetingState.BOOKING else None
        found[host_id].append(OwnMeeting(begins, ends, meeting_id, root or meeting_id))
    return found
