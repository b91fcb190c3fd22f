"""Keeps the calendar telling us of changes: one watch for each mailbox, made by the worker alone.

Rows first: who claims a watch pushes it back, so two workers do not both ask. What a crash leaves
behind is asked for again, and a promise that nobody knows any more runs out by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from conversations.addresses import public_address
from conversations.models import CalendarWatch, Salesperson
from conversations.services.calendar_news import hash_of
from integrations.http import is_loopback
from integrations.scheduling import CalendarError, CalendarWatcher, Watch

DOOR = "/webhook/outlook"
RENEW_AFTER = timedelta(days=1)
# Longer than the calls for one of them can last.
LEASE = timedelta(minutes=5)
RETRY_AFTER = timedelta(minutes=5)
# Nothing but an administrator can mend it.
GIVE_TIME = timedelta(hours=1)
AT_ONCE = 20
PROBLEM_LENGTH = CalendarWatch._meta.get_field("problem").max_length
FROM_THE_START = datetime(2000, 1, 1, tzinfo=UTC)
ACTIVE = {"takes_meetings": True, "user__is_active": True}


def notify_url() -> str:
    """Where the calendar can reach us; empty where it cannot, and the timer does it all."""
    base = public_address()
    parts = urlsplit(base)
    reachable = parts.scheme == "https" or (settings.DEMO and is_loopback(parts.hostname))
    return f"{base}{DOOR}" if base and reachable else ""


def keep(*, watcher: CalendarWatcher, notify_url: str, clock: Callable[[], datetime]) -> None:
    """Bring the watches that are due in line with the salespeople, one after the other.

    Without an address rows only say whose mailbox is whose.
    """
    _note_changes(clock())
    for _each in range(AT_ONCE):
        now = clock()
        watch = _claim(now)
        if watch is None:
            return
        try:
            _settle(watch, watcher, notify_url, now)
        except CalendarError as error:
            _put_off(watch, error, clock())


def secret_of(host: Salesperson, notify_url: str) -> str:
    """It follows from the address too, so that a watch at an older address shows."""
    seed = f"{host.pk} {host.mailbox} {notify_url}"
    return salted_hmac("leadbot.calendar-watch", seed, algorithm="sha256").hexdigest()


def _note_changes(now: datetime) -> None:
    """New colleagues get a row; another mailbox, or none any more, is due at once."""
    hosts = Salesperson.objects.filter(watch=None, **ACTIVE)
    made = [
        CalendarWatch(
            salesperson=host, mailbox=host.mailbox, renew_due_at=now, created_at=FROM_THE_START
        )
        for host in hosts
    ]
    if made:
        CalendarWatch.objects.bulk_create(made, ignore_conflicts=True)
    away = ~Q(**{f"salesperson__{name}": value for name, value in ACTIVE.items()})
    other = (away & ~Q(watch_id="")) | ~Q(mailbox=F("salesperson__mailbox"))
    changed = CalendarWatch.objects.filter(other, renew_due_at__gt=now + LEASE)
    if ids := list(changed.values_list("pk", flat=True)):
        CalendarWatch.objects.filter(pk__in=ids).update(renew_due_at=now)


def _claim(now: datetime) -> CalendarWatch | None:
    """Take the one that is due longest, and nobody else's, for as long as asking may take."""
    with transaction.atomic():
        due = CalendarWatch.objects.select_for_update(
            skip_locked=True, no_key=True, of=("self",)
        ).filter(renew_due_at__lte=now)
        rows = due.select_related("salesperson__user").order_by("renew_due_at", "pk")
        watch = rows.first()
        if watch is not None:
            watch.renew_due_at = now + LEASE
            watch.save(update_fields=["renew_due_at"])
    return watch


def _settle(watch: CalendarWatch, watcher: CalendarWatcher, url: str, now: datetime) -> None:
    host = watch.salesperson
    wanted = bool(url) and host.takes_meetings and host.user.is_active
    secret = secret_of(host, url)
    if not wanted or watch.mailbox != host.mailbox or watch.secret_hash != hash_of(secret):
        _let_go(watch, watcher)
        _begin_anew(watch, host, now)
    if not wanted:
        _store(watch, now + GIVE_TIME, problem="")
        return
    made = _renewed(watch, watcher, now) or watcher.watch(
        mailbox=watch.mailbox, secret=secret, notify_url=url, now=now
    )
    half = now + (made.expires_at - now) / 2
    _store(
        watch,
        max(min(now + RENEW_AFTER, half), now + RETRY_AFTER),
        watch_id=made.watch_id,
        secret_hash=hash_of(secret),
        expires_at=made.expires_at,
        problem="",
    )


def _begin_anew(watch: CalendarWatch, host: Salesperson, now: datetime) -> None:
    """What was promised counts no more; a mailbox that is another one is theirs from now on."""
    changes: dict[str, object] = {"watch_id": "", "secret_hash": "", "expires_at": None}
    if watch.mailbox != host.mailbox:
        changes |= {"mailbox": host.mailbox, "created_at": now}
    _store(watch, watch.renew_due_at, **changes)


def _store(watch: CalendarWatch, due: datetime, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(watch, name, value)
    CalendarWatch.objects.filter(pk=watch.pk).update(renew_due_at=due, **changes)


def _renewed(watch: CalendarWatch, watcher: CalendarWatcher, now: datetime) -> Watch | None:
    """None where there is nothing to renew any more."""
    if not watch.watch_id:
        return None
    try:
        return watcher.renew(mailbox=watch.mailbox, watch_id=watch.watch_id, now=now)
    except CalendarError as error:
        if not error.gone:
            raise
        return None


def _let_go(watch: CalendarWatch, watcher: CalendarWatcher) -> None:
    """Whether or not it is heard: without a renewal it ends by itself, and is not believed."""
    if not watch.watch_id:
        return
    try:
        watcher.unwatch(mailbox=watch.mailbox, watch_id=watch.watch_id)
    except CalendarError:
        return


def _put_off(watch: CalendarWatch, error: CalendarError, now: datetime) -> None:
    pause = GIVE_TIME if error.permanent else RETRY_AFTER
    later = now + max(pause, timedelta(seconds=error.retry_after or 0))
    _store(watch, later, problem=str(error)[:PROBLEM_LENGTH])
