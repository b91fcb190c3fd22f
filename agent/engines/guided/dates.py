"""When a lead wants to meet: «mañana por la tarde», «el jueves a las 10», «next Tuesday after 3».

All by hand: general parsers find dates in almost anything and take a second to load
(docs/adr/0015).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from agent.engines.guided.date_words import (
    ABSOLUTE,
    AFTER_TOMORROW,
    AFTERNOON,
    DAY_OF_MONTH,
    HOUR_WORDS,
    ISO,
    MONTH,
    MONTHS,
    MORNING,
    NEXT_WEEK,
    NIGHT,
    NIGHT_FROM,
    NUMBER_AFTER,
    NUMERIC,
    SPAN,
    STARTS_AFTER,
    STARTS_ON,
    TODAY,
    TOMORROW,
    WEEKDAY,
    WEEKDAY_IN_PORTUGUESE,
    WEEKDAYS,
    WEEKEND,
)
from agent.engines.guided.hours import Part, When, find_hour, settle_hour, with_span
from agent.turn import Language

# «El lunes no puedo, mejor el martes»: the first clause names no wish.
CANNOT = re.compile(
    r"\b(?:no (?:puedo|podria|podre|voy a poder|alcanzo|me queda)|can't|cannot|won't be able|doesn't work"
    r"|don't work|menos|excepto|nao (?:posso|consigo|da|vai dar|vou (?:poder|conseguir))|exceto)\b"
)
# «De este lunes en ocho» is a week after the coming one.
OF_NEXT_WEEK = re.compile(r"week|semana|ocho")
CLAUSE = re.compile(r"(?:(?!\b(?:pero|but|mas|mejor|melhor)\b)[^,.;\n])+")


def find_when(plain: str, now: datetime, *, language: Language = "es") -> When:
    """Read day, part of the day and hour; `now` is in the lead's own zone."""
    when = _stretched(plain, _find_day(plain, now, language))
    masked = _mask(plain, when.spans)
    when = find_hour(masked, when)
    for part, pattern in (("morning", MORNING), ("afternoon", AFTERNOON)):
        match = pattern.search(plain)
        if match and not when.part:
            when = with_span(replace(when, part=_part(part)), match.span())
    if when.hour is None and NIGHT.search(plain):
        return replace(when, hour=NIGHT_FROM, bound="after")
    return settle_hour(when)


def find_wish(plain: str, now: datetime, *, language: Language = "es") -> When:
    """Read a time that is wished, not the one that is refused beside it."""
    kept = CLAUSE.sub(_unless_refused, plain)
    return find_when(kept, now, language=language) or find_when(plain, now, language=language)


def _unless_refused(clause: re.Match[str]) -> str:
    return " " * len(clause[0]) if CANNOT.search(clause[0]) else clause[0]


def _stretched(plain: str, when: When) -> When:
    """Read «a partir del lunes» and «después del 15»."""
    if when.day is None:
        return when
    before = plain[: when.spans[0][0]]
    if STARTS_AFTER.search(before):
        return replace(when, day=when.day + timedelta(days=1), onwards=True, or_day=None)
    return replace(when, onwards=True, or_day=None) if STARTS_ON.search(before) else when


def _part(part: str) -> Part:
    return "morning" if part == "morning" else "afternoon"


def _find_day(plain: str, now: datetime, language: Language) -> When:
    if match := NUMERIC.search(plain):
        day = _numeric_date(match, now, month_first=language == "en")
        if when := _dated(day, match.span(), now):
            return when
    for read in (_absolute_day, _relative_day):
        if when := read(plain, now):
            return when
    named = WEEKDAY_IN_PORTUGUESE if language == "pt" else WEEKDAY
    return _week_day(plain, now, named) or _day_of_month(plain, now)


def _absolute_day(plain: str, now: datetime) -> When:
    if match := ISO.search(plain):
        return _dated(_make_date(*(int(part) for part in match.groups())), match.span(), now)
    if match := ABSOLUTE.search(plain):
        return _dated(_named_date(match, now), match.span(), now)
    if match := SPAN.search(plain):
        return _dated(_after(match, now), match.span(), now)
    return When()


