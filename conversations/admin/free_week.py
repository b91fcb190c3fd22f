"""A salesperson's free times of a week, by days: to look at, or to choose one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby, zip_longest
from typing import Any

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.admin import dates
from conversations.admin.mailbox_words import advice_on
from conversations.services.availability import FreeTimes
from conversations.services.slot_reasons import Code

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Start:
    """A time, and the id that books it where there is one."""

    at: datetime
    slot_id: str

    @property
    def text(self) -> str:
        """Hours and minutes."""
        return f"{self.at:%H:%M}"

    @property
    def full(self) -> str:
        """With the day, for who does not see where it stands."""
        return f"{dates.day_of_year(self.at)}, {self.text}"


@dataclass(frozen=True)
class DayLine:
    """A day and what begins on it."""

    name: str
    count: str
    starts: tuple[Start, ...]
    note: str


def load(
    request: HttpRequest,
    found: FreeTimes,
    *,
    zone: tzinfo,
    now: datetime,
    slot_ids: Sequence[str] = (),
) -> Mapping[str, Any]:
    """The week that the address asks for, the first one else; days are those of this zone."""
    today = now.astimezone(zone).date()
    last = (now + found.rules.horizon).astimezone(zone).date()
    first = min(max(_day_in(request.GET.get("from", "")) or today, today), last)
    before, after = max(first - WEEK, today), first + WEEK
    starts = [
        Start(slot.starts_at.astimezone(zone), slot_id)
        for slot, slot_id in zip_longest(found.slots, slot_ids, fillvalue="")
        if not isinstance(slot, str)
    ]
    return {
        "days": _lines(found, starts, (first, min(after - DAY, last)), zone),
        "total": len(found.slots),
        "problem": _problem(found),
        "detail": found.detail,
        "earlier": before if first > today else None,
        "later": after if after <= last else None,
    }


def _lines(
    found: FreeTimes, starts: Sequence[Start], span: tuple[date, date], zone: tzinfo
) -> list[DayLine]:
    by_day = {day: tuple(each) for day, each in groupby(starts, key=lambda start: start.at.date())}
    first, last = span
    days = [first + DAY * number for number in range((last - first).days + 1)]
    return [_line(day, by_day.get(day, ()), found, zone) for day in days]


def _line(day: date, starts: tuple[Start, ...], found: FreeTimes, zone: tzinfo) -> DayLine:
    count = ngettext("%(count)d time", "%(count)d times", len(starts)) % {"count": len(starts)}
    return DayLine(
        name=f"{date_format(day, 'l')}, {dates.short_day(day).partition(' ')[2]}",
        count=count if starts else "",
        starts=starts,
        note="" if starts else _why_empty(day, found, zone),
    )


def _why_empty(day: date, found: FreeTimes, zone: tzinfo) -> str:
    rules = found.rules
    # Another clock's days are not the salesperson's: nothing certain can be said of them.
    if str(zone) != str(rules.zone):
        return _("Nothing free")
    if day in rules.days_off:
        return _("Day off")
    if day in rules.holidays:
        return _("Public holiday")
    return _("Nothing free") if rules.windows_on(day) else _("Does not work")


def _problem(found: FreeTimes) -> str:
    if found.problem == Code.HOST:
        return _("Nothing is offered: they take no meetings, or their account is switched off.")
    if found.problem == Code.NOCAL:
        unread = _("Nothing is offered: their calendar cannot be read.")
        return f"{unread} {advice_on(found.detail)}"
    return ""


def _day_in(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
