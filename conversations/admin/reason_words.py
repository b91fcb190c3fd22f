"""Why a time is not offered, in a sentence, and what to change so that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from conversations.admin import dates
from conversations.admin.hours import windows_text
from conversations.admin.mailbox_words import advice_on
from conversations.models import Salesperson
from conversations.services.slot_reasons import Code, Reason


@dataclass(frozen=True)
class Explained:
    """One reason. `link` opens what can be changed, `link_text` says what that is."""

    code: str
    what: str
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True)
class Asked:
    """The time that somebody asks about, on the salesperson's clock."""

    host: Salesperson
    local: datetime

    @property
    def zone(self) -> ZoneInfo:
        """Whose clock it is."""
        return ZoneInfo(self.host.time_zone)


def explained(reason: Reason, asked: Asked) -> Explained:
    """Put it into words."""
    what, field, link_text = WORDS[reason.code](reason, asked)
    if reason.meeting_id:
        meeting = reverse("admin:conversations_meeting_change", args=[reason.meeting_id])
        return Explained(str(reason.code), what, meeting, _("Open the meeting"))
    person = reverse("admin:conversations_salesperson_change", args=[asked.host.pk])
    return Explained(str(reason.code), what, f"{person}#{field}" if field else "", link_text)


Said = tuple[str, str, str]


def _clock(_reason: Reason, _asked: Asked) -> Said:
    return _("The clocks change then: this time is skipped or comes twice."), "", ""


def _host(_reason: Reason, asked: Asked) -> Said:
    if not asked.host.user.is_active:
        return _("Their account is switched off."), "", ""
    return _("They take no meetings."), "id_takes_meetings", _("Change it")


def _mailbox(reason: Reason, _asked: Asked) -> Said:
    what = _("Their calendar cannot be read: %(detail)s") % {"detail": reason.label}
    return f"{what} {advice_on(reason.label)}", "id_mailbox", _("Check the mailbox")


def _past(_reason: Reason, _asked: Asked) -> Said:
    return _("This time has passed."), "", ""


def _too_soon(reason: Reason, asked: Asked) -> Said:
    what = _("Too soon: with their notice the first time to be offered is %(limit)s.")
    return what % {"limit": _limit(reason, asked)}, "id_notice_minutes", _("Change the notice")


def _too_far(reason: Reason, asked: Asked) -> Said:
    what = _("Too far ahead: times are offered until %(limit)s.")
    return what % {"limit": _limit(reason, asked)}, "id_horizon_days", _("Change the horizon")


def _hours(_reason: Reason, asked: Asked) -> Said:
    day = asked.local.weekday()
    windows = asked.host.working_hours.get(str(day)) or []
    if windows:
        what = _("Outside of working hours. %(day)s: %(hours)s.")
        said = what % {"day": WEEKDAYS[day], "hours": windows_text(windows)}
    else:
        said = _("No working day: %(day)s.") % {"day": WEEKDAYS[day]}
    return said, f"id_hours_{day}", _("Change the hours")


def _duration(_reason: Reason, asked: Asked) -> Said:
    what = _("A meeting of %(count)d minutes would not end within the working hours.")
    said = what % {"count": asked.host.meeting_minutes}
    return said, f"id_hours_{asked.local.weekday()}", _("Change the hours")


def _step(_reason: Reason, asked: Asked) -> Said:
    what = _("Meetings start every %(count)d minutes from when the hours begin: this is between.")
    return what % {"count": asked.host.step_minutes}, "id_step_minutes", _("Change the step")


def _day_off(reason: Reason, _asked: Asked) -> Said:
    what = _("They have the day off")
    return _with_label(what, reason), "days_off-group", _("Change the days off")


def _holiday(reason: Reason, _asked: Asked) -> Said:
    what = _("It is a public holiday")
    return _with_label(what, reason), "id_holiday_country", _("Change the holidays")


def _calendar(reason: Reason, asked: Asked) -> Said:
    what = _("Their calendar is busy %(when)s. Free or move it there.")
    return what % {"when": _span(reason, asked)}, "", ""


def _reserved(reason: Reason, asked: Asked) -> Said:
    return _("A meeting with a lead is there, %(when)s.") % {"when": _span(reason, asked)}, "", ""


def _buffer(reason: Reason, asked: Asked) -> Said:
    what = _(
        "Free, but too close to what is there %(when)s: %(before)d minutes before a meeting and "
        "%(after)d after it are kept free."
    )
    host = asked.host
    said = what % {
        "when": _span(reason, asked),
        "before": host.buffer_before_minutes,
        "after": host.buffer_after_minutes,
    }
    return said, "id_buffer_before_minutes", _("Change the buffers")


def _day_max(_reason: Reason, asked: Asked) -> Said:
    what = _("That day has %(count)d meetings already, as many as they take.")
    return what % {"count": asked.host.daily_cap or 0}, "id_daily_cap", _("Change the limit")


WORDS: Mapping[Code, Callable[[Reason, Asked], Said]] = {
    Code.CLOCK: _clock,
    Code.HOST: _host,
    Code.NOCAL: _mailbox,
    Code.PAST: _past,
    Code.TOOSOON: _too_soon,
    Code.RANGE: _too_far,
    Code.HOURS: _hours,
    Code.DURATION: _duration,
    Code.STEP: _step,
    Code.DAYOFF: _day_off,
    Code.HOLIDAY: _holiday,
    Code.CALENDAR: _calendar,
    Code.RESERVED: _reserved,
    Code.BUFFER: _buffer,
    Code.DAYMAX: _day_max,
}


def _with_label(what: str, reason: Reason) -> str:
    return f"{what}: {reason.label}." if reason.label else f"{what}."


def _limit(reason: Reason, asked: Asked) -> str:
    if reason.limit is None:
        return ""
    local = reason.limit.astimezone(asked.zone)
    return f"{dates.short_day(local)}, {local:%H:%M}"


def _span(reason: Reason, asked: Asked) -> str:
    """10:00–10:30; with the days where it is longer than one."""
    if reason.during is None:
        return ""
    starts_at = reason.during.starts_at.astimezone(asked.zone)
    ends_at = reason.during.ends_at.astimezone(asked.zone)
    if starts_at.date() == ends_at.date() == asked.local.date():
        return f"{starts_at:%H:%M}–{ends_at:%H:%M}"
    first, last = dates.short_day(starts_at), dates.short_day(ends_at)
    return f"{first} {starts_at:%H:%M} – {last} {ends_at:%H:%M}"
