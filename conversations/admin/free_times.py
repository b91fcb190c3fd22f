"""What would be offered of a salesperson now, and why any other time would not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import dates, free_week, reason_words, regions
from conversations.models import Salesperson
from conversations.services import availability
from integrations import registry

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


def view(model_admin: Any, request: HttpRequest, host_id: int) -> HttpResponse:
    """Show a week of free times and answer about one time. Only this page asks the calendar."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    host = get_object_or_404(Salesperson.objects.select_related("user"), pk=host_id)
    zone = ZoneInfo(host.time_zone)
    now = timezone.now()
    found = availability.free_times(host_id=host.pk, calendar=registry.calendar(), now=now)
    with timezone.override(zone):
        context = {
            **model_admin.admin_site.each_context(request),
            **free_week.load(request, found, zone=zone, now=now),
            **_answer(request, host, now),
            "title": _("Free times"),
            "subtitle": str(host),
            "opts": model_admin.opts,
            "host": host,
            "zone": regions.zone_text(host.time_zone, now=now),
        }
        page = TemplateResponse(request, "admin/conversations/salesperson/free_times.html", context)
        return page.render()


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
