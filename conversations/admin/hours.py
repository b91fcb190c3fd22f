"""Working hours as people write them: 09:00-14:00, 16:00-18:00 per weekday."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.models import Salesperson
from conversations.models.user import validate_working_hours

WINDOW = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|—|a|to)\s*(\d{1,2})(?:[:.](\d{2}))?")
DAYS = range(7)

if TYPE_CHECKING:
    SalespersonModelForm = forms.ModelForm[Salesperson]
else:
    SalespersonModelForm = forms.ModelForm


class HoursField(forms.CharField):
    """One weekday's windows; empty means a day off."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.TextInput(attrs={"size": 40}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Read the text, or say how to write it."""
        return parse_windows(super().clean(value))


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

    class Meta:
        model = Salesperson
        exclude = ("working_hours",)  # the seven lines above stand for it
        labels = {"user": gettext_lazy("User")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in DAYS:
            windows = self.instance.working_hours.get(str(day), [])
            self.initial.setdefault(field_name(day), windows_text(windows))

    def clean(self) -> dict[str, Any]:
        """Put the seven lines together and check them as the model does."""
        cleaned = super().clean() or self.cleaned_data
        hours = {str(day): cleaned[field_name(day)] for day in DAYS if cleaned.get(field_name(day))}
        validate_working_hours(hours)
        self.instance.working_hours = hours
        return cleaned


def field_name(day: int) -> str:
    """Name of the form field of a weekday, Monday being 0."""
    return f"hours_{day}"


def windows_text(windows: list[list[str]]) -> str:
    """Write stored windows the way they are typed."""
    return ", ".join(f"{start}-{end}" for start, end in windows)


def parse_windows(text: str) -> list[list[str]]:
    """Read "9-14, 16:00-18:00"."""
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    return [_parse_window(part) for part in parts]


def _parse_window(text: str) -> list[str]:
    match = WINDOW.fullmatch(text)
    if match is None:
        raise ValidationError(
            _("“%(text)s” is not a time window. Write it like 09:00-14:00."),
            params={"text": text},
        )
    first, first_minutes, last, last_minutes = match.groups()
    return [_clock(first, first_minutes), _clock(last, last_minutes)]


def _clock(hours: str, minutes: str | None) -> str:
    return f"{int(hours):02d}:{minutes or '00'}"


def hours_summary(hours: Mapping[str, list[list[str]]]) -> str:
    """The week in one line for a list."""
    days = [
        f"{str(WEEKDAYS[day])[:3]} {windows_text(hours[str(day)])}"
        for day in DAYS
        if hours.get(str(day))
    ]
    return " · ".join(days)
