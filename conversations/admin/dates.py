"""Days as a list shows them: short, in the viewer's zone and language."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import pgettext


def short_day(day: date) -> str:
    """Tue 24 Nov; in Spanish, mar 24 de nov."""
    return date_format(day, pgettext("date format", "D j M"))


def day_of_year(day: date) -> str:
    """Tue 24 Nov 2026; in Spanish, mar 24 nov 2026."""
    return date_format(day, pgettext("date format", "D j M Y"))


def long_ago(day: date) -> str:
    """24 Nov 2026; in Spanish, 24 nov 2026."""
    return date_format(day, pgettext("date format", "j M Y"))
