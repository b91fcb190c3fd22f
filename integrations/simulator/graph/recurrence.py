"""On which days a series takes place: Graph's patterns and ranges, without a clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, takewhile
from typing import Any

from integrations.simulator.graph.wire import WireError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
INDEXES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
PATTERNS = (
    "daily",
    "weekly",
    "absoluteMonthly",
    "relativeMonthly",
    "absoluteYearly",
    "relativeYearly",
)
RANGES = ("endDate", "noEnd", "numbered")
MOST = 999
# Exchange's own.
EARLIEST_YEAR, LATEST_YEAR = 1900, 4500
NEVER = "0001-01-01"


@dataclass(frozen=True)
class Rule:
    """A pattern and a range; what a type does not use is as it came."""

    type: str
    interval: int
    weekdays: tuple[int, ...]
    first_weekday: int
    month: int
    day_of_month: int
    index: str
    starts_on: date
    ends_on: date | None = None
    times: int | None = None
    time_zone: str = ""


def read(value: object) -> Rule:
    """Check what a client wrote."""
    whole = value if isinstance(value, dict) else {}
    pattern, span = _part(whole, "pattern"), _part(whole, "range")
    kind, limit = _one_of(pattern.get("type"), PATTERNS), _one_of(span.get("type"), RANGES)
    yearly = kind.endswith("Yearly")
    absolute, relative = kind.startswith("absolute"), kind.startswith("relative")
    starts_on = _date(span.get("startDate"))
    rule = Rule(
        type=kind,
        interval=_number(pattern.get("interval"), 1, MOST),
        weekdays=_weekdays(pattern.get("daysOfWeek"), required=relative or kind == "weekly"),
        first_weekday=_weekdays([pattern.get("firstDayOfWeek") or "sunday"], required=True)[0],
        month=_number(pattern.get("month"), 1, 12) if yearly else 0,
        day_of_month=_number(pattern.get("dayOfMonth"), 1, 31) if absolute else 0,
        index=_one_of(pattern.get("index") or "first", tuple(INDEXES)),
        starts_on=starts_on,
        ends_on=_date(span.get("endDate")) if limit == "endDate" else None,
        times=_number(span.get("numberOfOccurrences"), 1, MOST) if limit == "numbered" else None,
        time_zone=str(span.get("recurrenceTimeZone") or ""),
    )
    if rule.ends_on and rule.ends_on < starts_on:
        raise _invalid()
    return rule


def write(rule: Rule) -> dict[str, Any]:
    """The rule as Graph shows it."""
    limit = "endDate" if rule.ends_on else "numbered" if rule.times else "noEnd"
    return {
        "pattern": {
            "type": rule.type,
            "interval": rule.interval,
            "month": rule.month,
            "dayOfMonth": rule.day_of_month,
            "daysOfWeek": [WEEKDAYS[day] for day in rule.weekdays],
            "firstDayOfWeek": WEEKDAYS[rule.first_weekday],
            "index": rule.index,
        },
        "range": {
            "type": limit,
            "startDate": rule.starts_on.isoformat(),
            "endDate": rule.ends_on.isoformat() if rule.ends_on else NEVER,
            "recurrenceTimeZone": rule.time_zone,
            "numberOfOccurrences": rule.times or 0,
        },
    }


def days(rule: Rule, last: date) -> Iterator[date]:
    """The days of the series in order, up to a last one."""
    until = min(last, rule.ends_on) if rule.ends_on else last
    found = takewhile(lambda day: day <= until, _endless(rule))
    for number, day in enumerate(found):
        if rule.times is not None and number >= rule.times:
            return
        yield day


def _endless(rule: Rule) -> Iterator[date]:
    for number in count(0, rule.interval):
        for day in _period(rule, number):
            if day >= rule.starts_on:
                yield day


def _period(rule: Rule, number: int) -> list[date]:
    """The days in one day, week, month or year after the first."""
    first = rule.starts_on
    if rule.type == "daily":
        return [first + timedelta(days=number)]
    if rule.type == "weekly":
        week = first + timedelta(days=7 * number - (first.weekday() - rule.first_weekday) % 7)
        week_days = (week + timedelta(days=place) for place in range(7))
        return [day for day in week_days if day.weekday() in rule.weekdays]
    if rule.month:
        return [_day_in(rule, first.year + number, rule.month)]
    years, month = divmod(first.month - 1 + number, 12)
    return [_day_in(rule, first.year + years, month + 1)]


def _day_in(rule: Rule, year: int, month: int) -> date:
    length = monthrange(year, month)[1]
    if rule.day_of_month:
        # As Outlook: the 31st of a shorter month is its last day.
        return date(year, month, min(rule.day_of_month, length))
    dates = (date(year, month, day) for day in range(1, length + 1))
    return [day for day in dates if day.weekday() in rule.weekdays][INDEXES[rule.index]]


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    if not isinstance(part, dict):
        raise _invalid()
    return part


def _one_of(value: object, names: tuple[str, ...]) -> str:
    for name in names:
        if str(value).lower() == name.lower():
            return name
    raise _invalid()


def _number(value: object, least: int, most: int) -> int:
    if isinstance(value, int) and least <= value <= most:
        return value
    raise _invalid()


def _weekdays(value: object, *, required: bool) -> tuple[int, ...]:
    names = value if isinstance(value, list) else []
    if required and not names:
        raise _invalid()
    return tuple(sorted({WEEKDAYS.index(_one_of(name, WEEKDAYS)) for name in names}))


def _date(value: object) -> date:
    try:
        found = date.fromisoformat(str(value))
    except ValueError:
        raise _invalid() from None
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise _invalid()
    return found


def _invalid() -> WireError:
    return WireError(
        400, "ErrorInvalidRecurrencePattern", "The recurrence pattern or range is invalid."
    )
