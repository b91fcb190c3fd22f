"""Which of the offered times a lead means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.engines.guided.hours import When
from agent.engines.guided.intents import Intent
from agent.engines.guided.ordinals import ORDINAL, ORDINALS
from agent.engines.guided.reading import Reading
from agent.turn import SlotView, SlotWish

NOON, AFTER_LUNCH = 12, 13


def tapped_slot(reading: Reading, offered: Sequence[SlotView]) -> SlotView | None:
    """Match the last tap with what we offered; nothing else counts."""
    ids = {slot.id: slot for slot in offered}
    return next((ids[tap] for tap in reversed(reading.taps) if tap in ids), None)


def named_slots(
    reading: Reading, when: When, offered: Sequence[SlotView], zone: str
) -> list[SlotView]:
    """Find the offered times that the words fit: one is a choice, several are a question."""
    if not offered:
        return []
    if when:
        return _fitting(when, offered, ZoneInfo(zone))
    for text in reversed(reading.texts):
        if match := ORDINAL.match(text):
            number = ORDINALS[match["word"]] if match["word"] else int(match["digit"])
            return _numbered(number, offered, ZoneInfo(zone))
    if reading.has(Intent.ANY_FITS):
        return [min(offered, key=lambda slot: slot.starts_at)]
    return [offered[0]] if len(offered) == 1 and reading.has(Intent.YES) else []


def exact_starts(when: When, zone: str) -> tuple[datetime, ...]:
    """The moments that were named: one, or two when a day may be either of two."""
    if when.hour is None or when.bound or when.onwards:
        return ()
    clock = time(when.hour, when.minute, tzinfo=ZoneInfo(zone))
    return tuple(datetime.combine(day, clock) for day in (when.or_day, when.day) if day)


def wish_from(when: When, zone: str) -> SlotWish:
    """Turn words about time into what the calendar is asked."""
    at = None if when.hour is None else time(when.hour, when.minute)
    # The hour says it better than «por la tarde» does.
    part = "" if at else when.part
    if when.onwards and when.day is not None:
        first = datetime.combine(when.day, time(), ZoneInfo(zone))
        return SlotWish(part=part, earliest=first, at=at, bound=when.bound)
    return SlotWish(day=when.day, part=part, or_day=when.or_day, at=at, bound=when.bound)


def fresh_wish(wish: SlotWish, now: datetime) -> SlotWish:
    """Drop a wish whose day has passed."""
    yesterday = (now - timedelta(days=1)).date()
    if wish.day is not None and wish.day < yesterday:
        return SlotWish(part=wish.part)
    if wish.or_day is not None and wish.or_day < yesterday:
        wish = replace(wish, or_day=None)
    if wish.earliest is not None and wish.earliest < now:
        return replace(wish, earliest=None)
    return wish


def _fitting(when: When, offered: Sequence[SlotView], zone: ZoneInfo) -> list[SlotView]:
    if when.hour is None or when.bound:
        return []  # «mañana por la tarde» is a wish, not a choice
    matches = [slot for slot in offered if _fits(when, slot.starts_at.astimezone(zone))]
    starts = {slot.starts_at for slot in matches}
    return matches[:1] if len(starts) == 1 else matches


def _fits(when: When, start: datetime) -> bool:
    days = (when.day, when.or_day)
    if when.onwards or (when.day is not None and start.date() not in days):
        return False
    return (when.hour, when.minute) == (start.hour, start.minute)


def _numbered(number: int, offered: Sequence[SlotView], zone: ZoneInfo) -> list[SlotView]:
    """Read a bare number as a place in the list, else as an hour."""
    if number == -1:
        return [offered[-1]]
    if 1 <= number <= len(offered):
        return [offered[number - 1]]
    hours = {number, number + NOON} if number < NOON else {number}
    return [slot for slot in offered if slot.starts_at.astimezone(zone).hour in hours]
