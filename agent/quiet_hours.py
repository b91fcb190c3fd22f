"""When a lead may be written to unasked, on their own clock. Pure; exact where clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class QuietHours:
    """From `begins` to `ends`, half-open, over midnight if it has to; equal: there are none."""

    begins: time
    ends: time
    zone: ZoneInfo

    def hold(self, at: datetime) -> bool:
        """Whether it is quiet then."""
        clock = at.astimezone(self.zone).time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends

    def over(self, at: datetime) -> datetime:
        """That moment, or the first one after it that is not quiet."""
        if not self.hold(at):
            return at
        return min(each for each in self._turns(self.ends, at) if each > at and not self.hold(each))

    def next_begin(self, at: datetime) -> datetime | None:
        """When it gets quiet after a moment that is not."""
        if self.begins == self.ends:
            return None
        return min(each for each in self._turns(self.begins, at) if each > at and self.hold(each))

    def before(self, at: datetime) -> datetime:
        """That moment, or the last minute before the quiet hours that it lies in."""
        if not self.hold(at):
            return at
        turns = [each for each in self._turns(self.begins, at) if each <= at]
        begun = max(each for each in turns if self.hold(each) and not self.hold(each - SECOND))
        return begun - MINUTE

    def _turns(self, clock: time, at: datetime) -> list[datetime]:
        """When the clock shows this in the days around, and when it is changed."""
        today = at.astimezone(self.zone).date()
        days = [
            datetime.combine(today + timedelta(days), clock, self.zone) for days in range(-2, 4)
        ]
        shown = [day.replace(fold=fold).astimezone(UTC) for day in days for fold in (0, 1)]
        return [*shown, *(self._change(*two) for two in pairwise(shown) if self._differ(*two))]

    def _differ(self, before: datetime, after: datetime) -> bool:
        return before.astimezone(self.zone).utcoffset() != after.astimezone(self.zone).utcoffset()

    def _change(self, before: datetime, after: datetime) -> datetime:
        """The second in which the clocks are changed, between two moments."""
        first, last = sorted((before, after))
        while last - first > SECOND:
            middle = first + timedelta(seconds=(last - first) // SECOND // 2)
            first, last = (first, middle) if self._differ(first, middle) else (middle, last)
        return last
