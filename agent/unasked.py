"""The words of a nudge, a reminder or after a no-show: free within the window, by a template outside of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from agent import missed_meetings
from agent.context import language_of, meeting_view
from agent.playbook.schema import FollowUpRules, Playbook
from agent.turn import Language
from agent.wording import clock, date_and_time, day_name, first_name, pick, reminder
from conversations.models import FollowUp, Meeting
from conversations.services import template_messages
from conversations.services.follow_ups import Skip
from conversations.services.meeting_results import OfferedSlot, summary_of
from conversations.services.outbound import Draft

Kinds, Reasons = FollowUp.Kind, FollowUp.Reason
# It has to leave before the window closes: sends may wait in line for a moment.
MARGIN = timedelta(minutes=1)


def draft(
    playbook: Playbook, row: FollowUp, *, now: datetime, found: Sequence[OfferedSlot] = ()
) -> Draft | Skip:
    """What it says at this moment, or why nothing can be said."""
    closes_at = row.conversation.window_expires_at
    if closes_at is not None and closes_at > now + MARGIN:
        if row.kind == Kinds.NO_SHOW:
            return missed_meetings.draft(playbook, row, found=found, now=now)
        return Draft(_text(playbook, row))
    return _by_template(playbook, row)


def _text(playbook: Playbook, row: FollowUp) -> str:
    language = language_of(row.conversation)
    if row.meeting is None:
        return pick(playbook.follow_ups.nudges[row.step].text, language)
    return reminder(
        meeting_view(summary_of(row.meeting)),
        language,
        name=first_name(row.conversation.lead.name),
        zone=_zone(row.meeting),
        note=playbook.meeting_note,
    )


def _by_template(playbook: Playbook, row: FollowUp) -> Draft | Skip:
    rules, language = playbook.follow_ups, language_of(row.conversation)
    name = _template_name(rules, row)
    others = _values(row.meeting, language) if row.meeting else {}
    try:
        return template_messages.prepare(
            name=name, language=language, lead=row.conversation.lead, others=others
        )
    except template_messages.MarketingOptedOutError:
        return Skip(Reasons.OPTED_OUT)
    except (template_messages.TemplateNotReadyError, template_messages.TemplateValuesError):
        return Skip(Reasons.WINDOW_CLOSED)


def _template_name(rules: FollowUpRules, row: FollowUp) -> str:
    if row.kind == Kinds.NO_SHOW:
        return rules.no_show_template
    return rules.reminder_template if row.meeting else rules.nudges[row.step].template


def _values(meeting: Meeting, language: Language) -> Mapping[int, Sequence[str]]:
    """What fills a template's places beside the name, by how many there are."""
    starts_at, zone = meeting.during.lower, _zone(meeting)
    day, hour = day_name(starts_at, zone, language), clock(starts_at, zone, language)
    host = summary_of(meeting).host
    return {1: (date_and_time(starts_at, zone, language),), 2: (day, hour), 3: (day, hour, host)}


def _zone(meeting: Meeting) -> str:
    """The lead's, as it is now."""
    return meeting.lead.time_zone or meeting.time_zone
