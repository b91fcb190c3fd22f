"""Follow-ups in words: for the thread's side panel, the lead page and their own list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from conversations.admin import badges, dates, regions
from conversations.models import FollowUp, Lead
from conversations.problem_words import problem_of
from conversations.services import follow_up_rules

# Beside what is planned.
RECENT = 5
TONES: Mapping[str, str] = {
    FollowUp.State.PLANNED: "blue",
    FollowUp.State.QUEUED: "green",
    FollowUp.State.CANCELLED: "grey",
    FollowUp.State.SKIPPED: "amber",
}


@dataclass(frozen=True)
class FollowUpLine:
    """One planned message, in the viewer's zone and, where it differs, the lead's."""

    what: str
    due: str
    lead_due: str
    state: str
    reason: str
    cancel_url: str


def load(*, lead: Lead) -> tuple[FollowUpLine, ...]:
    """What is planned, soonest first, and the last few that were. One query."""
    rows = follow_up_rules.judged().filter(conversation__lead=lead).select_related("message")
    newest = list(rows.order_by("-created_at", "-id")[: 2 * RECENT])
    ahead = sorted((row for row in newest if is_planned(row)), key=lambda row: row.due_at)
    past = [row for row in newest if not is_planned(row)][:RECENT]
    return tuple(_line(row, lead) for row in (*ahead, *past))


def is_planned(row: Any) -> bool:
    """Whether it will be said, as far as we know now."""
    return follow_up_rules.standing(row)[0] == FollowUp.State.PLANNED


def what_text(row: FollowUp) -> str:
    """Nudge 1, Reminder of the meeting 2."""
    return f"{row.get_kind_display()} {row.step + 1}"


def state_badge(row: Any) -> SafeString:
    """The state in a word."""
    state, _reason = follow_up_rules.standing(row)
    return badges.badge(state.label, TONES[state])


def reason_text(row: Any) -> str:
    """Why it was not said, or why what was queued did not arrive."""
    if row.state == FollowUp.State.QUEUED:
        problem = problem_of(row.message) if row.message else None
        return problem.what if problem else ""
    _state, reason = follow_up_rules.standing(row)
    return str(FollowUp.Reason(reason).label) if reason else ""


def lead_time(due_at: datetime, lead: Lead) -> str:
    """The same moment on the lead's clock; "" where it shows what ours does, or is unknown."""
    if not lead.time_zone:
        return ""
    zone = ZoneInfo(lead.time_zone)
    if due_at.astimezone(zone).utcoffset() == timezone.localtime(due_at).utcoffset():
        return ""
    with timezone.override(zone):
        return f"{dates.exactly(due_at)} · {regions.zone_text(lead.time_zone, now=due_at)}"


def _line(row: Any, lead: Lead) -> FollowUpLine:
    address = "admin:conversations_followup_cancel"
    return FollowUpLine(
        what=what_text(row),
        due=dates.exactly(row.due_at),
        lead_due=lead_time(row.due_at, lead),
        state=state_badge(row),
        reason=reason_text(row),
        cancel_url=reverse(address, args=[row.pk]) if is_planned(row) else "",
    )
