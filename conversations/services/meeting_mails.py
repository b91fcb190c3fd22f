"""What a salesperson reads by e-mail of a meeting that others changed, or that collides."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conversations.models import Conflict, Meeting, MeetingState, Notice

Kind = Notice.Kind


def still_holds(notice: Notice, meeting: Meeting) -> bool:
    """Whether the meeting is still as it was when the notice was made: it may leave late."""
    if notice.kind == Kind.CANCELLED:
        return meeting.state in (MeetingState.CANCELLED, MeetingState.RESCHEDULED)
    if _is_of_conflict(notice, meeting) and notice.happened_at != meeting.conflict_at:
        return False
    return meeting.state == MeetingState.CONFIRMED


def subject_and_lines(notice: Notice, meeting: Meeting, *, name: str) -> tuple[str, list[str]]:
    """In the language at hand; times on the salesperson's clock."""
    with timezone.override(meeting.salesperson.time_zone):
        what = {"name": name, "when": _at(meeting.during.lower)}
        if notice.kind == Kind.CANCELLED:
            return _cancelled(meeting, what)
        if _is_of_conflict(notice, meeting):
            return _in_conflict(meeting, what)
        if notice.kind == Kind.MOVED:
            return _moved(meeting, what)
    subject = _("New meeting: %(name)s, %(when)s") % what
    return subject, [_("%(name)s has a meeting with you: %(when)s.") % what]


def _is_of_conflict(notice: Notice, meeting: Meeting) -> bool:
    """Of something that is in its way, and not of the booking itself."""
    return notice.kind == Kind.BOOKED and notice.happened_at != meeting.confirmed_at


def _cancelled(meeting: Meeting, what: dict[str, str]) -> tuple[str, list[str]]:
    lines = [_("The meeting with %(name)s is off: %(when)s.") % what]
    if meeting.cancel_comment:
        lines.append(_("Reason: %(reason)s") % {"reason": meeting.cancel_comment})
    return _("Cancelled: %(name)s, %(when)s") % what, lines


def _moved(meeting: Meeting, what: dict[str, str]) -> tuple[str, list[str]]:
    lines = [_("The meeting with %(name)s is now: %(when)s.") % what]
    if meeting.replaces is not None:
        lines.append(_("Before: %(when)s") % {"when": _at(meeting.replaces.during.lower)})
    return _("Moved: %(name)s, %(when)s") % what, lines


def _in_conflict(meeting: Meeting, what: dict[str, str]) -> tuple[str, list[str]]:
    lines = [_("The meeting with %(name)s stands, and the lead knows: %(when)s.") % what]
    lines.append(str(Conflict(meeting.conflict).label) + _conflict_time(meeting))
    lines.append(_("Keep both, or move one of them."))
    return _("Two things at once: %(name)s, %(when)s") % what, lines


def _conflict_time(meeting: Meeting) -> str:
    during = meeting.conflict_during
    return f": {_at(during.lower)} – {_at(during.upper)}" if during else ""


def _at(instant: datetime) -> str:
    return str(date_format(timezone.localtime(instant), "DATETIME_FORMAT"))
