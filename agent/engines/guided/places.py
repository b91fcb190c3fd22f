"""Whose clock: cities and zone names that a lead may write."""

from __future__ import annotations

import re

ZONES: dict[str, str] = {}
for _zone, _places in {
    "America/Mexico_City": "ciudad de mexico|cdmx|mexico city|puebla|cholula|guadalajara|toluca"
    "|queretaro|leon|morelia|veracruz|xalapa|oaxaca|merida|san luis potosi|cuernavaca"
    "|aguascalientes|hora del centro|hora centro",
    "America/Monterrey": "monterrey|saltillo|san pedro garza garcia",
    "America/Cancun": "cancun|playa del carmen|tulum|quintana roo|chetumal",
    "America/Tijuana": "tijuana|mexicali|ensenada|baja california|rosarito",
    "America/Hermosillo": "hermosillo|sonora|ciudad obregon",
    "America/Mazatlan": "mazatlan|culiacan|la paz bcs|los cabos|cabo san lucas|sinaloa|nayarit",
    "America/Ciudad_Juarez": "ciudad juarez|juarez",
    "America/Chihuahua": "chihuahua",
    "America/Bogota": "bogota|medellin|cali colombia|colombia|barranquilla|cartagena",
    "America/Lima": "lima|peru|arequipa",
    "America/Guayaquil": "quito|guayaquil|ecuador",
    "America/Santiago": "santiago de chile|chile|valparaiso",
    "America/Argentina/Buenos_Aires": "buenos aires|argentina|rosario|mendoza",
    "America/Montevideo": "montevideo|uruguay",
    "America/Caracas": "caracas|venezuela",
    "America/Guatemala": "guatemala",
    "America/Costa_Rica": "costa rica",
    "America/Panama": "panama",
    "America/Santo_Domingo": "santo domingo|republica dominicana",
    "Europe/Madrid": "madrid|barcelona|espana|spain",
    "America/New_York": "new york|nueva york|nyc|miami|boston|atlanta|washington|orlando"
    "|eastern|est|hora del este",
    "America/Chicago": "chicago|houston|dallas|austin|san antonio|texas|central time|cst",
    "America/Denver": "denver|mountain time|mst|el paso",
    "America/Phoenix": "phoenix|arizona",
    "America/Los_Angeles": "los angeles|san diego|california|san francisco|seattle|las vegas"
    "|pacific|pst|hora del pacifico",
    "America/Sao_Paulo": "sao paulo|brasil|brazil",
    "Europe/London": "london|londres",
}.items():
    ZONES.update(dict.fromkeys(_places.split("|"), _zone))

_NAMES = "|".join(sorted(map(re.escape, ZONES), key=len, reverse=True))
SAID_ZONE = re.compile(
    rf"\b(?:hora de|horario de|estoy en|estamos en|vivo en|vivimos en|soy de|somos de|we're in|we live in|i'm in|i am in|i live in|time in)\s+"
    rf"(?:la |the )?(?P<place>{_NAMES})\b|\b(?P<named>{_NAMES}) time\b"
    rf"|\b(?P<clock>hora (?:del? )?(?:centro|este|pacifico))\b"
)


def zone_of(place: str) -> str:
    """Find the zone of a city; "" if it is not known. `place` is folded."""
    whole = place.strip(" .,!")
    return ZONES.get(whole) or ZONES.get(whole.partition(",")[0].strip(), "")


def said_zone(plain: str) -> str:
    """Find the zone that a message names."""
    match = SAID_ZONE.search(plain)
    if match is None:
        return ""
    return ZONES.get(match["place"] or match["named"] or match["clock"] or "", "")
