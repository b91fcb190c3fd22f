"""Meetings that the calendar settled late: the lead is told in the same transaction."""

from __future__ import annotations

from datetime import datetime

from agent import host_news
from agent.context import language_of, meeting_view
from agent.playbook.schema import parse_playbook
from agent.playbook.store import published
from agent.turn import BookingStatus, HandoffWhy
from agent.wording import confirmation, first_name, hand_off
from conversations.models import ChangedBy, HandoffReason, Meeting, MeetingState
from conversations.services import handoff, lanes, meetings, outbound
from conversations.services.meetings import Settled, settled_of
from integrations.scheduling import Calendar


def settle(*, calendar: Calendar, now: datetime) -> None:
    """Close what lies behind and finish what the calendar left open; holds end here."""
    meetings.close_past(now=now)

    def tell(meeting: Meeting) -> None:
        _tell(settled_of(meeting), meeting, now)

    meetings.finish_pending(calendar=calendar, now=now, tell=tell)


def _tell(settled: Settled, row: Meeting, now: datetime) -> None:
    """Confirmed: say so. Anything else disappoints somebody who was promised a hold: a human."""
    if row.moved_by == ChangedBy.STAFF:
        _tell_of_staff(row, now)
        return
    conversation = row.lead.conversation
    language = language_of(conversation)
    if settled.status == BookingStatus.CONFIRMED.value:
        text = confirmation(
            meeting_view(settled.meeting),
            language,
            name=first_name(row.lead.name),
            moved=settled.moved,
            note=parse_playbook(published(now=now).content).meeting_note,
        )
    else:
        text = hand_off(HandoffWhy.PROVIDER_DOWN, language)
        handoff.hand_off(
            conversation_id=conversation.pk, reason=HandoffReason.PROVIDER_DOWN, now=now
        )
    outbound.queue_system_message(conversation_id=conversation.pk, text=text, now=now)


def _tell_of_staff(row: Meeting, now: datetime) -> None:
    """The lead knows of no hold: what came to nothing is for staff to see."""
    if row.state == MeetingState.CONFIRMED:
        host_news.tell_staff_change(row, now=now)
        return
    conversation = lanes.lock_current(row.lead.conversation.pk)
    handoff.ask_to_look(conversation=conversation, reason=HandoffReason.PROVIDER_DOWN, now=now)
