"""Settle what the calendar left open: bookings without an answer, events that have to go."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from conversations.models import Meeting, MeetingState
from conversations.services import meeting_telling
from conversations.services.meeting_calendar import (
    RETRY_EVERY,
    Tell,
    deadline_of,
    put,
    release,
    take_away,
    tell_nobody,
)
from conversations.services.meeting_claims import NO_ANSWER, meetings_with_host
from conversations.services.meeting_results import Settled, status_of, summary_of
from integrations.scheduling import Calendar

logger = logging.getLogger(__name__)

AT_ONCE = 20


def finish_pending(
    *, calendar: Calendar, now: datetime, tell: Tell = tell_nobody
) -> tuple[Settled, ...]:
    """Ask the calendar about everything left open and say what got settled.

    `tell` is called inside the transaction that settles a booking, with the row: queue the message
    to the lead there and it can be neither lost nor doubled.
    """
    settled: list[Settled] = []

    def note(meeting: Meeting) -> None:
        if meeting.state == MeetingState.CONFIRMED:
            meeting_telling.tell_host(meeting, by=None, now=now)
        settled.append(settled_of(meeting))
        tell(meeting)

    for meeting in _due(now):
        try:
            _settle(meeting, calendar, now, note)
        except Exception:
            # One that trips over a bug of ours is asked again in a minute and holds up no other.
            logger.exception("a meeting could not be settled")
    return tuple(settled)


def settled_of(meeting: Meeting) -> Settled:
    """What to tell the lead of a meeting that was pending."""
    old = meeting.replaces
    return Settled(
        conversation_id=meeting.lead.conversation.pk,
        status=status_of(meeting),
        meeting=summary_of(meeting),
        moved=old is not None and old.state != MeetingState.OVER,
    )


def take_away_replaced(old: Meeting, calendar: Calendar, now: datetime) -> None:
    """After a move to another host the old one's event goes; the same host's just moved."""
    old = meetings_with_host().get(pk=old.pk)
    if old.state == MeetingState.RESCHEDULED and old.sync_due_at is not None:
        take_away(old, calendar=calendar, now=now)


def _due(now: datetime) -> list[Meeting]:
    """Take a few that are due, pushed back first so that two sweepers do not both ask."""
    with transaction.atomic():
        due = Meeting.objects.select_for_update(skip_locked=True, no_key=True).filter(
            sync_due_at__lte=now
        )
        ids = list(due.order_by("sync_due_at").values_list("pk", flat=True)[:AT_ONCE])
        Meeting.objects.filter(pk__in=ids).update(sync_due_at=now + RETRY_EVERY)
    return list(meetings_with_host().select_related("lead__conversation").filter(pk__in=ids))


def _settle(meeting: Meeting, calendar: Calendar, now: datetime, tell: Tell) -> None:
    try:
        if meeting.state == MeetingState.BOOKING:
            _finish(meeting, calendar, now, tell)
        else:
            take_away(meeting, calendar=calendar, now=now)
    finally:
        # A hold ends at its hour, whatever keeps the calendar from answering.
        if meeting.state == MeetingState.BOOKING and now >= deadline_of(meeting):
            release(meeting, problem=NO_ANSWER, may_stand=True, now=now, tell=tell)


def _finish(meeting: Meeting, calendar: Calendar, now: datetime, tell: Tell) -> None:
    put(meeting, calendar=calendar, resumed=True, now=now, tell=tell)
    if meeting.replaces is not None:
        take_away_replaced(meeting.replaces, calendar, now)
