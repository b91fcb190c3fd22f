"""Days, hours and zones as a lead would say them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_location

from agent.turn import Language
from agent.wording.texts import say

LOCALES = {"es": "es_MX", "en": "en_US", "pt": "pt_BR"}
TITLE = {"es": "EEE d MMM, HH:mm", "en": "EEE MMM d, h:mm a", "pt": "EEE d MMM, HH:mm"}
DAY = {"es": "EEEE d 'de' MMMM", "en": "EEEE, MMMM d", "pt": "EEEE, d 'de' MMMM"}
CLOCK = {"es": "HH:mm", "en": "h:mm a", "pt": "HH:mm"}
AT = {"es": ("a las", "a la"), "en": ("at", "at"), "pt": ("às", "à")}
ZONE = {"es": "hora de {city}", "en": "{city} time", "pt": "horário de {city}"}
TITLE_LIMIT = 24


def slot_title(at: datetime, zone: str, language: Language) -> str:
    """Name a time in at most 24 characters: «jue 26 nov, 10:00»."""
    return _format(at, TITLE[language], zone, language).replace(".", "")[:TITLE_LIMIT]


def day_name(at: datetime, zone: str, language: Language) -> str:
    """Name a day: «jueves 26 de noviembre»."""
    return _format(at, DAY[language], zone, language)


def date_name(day: date, language: Language) -> str:
    """Name a day that has no hour: «jueves 26 de noviembre»."""
    return format_date(day, DAY[language], locale=LOCALES[language])


def near_day(day: date, today: date | None, language: Language) -> str:
    """Name a day the way people do: «hoy», «mañana», else «el jueves 26 de noviembre»."""
    near = {0: "today", 1: "tomorrow"}.get((day - today).days if today else -1)
    if near:
        return say(near, language)
    return say("on_day", language, day=date_name(day, language))


def clock(at: datetime, zone: str, language: Language) -> str:
    """Name an hour: «10:00»."""
    return _format(at, CLOCK[language], zone, language)


def date_and_time(at: datetime, zone: str, language: Language) -> str:
    """Name a moment: «jueves 26 de noviembre a las 10:00»."""
    hour = clock(at, zone, language)
    article = AT[language][hour.startswith("01:")]
    return f"{day_name(at, zone, language)} {article} {hour}"


def zone_name(zone: str, language: Language) -> str:
    """Name whose clock it is: «hora de Ciudad de México»."""
    place = get_timezone_location(zone, locale=LOCALES[language], return_city=True)
    city = place.rpartition("/")[2]
    if language == "pt" and city.startswith("Cidade "):
        return f"horário da {city}"
    return ZONE[language].format(city=city)


def _format(at: datetime, pattern: str, zone: str, language: Language) -> str:
    return format_datetime(at, pattern, tzinfo=ZoneInfo(zone), locale=LOCALES[language])
