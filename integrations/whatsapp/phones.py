"""Phone numbers as WhatsApp spells them, and what they say about country and clock."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import timezone
from phonenumbers.tzdata import TIMEZONE_DATA

# Countries where one number has two spellings: (spelling, what every one of them becomes).
# Mexico dropped the 1 of mobiles in 2019, Argentina has a 9 before mobiles in international
# form, Brazil put a 9 before eight-digit mobiles; WhatsApp keeps whichever it registered.
SPELLINGS = (
    (re.compile(r"521(\d{10})"), r"52\1"),
    (re.compile(r"54([1-8]\d{9})"), r"549\1"),
    (re.compile(r"55([1-9]\d)([6-9]\d{7})"), r"55\g<1>9\2"),
)
# Where most people live, of countries with several clocks that do not come first in their list.
MAIN_ZONES = {
    "MX": "America/Mexico_City",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "EC": "America/Guayaquil",
    "CL": "America/Santiago",
    "BR": "America/Sao_Paulo",
    "AR": "America/Argentina/Buenos_Aires",
    "NI": "America/Managua",
    "GB": "Europe/London",
    "US": "America/New_York",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
    "AU": "Australia/Sydney",
}
# Their area codes say more, where one says only one zone.
BY_AREA = {"US", "CA", "MX", "RU", "AU"}
# What the library does not know, or has from before 2022, when Chihuahua changed its clock.
ZONES_BY_AREA = {
    "US": {"907": "America/Anchorage"},
    "MX": dict.fromkeys(
        ("614", "621", "625", "627", "628", "629", "635", "636", "639", "648", "649", "652"),
        "America/Chihuahua",
    ),
    # Outside Brasília time, or given by the library as an island's.
    "BR": {
        "65": "America/Cuiaba",
        "66": "America/Cuiaba",
        "67": "America/Campo_Grande",
        "68": "America/Rio_Branco",
        "69": "America/Porto_Velho",
        "81": "America/Recife",
        "92": "America/Manaus",
        "95": "America/Boa_Vista",
        "97": "America/Manaus",
    },
}


# A POST asks for each of its people's numbers over and over; it holds at most 1,000.
@lru_cache(maxsize=2048)
def canonical_phone(phone: str) -> str:
    """Give the E.164 form under which both spellings of one number meet; "" if it is no number."""
    digits = re.sub(r"[\s().+-]", "", phone)
    if not re.fullmatch(r"[1-9][0-9]{4,17}", digits):
        return ""
    for spelling, canonical in SPELLINGS:
        if spelling.fullmatch(digits):
            return "+" + spelling.sub(canonical, digits)
    return "+" + digits


def country_of(phone: str) -> str:
    """Give the ISO code of the number's country, or ""."""
    number = _parsed(phone)
    if number is None:
        return ""
    region = phonenumbers.region_code_for_number(number)
    if region is None:
        region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return region if region not in {"ZZ", "001"} else ""


def guess_time_zone(phone: str) -> tuple[str, bool]:
    """Give the number's likely time zone, and whether its country has only that one."""
    number = _parsed(phone)
    if number is None:
        return "", False
    country = country_of(phone)
    of_prefix = TIMEZONE_DATA.get(str(number.country_code), ())
    only = of_prefix if len(of_prefix) == 1 else ()
    of_country = _zones_of(country)
    places = (_zone_of_area(country, number), MAIN_ZONES.get(country, ""))
    found = (zone for zone in (*places, *only, *of_country, *of_prefix) if zone in _known_zones())
    return next(found, ""), bool(only) or len(of_country) == 1


def _zone_of_area(country: str, number: phonenumbers.PhoneNumber) -> str:
    national = str(number.national_number)
    for area, zone in ZONES_BY_AREA.get(country, {}).items():
        if national.startswith(area):
            return zone
    of_number = timezone.time_zones_for_number(number) if country in BY_AREA else ()
    return of_number[0] if len(of_number) == 1 else ""


@lru_cache(maxsize=64)
def _parsed(phone: str) -> phonenumbers.PhoneNumber | None:
    canonical = canonical_phone(phone)
    if not canonical:
        return None
    try:
        return phonenumbers.parse(canonical)
    except phonenumbers.NumberParseException:
        return None


@cache
def _known_zones() -> frozenset[str]:
    # The library says Etc/Unknown where it knows nothing.
    return frozenset(available_timezones())


@cache
def _zones_of(country: str) -> tuple[str, ...]:
    """The zones of a country, by the list that comes with the time zone database."""
    listed = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text()
    rows = (line.split("\t") for line in listed.splitlines() if not line.startswith("#"))
    return tuple(zone for code, _place, zone, *_comment in rows if code == country)
