"""The form of a salesperson: lines of text for the week, choices for everything that has a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import holiday_choices
from conversations.admin.hours import DAYS, HoursField, field_name, windows_text
from conversations.admin.zone_choices import zone_choices
from conversations.models import Salesperson
from conversations.models.user import SpokenLanguage, validate_working_hours

if TYPE_CHECKING:
    SalespersonModelForm = forms.ModelForm[Salesperson]
else:
    SalespersonModelForm = forms.ModelForm

HELP = {
    "mailbox": gettext_lazy(
        "The address of their calendar. Meetings are put there, and nothing is offered at a time "
        "at which it is busy."
    ),
    "takes_meetings": gettext_lazy(
        "Untick it to offer none of their times. Meetings that are booked stay."
    ),
    "notice_minutes": gettext_lazy("How long before its start a time can still be booked."),
    "horizon_days": gettext_lazy("How many days ahead times are offered."),
    "meeting_minutes": gettext_lazy("How long a meeting takes."),
    "step_minutes": gettext_lazy(
        "How far apart two offered times start. With 30, hours from 9:00 give 9:00, 9:30, 10:00."
    ),
    "buffer_before_minutes": gettext_lazy("Kept free before each meeting."),
    "buffer_after_minutes": gettext_lazy("Kept free after each meeting."),
    "daily_cap": gettext_lazy("Leave it empty for as many as fit."),
    "weight": gettext_lazy(
        "Their share of new meetings, 1 to 10: somebody with 2 gets twice as many as with 1."
    ),
}


class SalespersonForm(SalespersonModelForm):
    """A salesperson, with a line of text per weekday in the place of JSON."""

    hours_0 = HoursField(
        label=capfirst(WEEKDAYS[0]),
        help_text=gettext_lazy("For example 09:00-14:00, 16:00-18:00. Leave a day off empty."),
    )
    hours_1 = HoursField(label=capfirst(WEEKDAYS[1]))
    hours_2 = HoursField(label=capfirst(WEEKDAYS[2]))
    hours_3 = HoursField(label=capfirst(WEEKDAYS[3]))
    hours_4 = HoursField(label=capfirst(WEEKDAYS[4]))
    hours_5 = HoursField(label=capfirst(WEEKDAYS[5]))
    hours_6 = HoursField(label=capfirst(WEEKDAYS[6]))
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy(
            "Working hours, days off and public holidays are on this clock. Open the list and type "
            "the first letters of the city."
        ),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"),
        choices=SpokenLanguage.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "They are offered to leads who write in one of these. Tick none for any language."
        ),
    )
    holiday_country = forms.ChoiceField(
        label=gettext_lazy("Public holidays of"),
        required=False,
        help_text=gettext_lazy("On these days no times are offered."),
    )
    holiday_region = forms.ChoiceField(
        label=gettext_lazy("Region"),
        required=False,
        help_text=gettext_lazy(
            "Adds the holidays of one region. For a country that is not in the list, save first: "
            "its regions are offered then."
        ),
    )

    class Meta:
        model = Salesperson
        exclude = ("working_hours",)  # the seven lines above stand for it
        labels = {"user": gettext_lazy("User")}
        help_texts = HELP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in DAYS:
            windows = self.instance.working_hours.get(str(day), [])
            self.initial.setdefault(field_name(day), windows_text(windows))
        self._offer_zones()
        self._offer_holidays()

    def _offer_zones(self) -> None:
        zone = self.fields.get("time_zone")
        if isinstance(zone, forms.ChoiceField):
            zone.choices = zone_choices(chosen=self.instance.time_zone, now=timezone.now())

    def _offer_holidays(self) -> None:
        country, region = self.fields.get("holiday_country"), self.fields.get("holiday_region")
        if not (isinstance(country, forms.ChoiceField) and isinstance(region, forms.ChoiceField)):
            return
        chosen = str(self["holiday_country"].value() or "")
        country.choices = holiday_choices.country_choices()
        region.choices = holiday_choices.region_choices(chosen_country=chosen)
        if self.instance.holiday_region:
            kept = f"{self.instance.holiday_country}-{self.instance.holiday_region}"
            self.initial["holiday_region"] = kept

    def clean_holiday_region(self) -> str:
        """Its code without the country, which must be the chosen one."""
        country, _dash, region = str(self.cleaned_data["holiday_region"]).partition("-")
        chosen = self.cleaned_data.get("holiday_country", "")
        if region and country != chosen:
            raise ValidationError(
                _("%(region)s is not a region of the chosen country. Choose both again.")
                % {"region": holiday_choices.regions_of(country).get(region, region)}
            )
        return region

    def clean(self) -> dict[str, Any]:
        """Put the seven lines together and check them as the model does."""
        cleaned = super().clean() or self.cleaned_data
        hours = {str(day): cleaned[field_name(day)] for day in DAYS if cleaned.get(field_name(day))}
        validate_working_hours(hours)
        self.instance.working_hours = hours
        return cleaned
