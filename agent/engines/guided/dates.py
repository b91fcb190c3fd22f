"""When a lead wants to meet: «mañana por la tarde», «el jueves a las 10», «next Tuesday after 3».

Months and relative spans go to dateparser; the rest is ours, because dateparser reads «martes»
as last Tuesday and finds dates in almost anything.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from dateparser import DateDataParser  # type: ignore[import-untyped]

Part = Literal["", "morning", "afternoon"]
Bound = Literal["", "after", "before"]

WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "lunes monday mon",
            "martes tuesday tue tues",
            "miercoles wednesday wed",
            "jueves thursday thu thurs thur",
            "viernes friday fri",
            "sabado saturday",
            "domingo sunday",
        )
    )
    for word in words.split()
}
MONTHS = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|"
    "diciembre|january|february|march|april|june|july|august|september|october|november|"
    "december|ene|feb|abr|ago|sept?|oct|nov|dic|jan|apr|jun|jul|aug|dec"
)
HOUR_WORDS = {
    word: number
    for words in (
        "una dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "one two three four five six seven eight nine ten eleven twelve",
    )
    for number, word in enumerate(words.split(), start=1)
}
_DAYS = "|".join(WEEKDAYS)
_HOURS = "|".join(HOUR_WORDS)

ABSOLUTE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th|ro)?(?: de| of)? (?:{MONTHS})"
    rf"|(?:{MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?)\b(?:,? (?:de |del )?20\d\d\b)?"
)
NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})[/-](\d{1,2})(?:[/-](20\d\d|\d\d))?(?![\d/-])")
ISO = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")
SPAN = re.compile(
    r"\b(?:en|dentro de|in|within) (?:\d{1,2}|un|una|dos|tres|cuatro|a|one|two|three|four) "
    r"(?:dias?|semanas?|mes(?:es)?|days?|weeks?|months?)\b"
)
DAY_OF_MONTH = re.compile(
    r"\b(?:el (?:dia )?(\d{1,2})|the (\d{1,2})(?:st|nd|rd|th))\b"
    r"(?! ?(?:mil|k\b|pesos|%|[:.,]?\d|de la|am\b|pm\b))"
)
AFTER_TOMORROW = re.compile(r"\bpasado manana\b|\bday after tomorrow\b")
TOMORROW = re.compile(r"(?<!la )\bmanana\b|\btomorrow\b")
TODAY = re.compile(r"\bhoy\b|\btoday\b|\btonight\b|\besta (?:tarde|noche)\b|\bthis afternoon\b")
WEEKDAY = re.compile(
    r"\b(?P<before>proximo |siguiente |next |this |este )?"
    rf"\b(?P<day>{_DAYS})s?\b"
    r"(?P<after> (?:que viene|proximo|siguiente|next week|de la (?:proxima|otra) semana"
    r"|de la semana que viene))?"
)
NEXT_WEEK = re.compile(
    r"\b(?:la )?(?:proxima|otra|siguiente) semana\b|\b(?:la )?semana (?:que viene|proxima)\b"
    r"|\bnext week\b"
)
WEEKEND = re.compile(r"\bfin de semana\b|\bweekend\b")
MORNING = re.compile(
    r"\b(?:por|en|de) la manana\b|\btempran\w+\b|(?<!good )\bmorning\b|\bantes de comer\b"
)
AFTERNOON = re.compile(
    r"\b(?:por|en|de) la (?:tarde|noche)\b|\btardecita\b|\besta (?:tarde|noche)\b|(?<!good )\bafternoon\b"
    r"|(?<!good )\bevening\b|\btonight\b|\bdespues de comer\b|(?<!buenas )(?<!mas )\btardes?\b"
)
NOON = re.compile(r"\bmedio ?dia\b|\bnoon\b|\bmidday\b")
CLOCK = re.compile(
    r"(?P<bound>\b(?:despues de|a partir de|pasadas?|luego de|antes de|after|from|before|past"
    r"|by)\s+)?"
    r"(?P<at>\b(?:a la|a las|las|la|at|tipo|como a las|around)\s+)?"
    rf"(?<![\d:.,$/])(?P<hour>[01]?\d|2[0-3]|\b(?:{_HOURS})\b)"
    r"(?:[:.](?P<minute>[0-5]\d)(?!\d))?(?P<half>\s+y media\b| thirty\b)?"
    r"\s*(?P<suffix>hrs?\b|h\b|[ap]\.? ?m\b\.?|o'clock|de la (?:manana|tarde|noche)"
    r"|in the (?:morning|afternoon|evening))?(?!\s*(?:mil|k|pesos|%|grand|thousand|hundred|million|dollars|bucks)\b)(?![\d/,]|\.\d)"
)


@dataclass(frozen=True)
class When:
    """What was said about time. `spans` are the places in the text that said it."""

    day: date | None = None
    part: Part = ""
    hour: int | None = None
    minute: int = 0
    bound: Bound = ""
    whole_week: bool = False
    spans: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        return self.day is not None or bool(self.part) or self.hour is not None


def find_when(plain: str, now: datetime, *, month_first: bool = False) -> When:
    """Read day, part of the day and hour; `now` is in the lead's own zone."""
    when = _find_day(plain, now, month_first=month_first)
    masked = _mask(plain, when.spans)
    when = _find_hour(masked, when)
    for part, pattern in (("morning", MORNING), ("afternoon", AFTERNOON)):
        match = pattern.search(plain)
        if match and not when.part:
            when = _with_span(replace(when, part=_part(part)), match.span())
    return _settle_hour(when)


def _part(part: str) -> Part:
    return "morning" if part == "morning" else "afternoon"


