"""Time zone names that we accept."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_time_zone(value: str) -> None:
    """Only IANA names, such as America/Mexico_City."""
    if value not in available_timezones():
        raise ValidationError(_("“%(value)s” is not an IANA time zone."), params={"value": value})
