"""Public holidays by country and region, from the holidays library.

It is imported only where somebody has a country: most processes never need it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

logger = logging.getLogger(__name__)


def holidays_between(country: str, region: str, first: date, last: date) -> Mapping[date, str]:
    """The holidays of these days and what they are called there; none without a country."""
    if not country:
        return {}
    return {
        day: name
        for year in range(first.year, last.year + 1)
        for day, name in _holidays_in(country, region, year).items()
        if first <= day <= last
    }


def countries() -> Mapping[str, Sequence[str]]:
    """The countries whose holidays are known, each with its regions."""
    known: dict[str, list[str]] = _library().list_supported_countries(include_aliases=False)
    return known


@lru_cache(maxsize=256)
def _holidays_in(country: str, region: str, year: int) -> Mapping[date, str]:
    known = countries()
    if country not in known or (region and region not in known[country]):
        # What was chosen under another version of the library holds up nobody's meetings.
        logger.warning("no holidays are known for %s %s", country, region)
        region = ""
    if country not in known:
        return {}
    found = _library().country_holidays(country, subdiv=region or None, years=year)
    return MappingProxyType(dict(found))


def _library() -> Any:
    return import_module("holidays")
