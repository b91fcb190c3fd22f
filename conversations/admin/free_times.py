"""What would be offered of a salesperson now, and why any other time would not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conversations.admin import dates, reason_words, regions
from conversations.admin.mailbox_words import advice_on
from conversations.models import Salesperson
from conversations.services import availability
from conversations.services.availability import FreeTimes
from conversations.services.slot_reasons import Code
from integrations import registry

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
# Zones and calendars know no others.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


class WhenForm(forms.Form):
    """Any day and hour, on the salesperson's clock."""

    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )
    time = forms.TimeField(
        label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


@dataclass(frozen=True)
class DayLine:
    """A day and what begins on it."""

    name: str
    count: str
    starts: tuple[str, ...]
    note: str


def view(model_admin: Any, request: HttpRequest, host_id: int) -> HttpResponse:
    """Show a week of free times and answer about one time. Only this page asks the calendar."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    host = get_object_or_404(Salesperson.objects.select_related("user"), pk=host_id)
    zone = ZoneInfo(host.time_zone)
    now = timezone.now()
    with timezone.override(zone):
        context = {
            **model_admin.admin_site.each_context(request),
            **_week(request, host, now),
            **_answer(request, host, now),
            "title": _("Free times"),
            "subtitle": str(host),
            "opts": model_admin.opts,
            "host": host,
            "zone": regions.zone_text(host.time_zone, now=now),
        }
        page = TemplateResponse(request, "admin/conversations/salesperson/free_times.html", context)
        return page.render()


def _week(request: HttpRequest, host: Salesperson, now: datetime) -> Mapping[str, Any]:
    found = availability.free_times(host_id=host.pk, calendar=registry.calendar(), now=now)
    today = now.astimezone(found.rules.zone).date()
    last = (now + found.rules.horizon).astimezone(found.rules.zone).date()
    first = min(max(_day_in(request.GET.get("from", "")) or today, today), last)
    before, after = max(first - WEEK, today), first + WEEK
    return {
        "days": _lines(found, first, min(after - DAY, last)),
        "total": len(found.slots),
        "problem": _problem(found),
        "detail": found.detail,
        "earlier": before if first > today else None,
        "later": after if after <= last else None,
    }


def _lines(found: FreeTimes, first: date, last: date) -> list[DayLine]:
    zone = found.rules.zone
    starts = [slot.starts_at.astimezone(zone) for slot in found.slots]
    by_day = {day: tuple(each) for day, each in groupby(starts, key=datetime.date)}
    days = [first + DAY * number for number in range((last - first).days + 1)]
    return [_line(day, by_day.get(day, ()), found) for day in days]


def _line(day: date, starts: tuple[datetime, ...], found: FreeTimes) -> DayLine:
    count = ngettext("%(count)d time", "%(count)d times", len(starts)) % {"count": len(starts)}
    return DayLine(
        name=f"{date_format(day, 'l')}, {dates.short_day(day).partition(' ')[2]}",
        count=count if starts else "",
        starts=tuple(f"{each:%H:%M}" for each in starts),
        note="" if starts else _why_empty(day, found),
    )


def _why_empty(day: date, found: FreeTimes) -> str:
    rules = found.rules
    if day in rules.days_off:
        return _("Day off")
    if day in rules.holidays:
        return _("Public holiday")
    return _("Nothing free") if rules.windows_on(day) else _("Does not work")


def _problem(found: FreeTimes) -> str:
    if found.problem == Code.HOST:
        return _("Nothing is offered: they take no meetings, or their account is switched off.")
    if found.problem == Code.NOCAL:
        return (
            f"{_('Nothing is offered: their calendar cannot be read.')} {advice_on(found.detail)}"
        )
    return ""


def _answer(request: HttpRequest, host: Salesperson, now: datetime) -> Mapping[str, Any]:
    if not {"day", "time"} & set(request.GET):
        return {"form": WhenForm(), "asked": ""}
    form = WhenForm(request.GET)
    if not form.is_valid():
        return {"form": form, "asked": ""}
    local = datetime.combine(form.cleaned_data["day"], form.cleaned_data["time"])
    asked = reason_words.Asked(host, local)
    found = availability.explain(
        host_id=host.pk, local=local, calendar=registry.calendar(), now=now
    )
    return {
        "form": form,
        "asked": f"{dates.day_of_year(local)}, {local:%H:%M}",
        "reasons": [reason_words.explained(reason, asked) for reason in found],
    }


def _day_in(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