def _named_date(match: re.Match[str], now: datetime) -> date | None:
    month = MONTHS[match["month"] or match["month_first"]]
    said = match["day"] or match["day_after"]
    number = int(said) if said.isdigit() else 1
    if match["year"]:
        return _make_date(int(match["year"]), month, number)
    day = _make_date(now.year, month, number)
    return day if day and day >= now.date() else _make_date(now.year + 1, month, number)


def _after(match: re.Match[str], now: datetime) -> date:
    count = match["count"]
    number = int(count) if count.isdigit() else HOUR_WORDS.get(count, 1)
    days = {"d": 1, "s": 7, "w": 7, "m": 30}[match["unit"][0]]
    return now.date() + timedelta(days=number * days)


def find_month(plain: str, now: datetime) -> tuple[date, tuple[int, int]] | None:
    """Read «en enero» or «a fin de año»: a day in it, and where it was said."""
    match = MONTH.search(plain)
    if match is None:
        return None
    month = MONTHS[match["month"]] if match["month"] else 1 if match["start"] else 12
    year = now.year + (month < now.month)
    if (year, month) == (now.year, now.month):
        return now.date(), match.span()
    return date(year, month, 20 if match["end"] else 1), match.span()


def _relative_day(plain: str, now: datetime) -> When:
    today = now.date()
    if match := AFTER_TOMORROW.search(plain):
        return When(day=today + timedelta(days=2), spans=(match.span(),))
    if match := TOMORROW.search(plain):
        return When(day=today + timedelta(days=1), spans=(match.span(),))
    if match := TODAY.search(plain):
        return When(day=today, spans=(match.span(),))
    return When()


def _week_day(plain: str, now: datetime, named: re.Pattern[str]) -> When:
    today = now.date()
    monday = today + timedelta(days=7 - today.weekday())
    if match := named.search(plain):
        number = WEEKDAYS[match["day"]]
        ahead = (number - today.weekday()) % 7 or 7
        day = today + timedelta(days=ahead)
        before, after = (match["before"] or "").strip(), match["after"] or ""
        if numbered := _numbered_day(plain, match, now):
            return numbered
        if "ocho" in after:
            monday = today + timedelta(days=ahead - number + 7)
        if before == "next" or OF_NEXT_WEEK.search(after) or NEXT_WEEK.search(plain):
            return When(day=monday + timedelta(days=number), spans=(match.span(),))
        coming = after or before in ("proximo", "proxima", "siguiente")
        or_today = today if number == today.weekday() and not coming else None
        return When(day=day, or_day=or_today, spans=(match.span(),))
    if match := NEXT_WEEK.search(plain):
        return When(day=monday, onwards=True, spans=(match.span(),))
    if match := WEEKEND.search(plain):
        return When(
            day=today + timedelta(days=(5 - today.weekday()) % 7 or 7), spans=(match.span(),)
        )
    return When()


def _numbered_day(plain: str, weekday: re.Match[str], now: datetime) -> When:
    """Read «lunes 12» as the twelfth if that is a Monday, else leave 12 to be the hour."""
    number = NUMBER_AFTER.match(plain, weekday.end())
    if number is None:
        return When()
    found = _next_of_month(int(number[1]), now)
    if found is None or found.weekday() != WEEKDAYS[weekday["day"]]:
        return When()
    return When(day=found, spans=((weekday.start(), number.end()),))


def _day_of_month(plain: str, now: datetime) -> When:
    match = DAY_OF_MONTH.search(plain)
    if match is None:
        return When()
    day = _next_of_month(int(next(filter(None, match.groups()))), now)
    return When(day=day, spans=(match.span(),)) if day else When()


def _next_of_month(number: int, now: datetime) -> date | None:
    year, month = now.year, now.month
    for _ in range(3):
        day = _make_date(year, month, number)
        if day and day >= now.date():
            return day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return None


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


def _mask(plain: str, spans: tuple[tuple[int, int], ...]) -> str:
    for start, end in spans:
        plain = plain[:start] + " " * (end - start) + plain[end:]
    return plain
