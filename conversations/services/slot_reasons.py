"""Why a time is not offered, for any instant. Pure; one law ties it to the engine:
`free_slots` has a start exactly where there is no reason against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from conversations.services.slots import MINUTE, Interval, OwnMeeting, Rules, Taken, every_minute
from conversations.services.wall_clock import is_repeated, steady_offset
from integrations.scheduling import BusyInterval


class Code(StrEnum):
    """What is in the way. The first three are about the salesperson and the clock as such."""

    HOST = "HOST"  # takes no meetings, or may not log in any more
    NOCAL = "NOCAL"  # the mailbox cannot be read
    CLOCK = "CLOCK"  # the clock skips or repeats this hour
    PAST = "PAST"
    TOOSOON = "TOOSOON"  # within the notice
    RANGE = "RANGE"  # beyond the horizon
    DAYOFF = "DAYOFF"
    HOLIDAY = "HOLIDAY"
    HOURS = "HOURS"  # outside the weekly windows
    DURATION = "DURATION"  # begins within hours, and does not fit before they end
    STEP = "STEP"  # not on the grid
    RESERVED = "RESERVED"  # a meeting or hold of ours
    CALENDAR = "CALENDAR"  # busy in the calendar
    BUFFER = "BUFFER"  # free, but not for as long as the buffers ask for
    DAYMAX = "DAYMAX"  # the day has as many meetings as the cap allows


@dataclass(frozen=True)
class Reason:
    """One thing in the way: `during` is when it is, `meeting_id` which meeting of ours, `limit` the
    first (TOOSOON) or last (RANGE) moment that would do, `label` a holiday or what a day off is for.
    """

    code: Code
    during: Interval | None = None
    meeting_id: UUID | None = None
    limit: datetime | None = None
    label: str = ""


def why_not(rules: Rules, *, taken: Taken, instant: datetime, now: datetime) -> Reason | None:
    """The first reason why no meeting may start at this instant; None where one may."""
    return next(reasons(rules, taken=taken, instant=instant, now=now), None)


def reasons(rules: Rules, *, taken: Taken, instant: datetime, now: datetime) -> Iterator[Reason]:
    """Everything that speaks against it, the plainest first."""
    yield from _clock_reasons(rules, instant)
    yield from _range_reasons(rules, instant, now)
    yield from _day_reasons(rules, instant)
    yield from _hours_reasons(rules, instant)
    yield from _busy_reasons(rules, taken, instant)
    if instant.astimezone(rules.zone).date() in taken.full_days(rules):
        yield Reason(Code.DAYMAX)


def _clock_reasons(rules: Rules, instant: datetime) -> Iterator[Reason]:
    days = {moment.astimezone(rules.zone).date() for moment in (instant, instant + rules.length)}
    if all(steady_offset(day, rules.zone) is not None for day in days):
        return
    if any(is_repeated(passed, rules.zone) for passed in every_minute(instant, rules.length)):
        yield Reason(Code.CLOCK)


def _range_reasons(rules: Rules, instant: datetime, now: datetime) -> Iterator[Reason]:
    earliest, latest = now + rules.notice, now + rules.horizon - rules.length
    if instant < now:
        yield Reason(Code.PAST)
    elif instant < earliest:
        yield Reason(Code.TOOSOON, limit=earliest)
    if instant > latest:
        yield Reason(Code.RANGE, limit=latest)


def _day_reasons(rules: Rules, instant: datetime) -> Iterator[Reason]:
    day = instant.astimezone(rules.zone).date()
    if day in rules.days_off:
        yield Reason(Code.DAYOFF)
    if day in rules.holidays:
        yield Reason(Code.HOLIDAY)


def _hours_reasons(rules: Rules, instant: datetime) -> Iterator[Reason]:
    local = instant.astimezone(rules.zone)
    minute = local.hour * 60 + local.minute
    windows = rules.windows_on(local.date())
    window = next(((opens, closes) for opens, closes in windows if opens <= minute < closes), None)
    if window is None:
        yield Reason(Code.HOURS)
        return
    if not _fits(rules, instant, local.date(), window[1]):
        yield Reason(Code.DURATION)
    if (minute - window[0]) % (rules.step // MINUTE) or local.second or local.microsecond:
        yield Reason(Code.STEP)


def _fits(rules: Rules, instant: datetime, day: date, closes: int) -> bool:
    for passed in every_minute(instant, rules.length):
        local = passed.astimezone(rules.zone)
        if local.date() != day or local.hour * 60 + local.minute >= closes:
            return False
    return True


def _busy_reasons(rules: Rules, taken: Taken, instant: datetime) -> list[Reason]:
    """What stands in our meetings' very times is how the calendar shows them, so said once."""
    slot = Interval(instant, instant + rules.length)
    found = [
        _clash(Code.RESERVED, each, slot, (rules.apart, rules.apart), each.meeting_id)
        for each in taken.own
    ]
    ours = {(each.starts_at, each.ends_at) for each in taken.own}
    found += [
        _clash(Code.CALENDAR, each, slot, (rules.buffer_before, rules.buffer_after))
        for each in taken.busy
        if each.starts_at < each.ends_at and (each.starts_at, each.ends_at) not in ours
    ]
    return sorted(filter(None, found), key=lambda reason: reason.code == Code.BUFFER)


def _clash(
    code: Code,
    other: OwnMeeting | BusyInterval,
    slot: Interval,
    buffers: tuple[timedelta, timedelta],
    meeting_id: UUID | None = None,
) -> Reason | None:
    during = Interval(other.starts_at, other.ends_at)
    if other.starts_at < slot.ends_at and slot.starts_at < other.ends_at:
        return Reason(code, during, meeting_id)
    before, after = buffers
    if other.starts_at < slot.ends_at + after and slot.starts_at - before < other.ends_at:
        return Reason(Code.BUFFER, during, meeting_id)
    return None
