"""How a meeting went: staff say so, nobody guesses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from conversations.models import Meeting, MeetingState
from conversations.services import leads
from conversations.services.meeting_claims import lock_lead
from conversations.services.meeting_states import COMES_FROM, MeetingStateError, advance

OUTCOMES = (MeetingState.COMPLETED, MeetingState.NO_SHOW)


def possible_outcomes(meeting: Meeting, *, now: datetime) -> tuple[MeetingState, ...]:
    """What staff may say of this meeting now: nothing before it has begun."""
    if meeting.during.lower > now:
        return ()
    return tuple(each for each in OUTCOMES if meeting.state in COMES_FROM[each])


def note_outcome(*, meeting_id: UUID, outcome: MeetingState, now: datetime) -> None:
    """Store that a meeting took place or that the lead did not come; again changes nothing.

    The lead's stage follows, also when an outcome is corrected.

    Raises MeetingStateError where nothing of the kind can have happened.
    """
    with transaction.atomic():
        lock_lead(Q(meetings=meeting_id))
        meeting = Meeting.objects.get(pk=meeting_id)
        if outcome in OUTCOMES and meeting.state == outcome:
            return
        if outcome not in possible_outcomes(meeting, now=now):
            raise MeetingStateError(meeting.state, outcome)
        corrected = meeting.state == MeetingState.NO_SHOW
        advance(meeting, outcome, ended_at=meeting.ended_at or now)
        if outcome == MeetingState.NO_SHOW:
            leads.leave_meeting(lead_id=meeting.lead_id)
        elif corrected:
            leads.enter_meeting(lead_id=meeting.lead_id)
