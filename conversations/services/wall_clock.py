"""What a zone's clock shows and when: exact where it jumps. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def instant_of(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The one instant with this wall-clock time: None when the clock skips or repeats it."""
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    return first.astimezone(UTC) if first.utcoffset() == second.utcoffset() else None


def is_repeated(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock shows this instant's time a second time that day."""
    return instant_of(instant.astimezone(zone).replace(tzinfo=None, fold=0), zone) is None


# A search asks for the same fortnight for everybody in a zone.
@lru_cache(maxsize=2048)
def steady_offset(day: date, zone: ZoneInfo) -> timedelta | None:
    """The offset from UTC all day long; None when the clock changes on that day."""
    offsets = {
        datetime.combine(each, time(), zone).replace(fold=fold).utcoffset()
        for each in (day, day + DAY)
        for fold in (0, 1)
    }
    return offsets.pop() if len(offsets) == 1 else None
