"""Which of the offered times a lead means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.engines.guided.hours import When
from agent.engines.guided.intents import Intent
from agent.engines.guided.ordinals import ORDINAL, ORDINALS
from agent.engines.guided.reading import Reading
from agent.turn import SlotView, SlotWish

NOON = 12


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


def exact_start(when: When, zone: str) -> datetime | None:
    """The one moment that was named, if it was one."""
    if when.day is None or when.hour is None or when.bound or when.onwards:
        return None
    start = datetime(when.day.year, when.day.month, when.day.day, tzinfo=ZoneInfo(zone))
    return start.replace(hour=when.hour, minute=when.minute)


def at_that_hour(when: When, slots: Sequence[SlotView], zone: str) -> tuple[SlotView, ...]:
    """The times that keep to an hour said without a day: «después de las 5»."""
    named = (when.hour, when.minute)
    fits = {"": named.__eq__, "after": named.__le__, "before": named.__gt__}[when.bound]
    local = [(slot, slot.starts_at.astimezone(ZoneInfo(zone))) for slot in slots]
    return tuple(slot for slot, at in local if fits((at.hour, at.minute)))


def wish_from(when: When, zone: str) -> SlotWish:
    """Turn words about time into what the calendar is asked."""
    day, part = when.day, when.part
    earliest = None
    if when.hour is not None and when.bound == "before":
        part = part or ("morning" if when.hour <= NOON + 1 else "")
    elif when.hour is not None:
        part = part or ("morning" if when.hour < NOON else "afternoon")
        if day is not None:
            start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
            earliest = start.replace(hour=when.hour, minute=when.minute)
    if when.onwards and day is not None:
        week = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        return SlotWish(part=part, earliest=week)
    return SlotWish(day=day, part=part, earliest=earliest)


def fresh_wish(wish: SlotWish, now: datetime) -> SlotWish:
    """Drop a wish whose day has passed."""
    if wish.day is not None and wish.day < (now - timedelta(days=1)).date():
        return SlotWish(part=wish.part)
    if wish.earliest is not None and wish.earliest < now:
        return SlotWish(day=wish.day, part=wish.part)
    return wish


def _fitting(when: When, offered: Sequence[SlotView], zone: ZoneInfo) -> list[SlotView]:
    if when.hour is None or when.bound:
        return []  # «mañana por la tarde» is a wish, not a choice
    matches = [slot for slot in offered if _fits(when, slot.starts_at.astimezone(zone))]
    starts = {slot.starts_at for slot in matches}
    return matches[:1] if len(starts) == 1 else matches


def _fits(when: When, start: datetime) -> bool:
    if when.onwards or (when.day is not None and when.day != start.date()):
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
