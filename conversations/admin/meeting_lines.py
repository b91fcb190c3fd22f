"""A meeting in a line: when, how it stands, and what is in its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.admin import badges, dates
from conversations.models import Conflict, Lead, Meeting
from conversations.services import meeting_conflicts

RECENT_MEETINGS = 5
# A conflict has a time, unless somebody cleared it half.
NO_TIME = "–"


@dataclass(frozen=True)
class MeetingLine:
    """A meeting in the viewer's zone."""

    url: str
    keep_url: str
    move_url: str
    when: str
    state: str
    host: str
    join_url: str
    conflict: str


def load_meetings(*, lead: Lead) -> tuple[MeetingLine, ...]:
    """The newest few."""
    rows = Meeting.objects.filter(lead=lead).select_related("salesperson__user")
    return tuple(_line(row) for row in rows.order_by("-during")[:RECENT_MEETINGS])


def when_text(meeting: Meeting) -> str:
    """Day and hours in the viewer's zone."""
    return span_text(meeting.during.lower, meeting.during.upper)


def span_text(starts_at: datetime, ends_at: datetime) -> str:
    """Day and hours in the viewer's zone; both days where it is longer than one."""
    starts_at, ends_at = timezone.localtime(starts_at), timezone.localtime(ends_at)
    if starts_at.date() == ends_at.date():
        return f"{dates.day_of_year(starts_at)}, {starts_at:%H:%M}–{ends_at:%H:%M}"
    first, last = dates.day_of_year(starts_at), dates.day_of_year(ends_at)
    return f"{first}, {starts_at:%H:%M} – {last}, {ends_at:%H:%M}"


def conflict_text(meeting: Meeting) -> str:
    """What is in the way and when, while nobody has seen to it."""
    if not meeting_conflicts.is_open(meeting):
        return ""
    during = meeting.conflict_during
    span = span_text(during.lower, during.upper) if during else NO_TIME
    if meeting.conflict == Conflict.CANNOT_FOLLOW:
        what = _(
            "%(host)s moved it in the calendar to %(when)s: another meeting is there, it has "
            "passed, or it is a whole day. Here it still stands at its old time, and the lead "
            "knows of nothing."
        )
    else:
        what = _("Something else is in the calendar of %(host)s: %(when)s.")
    return what % {"host": meeting.salesperson, "when": span}


def _line(meeting: Meeting) -> MeetingLine:
    return MeetingLine(
        url=reverse("admin:conversations_meeting_change", args=[meeting.pk]),
        keep_url=reverse("admin:conversations_meeting_keep", args=[meeting.pk]),
        move_url=reverse("admin:conversations_meeting_move", args=[meeting.pk]),
        when=when_text(meeting),
        state=badges.meeting_badge(meeting.state),
        host=str(meeting.salesperson),
        join_url=meeting.join_url if meeting.join_url.startswith("https://") else "",
        conflict=conflict_text(meeting),
    )
