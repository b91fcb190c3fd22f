"""Working hours as people write them: 09:00-14:00, 16:00-18:00 per weekday."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

WINDOW = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|—|a|to)\s*(\d{1,2})(?:[:.](\d{2}))?")
DAYS = range(7)


class HoursField(forms.CharField):
    """One weekday's windows; empty means a day off."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.TextInput(attrs={"size": 40}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Read the text, or say how to write it."""
        return parse_windows(super().clean(value))


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
