"""Days and times as every page writes them: in the viewer's zone and language, in one style."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
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


def day_and_hour(at: datetime) -> str:
    """Tue 24 Nov, 14:05; in Spanish, mar 24 de nov, 14:05."""
    local = timezone.localtime(at)
    return f"{short_day(local)}, {local:%H:%M}"


def exactly(at: datetime) -> str:
    """Tue 24 Nov 2026, 14:05; in Spanish, mar 24 nov 2026, 14:05 (see leadbot.formats)."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
