"""Time zones to choose from: where leads and salespeople of ours live first, then the world."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from itertools import groupby
from zoneinfo import available_timezones

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.admin import regions

COMMON = (
    "America/Mexico_City",
    "America/Cancun",
    "America/Tijuana",
    "America/Guatemala",
    "America/Costa_Rica",
    "America/Panama",
    "America/Bogota",
    "America/Lima",
    "America/Guayaquil",
    "America/Caracas",
    "America/La_Paz",
    "America/Santiago",
    "America/Argentina/Buenos_Aires",
    "America/Montevideo",
    "America/Asuncion",
    "America/Sao_Paulo",
    "America/Santo_Domingo",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Atlantic/Canary",
    "Europe/Madrid",
    "Europe/Lisbon",
    "Europe/London",
)
# What has no place is for machines; SystemV, US, Brazil … are old second names.
PARTS: dict[str, Promise] = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
}
Choices = list[tuple[str, list[tuple[str, str]]]]


def zone_choices(*, chosen: str, now: datetime) -> Choices:
    """Groups for a select; the chosen zone is in one of them, whatever its name."""
    common = sorted((regions.zone_text(name, now=now), name) for name in COMMON)
    groups: Choices = [(str(_("Common")), [(name, text) for text, name in common])]
    groups += [
        (str(PARTS[part]), [(name, _place(name)) for name in names if name not in COMMON])
        for part, names in _by_part()
    ]
    if chosen and not any(chosen == name for _part, rows in groups for name, _text in rows):
        groups.append((str(_("Other")), [(chosen, chosen)]))
    return groups


@lru_cache(maxsize=1)
def _by_part() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names that the system knows: looking through its folders takes a while."""
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in PARTS)
    grouped = groupby(names, key=lambda name: name.partition("/")[0])
    return tuple((part, tuple(each)) for part, each in grouped)


def _place(name: str) -> str:
    """Argentina/Salta for America/Argentina/Salta: what the group does not say yet."""
    return name.partition("/")[2].replace("_", " ")
