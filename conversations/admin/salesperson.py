"""Salespeople: who takes meetings, when, and how many."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import DateField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import badges, dates, free_times, holiday_choices
from conversations.admin.base import NOTHING, CrmAdmin, Page
from conversations.admin.hours import DAYS, field_name, hours_summary
from conversations.admin.salesperson_form import SalespersonForm
from conversations.models import DayOff, Salesperson
from conversations.services import mailbox_health

OFFERED = (
    "meeting_minutes",
    "step_minutes",
    "notice_minutes",
    "horizon_days",
    "buffer_before_minutes",
    "buffer_after_minutes",
)

FIELDS = {field.name for field in Salesperson._meta.concrete_fields}

if TYPE_CHECKING:
    DayOffRows = admin.StackedInline[DayOff, Salesperson]
else:
    DayOffRows = admin.StackedInline


class DaysOff(DayOffRows):
    """Holidays of their own, courses, sick leave: whoever may change the person may change them."""

    model = DayOff
    fields = (("first_day", "last_day", "note"),)
    extra = 1
    ordering = ("first_day", "id")
    formfield_overrides = {
        DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
    }

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Seen with the person."""
        return bool(request.user.has_perm("conversations.view_salesperson"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Changed with the person."""
        return bool(request.user.has_perm("conversations.change_salesperson"))

    has_add_permission = has_delete_permission = has_change_permission


@admin.register(Salesperson)
class SalespersonAdmin(CrmAdmin[Salesperson]):
    """Who takes meetings, and when."""

    form = SalespersonForm
    inlines = (DaysOff,)
    list_display = ("__str__", "mailbox_shown", "time_zone", "hours", "takes_meetings")
    list_select_related = ("user",)
    ordering = ("id",)
    actions = None
    readonly_fields = ("holiday_dates",)
    fieldsets = (
        (None, {"fields": ("user", "mailbox", "time_zone", "languages", "takes_meetings")}),
        (gettext_lazy("Working hours"), {"fields": tuple(field_name(day) for day in DAYS)}),
        (
            gettext_lazy("Public holidays"),
            {"fields": ("holiday_country", "holiday_region", "holiday_dates")},
        ),
        (gettext_lazy("Which times are offered"), {"fields": OFFERED}),
        (gettext_lazy("How many meetings"), {"fields": ("daily_cap", "weight")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Administrators make salespeople by hand."""
        return bool(request.user.has_perm("conversations.add_salesperson"))

    def pages(self) -> list[Page]:
        """What would be offered of them."""
        return [("<int:host_id>/free-times/", partial(free_times.view, self), "free_times")]

    def save_model(self, request: HttpRequest, obj: Salesperson, form: Any, change: bool) -> None:
        """Write what was typed: the rest of the row is the machine's, and may just have changed."""
        typed = [name for name in form.cleaned_data if name in FIELDS]
        obj.save(update_fields=[*typed, "working_hours"] if change else None)
        mailbox_health.recheck(host_id=obj.pk, now=timezone.now())

    @admin.display(description=gettext_lazy("working hours"))
    def hours(self, person: Salesperson) -> str:
        """The week in one line."""
        return hours_summary(person.working_hours)

    @admin.display(description=gettext_lazy("mailbox"))
    def mailbox_shown(self, person: Salesperson) -> SafeString | str:
        """The address, and that it cannot be read."""
        if not person.mailbox_problem:
            return person.mailbox
        return badges.two_lines(person.mailbox, badges.badge(_("Cannot be read"), "red"))

    @admin.display(description=gettext_lazy("this year and the next"))
    def holiday_dates(self, person: Salesperson) -> SafeString | str:
        """The days of the country that is stored."""
        this_year = timezone.localdate().year
        days = holiday_choices.days(
            country=person.holiday_country,
            region=person.holiday_region,
            years=(this_year, this_year + 1),
        )
        if not days:
            return NOTHING
        return format_html_join(
            "", "{}", ((_year(each, days),) for each in (this_year, this_year + 1))
        )


def _year(year: int, days: list[tuple[date, str]]) -> SafeString:
    rows = [(dates.short_day(day), name) for day, name in days if day.year == year]
    listed = format_html_join("", "<li>{} · {}</li>", rows)
    words = _("%(year)s: %(count)d days") % {"year": year, "count": len(rows)}
    return format_html(
        '<details class="holidays"><summary>{}</summary><ul>{}</ul></details>', words, listed
    )
