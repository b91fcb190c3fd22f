"""Where a plan is missing: leads who have gone silent, and meetings of which nobody reminds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef

from conversations.models import FollowUp, Meeting, MeetingState
from conversations.services.follow_ups import BATCH


@dataclass(frozen=True)
class Silence:
    """A lead who has not answered our last words.

    `anchor` is their own last message; `step` nudges were said or skipped since. `due_at` is when
    the next one is to be said, before anybody looks at the hours.
    """

    conversation_id: UUID
    anchor: UUID
    step: int
    due_at: datetime
    time_zone: str


def silences(
    *, after: Sequence[timedelta], since: datetime, too_late: datetime, now: datetime
) -> list[Silence]:
    """Those in which something was last said after `since` and nothing is planned, latest first.

    `after` is how long after our last words each nudge comes, but never sooner after the one before
    than the first one after our words. What was due by `too_late` is left alone.
    """
    if not after:
        return []
    return _ask(FRESH, after=list(after), since=since, too_late=too_late, now=now)


def silences_of(
    conversation_ids: Collection[UUID], *, after: Sequence[timedelta]
) -> dict[UUID, Silence]:
    """Those of these conversations, whatever is planned there."""
    if not after:
        return {}
    found = _ask(NAMED, after=list(after), ids=list(conversation_ids))
    return {silence.conversation_id: silence for silence in found}


def unreminded(*, step: int, before: timedelta, now: datetime) -> list[Meeting]:
    """Confirmed meetings of whose reminder, this long before them, there is no row yet."""
    known = FollowUp.objects.filter(kind=FollowUp.Kind.REMINDER, anchor=OuterRef("pk"), step=step)
    rows = Meeting.objects.filter(
        ~Exists(known),
        state=MeetingState.CONFIRMED,
        during__startswith__gt=now + before,
        lead__opted_out_at=None,
        lead__conversation__isnull=False,
    )
    return list(rows.select_related("lead__conversation").order_by("during")[:BATCH])


def missed(*, since: datetime) -> list[Meeting]:
    """Meetings that ended since then, to which the lead did not come, and nothing is planned."""
    known = FollowUp.objects.filter(kind=FollowUp.Kind.NO_SHOW, anchor=OuterRef("pk"))
    rows = Meeting.objects.filter(
        ~Exists(known),
        state=MeetingState.NO_SHOW,
        during__endswith__gt=since,
        lead__opted_out_at=None,
        lead__conversation__isnull=False,
    )
    return list(rows.select_related("lead__conversation").order_by("during")[:BATCH])


def _ask(statement: str, **values: Any) -> list[Silence]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, "batch": BATCH})
        return [Silence(*row) for row in cursor.fetchall()]


# Bot mode, our words the last ones and sent, nobody booked, closed or opted out: the same as in
# follow_up_rules.planned, seen from the conversation. A nudge that a colleague or an event called
# off ends its silence; one that the rules no longer held does not.
SILENT = """
SELECT c.id, theirs.id, passed.steps, next.due, l.time_zone
  FROM conversations_conversation c
  JOIN conversations_lead l ON l.id = c.lead_id
 CROSS JOIN LATERAL (
    SELECT author, state FROM conversations_message
     WHERE conversation_id = c.id AND state <> 'cancelled' AND kind <> 'system'
     ORDER BY number DESC LIMIT 1) last
 CROSS JOIN LATERAL (
    SELECT id FROM conversations_message
     WHERE conversation_id = c.id AND direction = 'inbound' AND kind <> 'system'
     ORDER BY number DESC LIMIT 1) theirs
 CROSS JOIN LATERAL (
    SELECT coalesce(sent_at, occurred_at) AS at FROM conversations_message
     WHERE conversation_id = c.id AND author = 'bot' AND state <> 'cancelled'
       AND NOT content ? 'leave_by'
     ORDER BY number DESC LIMIT 1) words
 CROSS JOIN LATERAL (
    SELECT coalesce(max(step) + 1, 0) AS steps, max(ended_at) AS at,
           bool_or(state = 'cancelled' AND reason <> 'rules_changed') AS called_off
      FROM conversations_followup
     WHERE kind = 'nudge' AND anchor = theirs.id AND state <> 'planned') passed
 CROSS JOIN LATERAL (
    SELECT greatest(words.at + (%(after)s::interval[])[passed.steps + 1],
                    passed.at + (%(after)s::interval[])[1]) AS due) next
 WHERE c.mode = 'bot' AND c.answer_due_at IS NULL
   AND l.opted_out_at IS NULL AND l.stage NOT IN ('meeting', 'won', 'lost')
   AND last.author = 'bot' AND last.state IN ('sent', 'delivered', 'read')
   AND passed.steps < cardinality(%(after)s::interval[]) AND passed.called_off IS NOT TRUE
   AND NOT EXISTS (SELECT FROM conversations_meeting
                    WHERE lead_id = l.id AND state IN ('booking', 'confirmed'))
   AND {narrowed}
 ORDER BY next.due DESC
 LIMIT %(batch)s
"""
FRESH = SILENT.format(
    narrowed="""c.last_message_at > %(since)s AND c.last_message_at <= %(now)s
   AND next.due > %(too_late)s
   AND NOT EXISTS (SELECT FROM conversations_followup
                    WHERE conversation_id = c.id AND kind = 'nudge' AND state = 'planned')"""
)
NAMED = SILENT.format(narrowed="c.id = ANY(%(ids)s)")
