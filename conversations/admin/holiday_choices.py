"""Countries and regions whose public holidays are known, and their days, in the viewer's language.

The library and the names of countries are loaded when somebody opens a salesperson's page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from django.utils.translation import get_language
from django.utils.translation import gettext as _

# Where the businesses are that leadbot is made for.
COMMON = frozenset(
    {
        *("AR", "BO", "BR", "CL", "CO", "CR", "CU", "DO", "EC", "ES", "GT", "HN"),
        *("MX", "NI", "PA", "PE", "PR", "PT", "PY", "SV", "US", "UY", "VE"),
    }
)
Pair = tuple[str, str]
Choices = list[tuple[str, str | list[Pair]]]


def country_choices() -> Choices:
    """Nowhere, the common ones, then all others by name."""
    names = _country_names(_language())
    return [
        ("", _("Nowhere: public holidays are days like any other")),
        (_("Common"), [(code, name) for code, name in names if code in COMMON]),
        (_("Other countries"), [(code, name) for code, name in names if code not in COMMON]),
    ]


def region_choices(*, chosen_country: str) -> Choices:
    """By country: those of the common ones and of the chosen one."""
    shown = [
        (code, name)
        for code, name in _country_names(_language())
        if code in COMMON or code == chosen_country
    ]
    groups: Choices = [("", _("The whole country"))]
    for code, name in shown:
        if regions := regions_of(code):
            groups.append((name, [(f"{code}-{region}", text) for region, text in regions.items()]))
    return groups


def country_name(country: str) -> str:
    """What a country is called; a code that nobody knows stays as it is."""
    return dict(_country_names(_language())).get(country, country)


@lru_cache(maxsize=64)
def regions_of(country: str) -> Mapping[str, str]:
    """The regions with holidays of their own: code and name, by name."""
    known = _country(country)
    if known is None:
        return {}
    aliases = getattr(known, "subdivisions_aliases", {})
    # The last name of several is the one that people there use.
    names = {code: code for code in known.subdivisions} | {code: a for a, code in aliases.items()}
    return dict(sorted(names.items(), key=lambda pair: _sorted_as(pair[1])))


def days(*, country: str, region: str, years: tuple[int, ...]) -> list[tuple[date, str]]:
    """The public holidays of these years with their names: in our language, or in their own."""
    known = _country(country)
    if known is None:
        return []
    spoken = {"es": "es", "en": "en_US"}.get(_language(), "")
    language = spoken if spoken in known.supported_languages else known.default_language
    kept = region if region in known.subdivisions else None
    found = type(known)(years=years, subdiv=kept, language=language)
    return sorted(found.items())


def _country(country: str) -> Any:
    import holidays  # noqa: PLC0415  # takes memory that only this page needs

    try:
        return holidays.country_holidays(country) if country else None
    except NotImplementedError:
        return None


@lru_cache(maxsize=4)
def _country_names(language: str) -> tuple[Pair, ...]:
    from babel import Locale  # noqa: PLC0415  # as above
    from holidays import list_supported_countries  # noqa: PLC0415

    territories = Locale.parse(language).territories
    names = [
        (code, str(territories.get(code, code)))
        for code in list_supported_countries(include_aliases=False)
    ]
    return tuple(sorted(names, key=lambda pair: _sorted_as(pair[1])))


def _language() -> str:
    return (get_language() or "en").partition("-")[0]


def _sorted_as(name: str) -> str:
    """Without accents: Ávila stands beside Asturias, not after Zamora."""
    return normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
