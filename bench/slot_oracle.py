"""What the slot engine should find, by brute force: walk through every minute, look at the clock.

Written apart from the engine and without any of its functions: no arithmetic on offsets, no merging.
That a wall-clock time comes twice is seen by counting how often the clock shows it.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bench.slot_cases import MINUTE, Case

# No clock jumps further.
AROUND = timedelta(hours=4)


def starts(case: Case) -> list[datetime]:
    """Every start that keeps all the rules, in order."""
    rules, now = case.rules, case.now
    first = (now - AROUND).replace(second=0, microsecond=0)
    minutes = [first + passed * MINUTE for passed in range((rules.horizon + 2 * AROUND) // MINUTE)]
    shown = [minute.astimezone(rules.zone).replace(tzinfo=None, fold=0) for minute in minutes]
    seen = Counter(shown)
    lasts = rules.length // MINUTE
    return [
        minute
        for index, minute in enumerate(minutes)
        if now + rules.notice <= minute
        and minute + rules.length <= now + rules.horizon
        and _is_open(case, shown[index : index + lasts], seen)
        and not _is_in_the_way(case, minute)
        and not _is_full(case, shown[index])
    ]


def _is_open(case: Case, lasting: list[datetime], seen: Counter[datetime]) -> bool:
    day = lasting[0].date()
    if day in case.rules.days_off or day in case.rules.holidays:
        return False
    for opens, closes in case.rules.working_hours.get(str(day.weekday()), ()):
        begin, end = _at(day, opens), _at(day, closes)
        since = lasting[0] - begin
        fits = since >= timedelta() and lasting[-1] < end and not since % case.rules.step
        if fits and all(begin <= minute < end and seen[minute] == 1 for minute in lasting):
            return True
    return False


def _at(day: object, clock: str) -> datetime:
    midnight = datetime.fromisoformat(f"{day}T00:00")
    return midnight + timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))


def _is_in_the_way(case: Case, start: datetime) -> bool:
    before, after = case.rules.buffer_before, case.rules.buffer_after
    begin, end = start - before, start + case.rules.length + after
    for busy in case.taken.busy:
        if busy.starts_at < busy.ends_at and begin < busy.ends_at and busy.starts_at < end:
            return True
    return any(
        begin < own.ends_at + after and own.starts_at - before < end for own in case.taken.own
    )


def _is_full(case: Case, start: datetime) -> bool:
    if case.rules.daily_cap is None:
        return False
    that_day = {
        own.root
        for own in case.taken.own
        if own.starts_at.astimezone(case.rules.zone).date() == start.date()
    }
    return len(that_day - {case.taken.moving}) >= case.rules.daily_cap
