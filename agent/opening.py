"""When people of the business answer again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.playbook.schema import OpenHours, Playbook

Stretch = tuple[datetime, datetime]


def next_opening(playbook: Playbook, now: datetime) -> datetime | None:
    """The next time at which somebody is there; None while somebody is, or if no hours are known.

    Hours that close no later than they open go on into the next day.
    """
    stretches = list(_around(playbook, now))
    if any(opens <= now < closes for opens, closes in stretches):
        return None
    return min((opens for opens, _closes in stretches if opens > now), default=None)


def _around(playbook: Playbook, now: datetime) -> Iterator[Stretch]:
    """From yesterday's, which may not be over yet, to this weekday's in a week."""
    today = now.astimezone(ZoneInfo(playbook.time_zone)).date()
    for days in range(-1, 8):
        day = today + timedelta(days=days)
        for hours in playbook.opening_hours:
            if hours.weekday == day.weekday():
                yield _on(day, hours, ZoneInfo(playbook.time_zone))


def _on(day: date, hours: OpenHours, clock: ZoneInfo) -> Stretch:
    last = day if hours.opens < hours.closes else day + timedelta(days=1)
    return datetime.combine(day, hours.opens, clock), datetime.combine(last, hours.closes, clock)
