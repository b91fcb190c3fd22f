"""When salespeople are busy, as their calendars say: asked for together, and kept for a moment.

An answer is kept only while the calendar promises to tell of changes, until it tells of one. Never
for the check before a booking, which asks the calendar itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from conversations.models import CalendarWatch, Salesperson
from conversations.services import mailbox_health
from integrations.scheduling import Calendar, MailboxBusy

# News may be late, or lost.
LONGEST = timedelta(minutes=3)


@dataclass(frozen=True)
class _Kept:
    """An answer, what it was asked for and when: a change since then is not in it."""

    answer: MailboxBusy
    starts_at: datetime
    ends_at: datetime
    asked_at: datetime


@dataclass
class BusyTimes:
    """Asks the calendar for what it does not know. One a process; threads may share it."""

    _kept: dict[str, _Kept] = field(default_factory=dict)

    def of(
        self,
        hosts: Iterable[Salesperson],
        *,
        starts_at: datetime,
        ends_at: datetime,
        calendar: Calendar,
        now: datetime,
    ) -> Mapping[str, MailboxBusy]:
        """What each mailbox says of this time; wants `watch` at hand. Raises CalendarError."""
        hosts = list(hosts)
        known = {
            host.mailbox: kept.answer
            for host in hosts
            if (kept := self._usable(host, starts_at, ends_at, now))
        }
        missing = [host.mailbox for host in hosts if host.mailbox not in known]
        if not missing:
            return known
        # A little more than is needed now, or in a moment's time it would no longer do.
        until = ends_at + LONGEST
        answers = calendar.busy(missing, starts_at=starts_at, ends_at=until)
        if broken := [answer for answer in answers.values() if answer.error]:
            mailbox_health.note(broken, now=now)
        for host in hosts:
            answer = answers.get(host.mailbox)
            if answer and not answer.error and _is_watched(host, now):
                self._kept[host.mailbox] = _Kept(answer, starts_at, until, now)
        return {**known, **answers}

    def _usable(
        self, host: Salesperson, starts_at: datetime, ends_at: datetime, now: datetime
    ) -> _Kept | None:
        kept = self._kept.get(host.mailbox)
        if kept is None or not _is_watched(host, now):
            return None
        is_fresh = timedelta() <= now - kept.asked_at <= LONGEST
        is_true = host.busy_changed_at is None or host.busy_changed_at < kept.asked_at
        covers = kept.starts_at <= starts_at and ends_at <= kept.ends_at
        return kept if is_fresh and is_true and covers else None


def _is_watched(host: Salesperson, now: datetime) -> bool:
    watch: CalendarWatch | None = getattr(host, "watch", None)
    return (
        watch is not None
        and watch.mailbox == host.mailbox
        and watch.expires_at is not None
        and watch.expires_at > now
    )


def note_change(*, host_id: int, now: datetime) -> None:
    """What their calendar said before is no longer true, in whatever process it is kept."""
    Salesperson.objects.filter(pk=host_id).update(busy_changed_at=now)


busy_times = BusyTimes()
