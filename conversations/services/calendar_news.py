"""What a calendar tells by itself: rows are marked to be looked at, in any order and as often.

Nothing is believed but that something changed. What stands in the calendar is read by the check.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from django.db.models import Q

from conversations import queue
from conversations.models import CalendarWatch, Meeting, MeetingState, Salesperson
from integrations.scheduling import CalendarNews


def hash_of(secret: str) -> str:
    """What is kept of a watch's secret."""
    return sha256(secret.encode()).hexdigest()


def receive(news: Collection[CalendarNews], *, now: datetime) -> None:
    """Mark what it is about. News of no watch of ours, or without its secret, is nothing.

    One statement after the other: who follows an event holds its salesperson and then the meeting,
    so a transaction over several rows would stand in its way. What a crash leaves out comes again.
    """
    watches = {
        watch.watch_id: watch
        for watch in CalendarWatch.objects.filter(watch_id__in={each.watch_id for each in news})
    }
    ours = [each for each in news if _is_ours(watches.get(each.watch_id), each.secret)]
    if not ours:
        return
    hosts = {each: watches[each.watch_id].salesperson_id for each in ours}
    Salesperson.objects.filter(pk__in=set(hosts.values())).update(busy_changed_at=now)
    _mark_meetings(hosts.items(), now)
    _mark_watches(ours, now)
    queue.hint_meeting_checks()


def _is_ours(watch: CalendarWatch | None, secret: str) -> bool:
    return watch is not None and compare_digest(watch.secret_hash, hash_of(secret))


def _mark_meetings(news: Iterable[tuple[CalendarNews, int]], now: datetime) -> None:
    """The events that were named; all of a calendar of which something was missed."""
    named: set[str] = set()
    whole: set[int] = set()
    hosts: set[int] = set()
    for each, host_id in news:
        if each.kind == "changed":
            named.add(each.event_id)
            hosts.add(host_id)
        else:
            whole.add(host_id)
    meant = Q(salesperson__in=whole) | Q(salesperson__in=hosts, event_id__in=named - {""})
    Meeting.objects.filter(meant, state=MeetingState.CONFIRMED).update(check_due_at=now)


def _mark_watches(news: Iterable[CalendarNews], now: datetime) -> None:
    """What runs out is renewed, what is gone is asked for anew."""
    removed = {each.watch_id for each in news if each.kind == "removed"}
    ending = {each.watch_id for each in news if each.kind == "expiring"}
    if ending:
        CalendarWatch.objects.filter(watch_id__in=ending).update(renew_due_at=now)
    if removed:
        CalendarWatch.objects.filter(watch_id__in=removed).update(
            watch_id="", secret_hash="", expires_at=None, renew_due_at=now
        )
