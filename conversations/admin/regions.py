"""A lead's language and time zone in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

# Those whose Spanish name is not the last part of their code.
CITIES: Mapping[str, Promise] = {
    "America/Bogota": _("Bogota"),
    "America/Cancun": _("Cancun"),
    "America/Ciudad_Juarez": _("Ciudad Juarez"),
    "America/Los_Angeles": _("Los Angeles"),
    "America/Mazatlan": _("Mazatlan"),
    "America/Merida": _("Merida"),
    "America/Mexico_City": _("Mexico City"),
    "America/New_York": _("New York"),
    "America/Panama": _("Panama"),
    "America/Sao_Paulo": _("Sao Paulo"),
    "Europe/London": _("London"),
}


def language_text(code: str) -> str:
    """Spanish; a code that nobody knows stays as it is."""
    try:
        return capfirst(str(get_language_info(code)["name_translated"]))
    except KeyError:
        return code


def zone_text(name: str, *, now: datetime) -> str:
    """Mexico City (UTC-6); a name that nobody knows stays as it is."""
    try:
        offset = now.astimezone(ZoneInfo(name)).utcoffset() or timedelta()
    except (ZoneInfoNotFoundError, ValueError):
        return name
    city = CITIES.get(name) or name.rpartition("/")[2].replace("_", " ")
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta() else "+"
    return f"{city} (UTC{sign}{hours}{f':{minutes:02}' if minutes else ''})"
