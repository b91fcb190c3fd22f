"""Meetings with something else in their way: a colleague decides what becomes of them.

A conflict is open while `conflict_at` says since when. Seen to, the row keeps what was in the way,
so that the very same is not noted again.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from conversations.models import TAKES_TIME, Meeting, MeetingState
from conversations.services.meeting_claims import lock_lead

OPEN = Q(conflict_at__isnull=False, state=MeetingState.CONFIRMED)


def is_open(meeting: Meeting) -> bool:
    """Whether somebody still has to look at it: one that is over, moved or called off is settled."""
    return meeting.conflict_at is not None and meeting.state == MeetingState.CONFIRMED


def keep_both(*, meeting_id: UUID) -> bool:
    """Leave the meeting and what is in its way as they are; False where nothing was open."""
    with transaction.atomic():
        lock_lead(Q(meetings=meeting_id))
        rows = Meeting.objects.filter(OPEN, pk=meeting_id)
        return bool(rows.update(conflict_at=None))


def meeting_in_the_way(meeting: Meeting) -> Meeting | None:
    """Another meeting of ours at that time, if it is one."""
    if not is_open(meeting) or meeting.conflict_during is None:
        return None
    others = Meeting.objects.filter(
        salesperson=meeting.salesperson_id,
        state__in=TAKES_TIME,
        during__overlap=meeting.conflict_during,
    )
    return others.exclude(pk=meeting.pk).select_related("lead").order_by("during").first()
