"""Keeps the briefs in calendars up to date: facts come, names get corrected after a booking.

Level-triggered: what counts is whether the text that we would write now is the one that stands
there. A round that fails, or never runs, is made up for by the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from conversations import connections
from conversations.models import Fact, Meeting, MeetingState
from conversations.services.meeting_brief import (
    Labels,
    booking_with,
    digest_of,
    labels_in,
    language_of,
)
from conversations.services.meeting_claims import meetings_with_host
from integrations.scheduling import Booking, Calendar, CalendarError

Clock = Callable[[], datetime]

# Facts of this long ago have been seen by earlier rounds.
RECENT = timedelta(minutes=15)
# A worker that is told to stop waits 20 s for what runs.
LONGEST_ROUND = timedelta(seconds=10)
AT_ONCE = 20
BATCH = 200


def refresh(*, calendar: Calendar, clock: Clock, everything: bool = False) -> int:
    """Write anew what changed lately, or wherever it differs; says how many were written."""
    if not calendar.is_shared:
        return 0
    now = clock()
    end, written = now + LONGEST_ROUND, 0
    silent: set[int] = set()
    for meeting, booking in _outdated(now, since=None if everything else now - RECENT):
        if written == AT_ONCE or clock() >= end:
            break
        if meeting.salesperson_id in silent:
            continue
        if _write(meeting, booking, calendar, clock()):
            written += 1
        else:
            silent.add(meeting.salesperson_id)
    return written


def _outdated(now: datetime, *, since: datetime | None) -> Iterable[tuple[Meeting, Booking]]:
    """Soonest first, those whose text would be another by now."""
    rows = meetings_with_host().select_related("lead__conversation")
    rows = rows.filter(state=MeetingState.CONFIRMED, during__startswith__gt=now)
    rows = rows.exclude(event_id="").order_by("during", "pk")
    if since is not None:
        learned = Q(created_at__gt=since) | Q(superseded_at__gt=since)
        rows = rows.filter(Exists(Fact.objects.filter(learned, lead=OuterRef("lead"))))
    ahead = list(rows)
    labels: dict[str, Labels] = {}
    for first in range(0, len(ahead), BATCH):
        some = ahead[first : first + BATCH]
        facts = _facts([meeting.lead_id for meeting in some])
        for meeting in some:
            language = language_of(meeting.lead)
            if language not in labels:
                labels[language] = labels_in(language)
            booking = booking_with(meeting, facts[meeting.lead_id], labels[language])
            if digest_of(booking) != meeting.brief_digest:
                yield meeting, booking


def _facts(lead_ids: Collection[UUID]) -> Mapping[UUID, list[Fact]]:
    found: dict[UUID, list[Fact]] = defaultdict(list)
    rows = Fact.objects.filter(lead__in=lead_ids, superseded_at__isnull=True)
    for fact in rows.order_by("created_at", "id"):
        found[fact.lead_id].append(fact)
    return found


def _write(meeting: Meeting, booking: Booking, calendar: Calendar, now: datetime) -> bool:
    """False where the mailbox did not answer: its other meetings wait for the next round."""
    connections.give_back()
    rows = Meeting.objects.filter(pk=meeting.pk, state=MeetingState.CONFIRMED)
    try:
        calendar.rewrite(booking, event_id=meeting.event_id)
    except CalendarError as error:
        if error.gone:
            # Somebody called it off there: to be looked at, not to be written to.
            rows.update(check_due_at=now)
        return error.gone
    rows.update(brief_digest=digest_of(booking))
    return True
