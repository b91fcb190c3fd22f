"""Sends stored webhooks from threads of the web process, again and again until they are taken.

No thread lives while nothing is due, so that neither tests nor an idle server notice it.

    none --wake()--> running --nothing left--> none
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests
from django.db import connection, transaction
from django.db.models import Min
from django.db.models.functions import Greatest
from django.utils import timezone

from integrations.models import SimulatedMessage, SimulatedWebhook
from integrations.simulator import phones
from integrations.simulator.business import business

THREAD_NAME = "simulator-webhooks"
MAX_THREADS = 4
LEASE = timedelta(seconds=30)
TIMEOUT_SECONDS = (5, 20)
MAX_ATTEMPTS = 20
LONGEST_PAUSE_SECONDS = 60.0
SHORTEST_WAIT_SECONDS = 0.05

# First attempts of one phone go in order; a repeated one holds nobody back, as with Meta.
CLAIM = """
UPDATE integrations_simulatedwebhook SET leased_until = %(until)s, attempts = attempts + 1
WHERE id = (
    SELECT id FROM integrations_simulatedwebhook AS mine
    WHERE gave_up_at IS NULL AND due_at <= %(now)s
      AND (leased_until IS NULL OR leased_until < %(now)s)
      AND NOT EXISTS (
          SELECT FROM integrations_simulatedwebhook AS earlier
          WHERE earlier.lane = mine.lane AND earlier.gave_up_at IS NULL
            AND (earlier.due_at, earlier.id) < (mine.due_at, mine.id)
            AND (earlier.attempts = 0 OR earlier.attempts = 1 AND earlier.leased_until > %(now)s)
      )
    ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def signature(body: bytes, app_secret: str) -> str:
    """Sign the raw bytes, as the header X-Hub-Signature-256 carries it."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass
class _Threads:
    """How many run, and how often somebody called."""

    changed: threading.Condition
    running: int = 0
    calls: int = 0


# Reentrant by default, which _leave relies on.
_threads = _Threads(threading.Condition())


def wake() -> None:
    """Say that there is something to send; never waits for it."""
    with _threads.changed:
        _threads.calls += 1
        _threads.changed.notify_all()
        if _threads.running >= MAX_THREADS:
            return
        _threads.running += 1
    threading.Thread(target=_run, name=THREAD_NAME, daemon=True).start()


def _run() -> None:
    try:
        with requests.Session() as session:
            session.trust_env = False
            while _work(session):
                pass
    except BaseException:
        _leave()
        raise
    finally:
        connection.close()


def _work(session: requests.Session) -> bool:
    """Send what is due, or wait for what will be; False when this thread is not needed."""
    with _threads.changed:
        calls = _threads.calls
    job = _claim(timezone.now())
    if job is None:
        return _wait(calls)
    _send(session, job)
    return True


def _wait(calls: int) -> bool:
    due_at = _next_due_at()
    with _threads.changed:
        if _threads.calls != calls:
            return True
        if due_at is None or _threads.running > 1:
            _leave()
            return False
        seconds = (due_at - timezone.now()).total_seconds()
        _threads.changed.wait(min(max(seconds, SHORTEST_WAIT_SECONDS), LONGEST_PAUSE_SECONDS))
    return True


def _leave() -> None:
    with _threads.changed:
        _threads.running -= 1


def _claim(now: datetime) -> SimulatedWebhook | None:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "until": now + LEASE})
        row = cursor.fetchone()
    return SimulatedWebhook.objects.filter(pk=row[0]).first() if row else None


def _next_due_at() -> datetime | None:
    pending = SimulatedWebhook.objects.filter(gave_up_at__isnull=True)
    due_at: datetime | None = pending.aggregate(at=Min(Greatest("due_at", "leased_until")))["at"]
    return due_at


def _send(session: requests.Session, job: SimulatedWebhook) -> None:
    answer = _post(session, job)
    # Meta wants a 200; Microsoft is content with any of its kind.
    if answer == "200" or (job.url and answer.startswith("2")):
        _finish(job, SimulatedMessage.Status.DELIVERED)
        SimulatedWebhook.objects.filter(pk=job.pk).delete()
        return
    now = timezone.now()
    if job.attempts >= MAX_ATTEMPTS:
        _finish(job, SimulatedMessage.Status.FAILED)
        job.gave_up_at = now
    pause = min(0.5 * 2**job.attempts, LONGEST_PAUSE_SECONDS)
    job.due_at, job.leased_until, job.last_answer = now + timedelta(seconds=pause), None, answer
    job.save(update_fields=["due_at", "leased_until", "last_answer", "gave_up_at"])


def _post(session: requests.Session, job: SimulatedWebhook) -> str:
    """Give the HTTP status, or the kind of the failure."""
    ours, body = business(), bytes(job.body)
    headers = {"Content-Type": "application/json", "Connection": "close"}
    if not job.url:
        headers |= {
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(body, ours.app_secret),
        }
    try:
        response = session.post(
            job.url or ours.webhook_url,
            data=body,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return type(error).__name__
    return str(response.status_code)


def _finish(job: SimulatedWebhook, status: SimulatedMessage.Status) -> None:
    """Show on the phone how far its message came; what is read already stays so."""
    if job.message_id is None:
        return
    with transaction.atomic():
        waiting = SimulatedMessage.objects.filter(
            pk=job.message_id, status=SimulatedMessage.Status.SENT
        )
        phone_id = waiting.values_list("phone_id", flat=True).first()
        if phone_id is not None:
            waiting.update(status=status, revision=phones.next_revision(phone_id))