def _find_day(plain: str, now: datetime, *, month_first: bool) -> When:
    if match := NUMERIC.search(plain):
        day = _numeric_date(match, now, month_first=month_first)
        if when := _dated(day, match.span(), now):
            return when
    for read in (_absolute_day, _relative_day, _week_day, _day_of_month):
        if when := read(plain, now):
            return when
    return When()


def _absolute_day(plain: str, now: datetime) -> When:
    if match := ISO.search(plain):
        return _dated(_make_date(*(int(part) for part in match.groups())), match.span(), now)
    for pattern in (ABSOLUTE, SPAN):
        if match := pattern.search(plain):
            day = _parse(match.group(), now)
            return _dated(day, match.span(), now)
    return When()


def _relative_day(plain: str, now: datetime) -> When:
    today = now.date()
    if match := AFTER_TOMORROW.search(plain):
        return When(day=today + timedelta(days=2), spans=(match.span(),))
    if match := TOMORROW.search(plain):
        return When(day=today + timedelta(days=1), spans=(match.span(),))
    if match := TODAY.search(plain):
        return When(day=today, spans=(match.span(),))
    return When()


def _week_day(plain: str, now: datetime) -> When:
    today = now.date()
    monday = today + timedelta(days=7 - today.weekday())
    if match := WEEKDAY.search(plain):
        number = WEEKDAYS[match["day"]]
        ahead = (number - today.weekday()) % 7 or 7
        day = today + timedelta(days=ahead)
        before, after = (match["before"] or "").strip(), match["after"] or ""
        if before == "next" or "week" in after or "semana" in after or NEXT_WEEK.search(plain):
            day = monday + timedelta(days=number)
        return When(day=day, spans=(match.span(),))
    if match := NEXT_WEEK.search(plain):
        return When(day=monday, whole_week=True, spans=(match.span(),))
    if match := WEEKEND.search(plain):
        return When(
            day=today + timedelta(days=(5 - today.weekday()) % 7 or 7), spans=(match.span(),)
        )
    return When()


def _day_of_month(plain: str, now: datetime) -> When:
    match = DAY_OF_MONTH.search(plain)
    if match is None:
        return When()
    number = int(match[1] or match[2])
    year, month = now.year, now.month
    for _ in range(3):
        day = _make_date(year, month, number)
        if day and day >= now.date():
            return When(day=day, spans=(match.span(),))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return When()


def _numeric_date(match: re.Match[str], now: datetime, *, month_first: bool) -> date | None:
    first, second, year = int(match[1]), int(match[2]), int(match[3] or now.year)
    year += 2000 if year < 100 else 0
    first, second = (second, first) if month_first else (first, second)
    day = _make_date(year, second, first) or _make_date(year, first, second)
    if day and not match[3] and day < now.date():
        return _make_date(year + 1, day.month, day.day)
    return day


def _dated(day: date | None, span: tuple[int, int], now: datetime) -> When:
    if day is None or not now.date() <= day <= now.date() + timedelta(days=730):
        return When()
    return When(day=day, spans=(span,))


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parse(text: str, now: datetime) -> date | None:
    parser = DateDataParser(
        languages=["es", "en"],
        settings={
            "PREFER_DATES_FROM": "future",
            "RELATIVE_BASE": now.replace(tzinfo=None),
            "DATE_ORDER": "DMY",
        },
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dateparser's own day-without-year deprecation
        words = (str(HOUR_WORDS.get(word, word)) for word in text.split() if word != "de")
    found = parser.get_date_data(" ".join(words)).date_obj
    return found.date() if isinstance(found, datetime) else None


def _find_hour(plain: str, when: When) -> When:
    if match := NOON.search(plain):
        return _with_span(replace(when, hour=12), match.span())
    for match in CLOCK.finditer(plain):
        if _is_clock(match):
            return _with_span(_read_clock(match, when), match.span())
    return when


def _is_clock(match: re.Match[str]) -> bool:
    at, worded = match["at"] or "", not match["hour"].isdigit()
    if match["suffix"] or match["half"]:
        return not worded or bool(at or match["suffix"])
    if match["minute"]:
        return True
    article = at.strip() in {"la", "las"} and not match["bound"]
    return bool(match["bound"] or at) and not (article and at.strip() == "la")


def _read_clock(match: re.Match[str], when: When) -> When:
    hour = HOUR_WORDS.get(match["hour"]) or int(match["hour"])
    minute = int(match["minute"] or (30 if match["half"] else 0))
    suffix = (match["suffix"] or "").replace(".", "").replace(" ", "")
    bound: Bound = ""
    if match["bound"]:
        bound = "before" if match["bound"].strip() in {"antes de", "before", "by"} else "after"
    part: Part = when.part
    if suffix in {"pm", "delatarde", "delanoche", "intheafternoon", "intheevening"}:
        hour, part = (hour + 12 if hour < 12 else hour), "afternoon"
    elif suffix in {"am", "delamanana", "inthemorning"}:
        hour, part = hour % 12, "morning"
    return replace(when, hour=hour, minute=minute, bound=bound, part=part)


def _settle_hour(when: When) -> When:
    if when.hour is None:
        return when
    hour = when.hour
    if (hour < 12 and when.part == "afternoon") or (1 <= hour <= 7 and when.part != "morning"):
        hour += 12
    return replace(when, hour=hour)


def _with_span(when: When, span: tuple[int, int]) -> When:
    return replace(when, spans=(*when.spans, span))


def _mask(plain: str, spans: tuple[tuple[int, int], ...]) -> str:
    for start, end in spans:
        plain = plain[:start] + " " * (end - start) + plain[end:]
    return plain
