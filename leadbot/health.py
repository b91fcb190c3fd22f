"""Whether the process lives, and whether the whole is ready; no personal data in either."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from conversations.models import Conversation

HEARTBEAT_LIMIT = timedelta(seconds=60)
PENDING_LIMIT = timedelta(seconds=120)
# Migrations do not go back under a running process: once applied, not asked again.
_applied: set[str] = set()


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer while this process can answer anything."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when messages would be answered, else 503 naming what fails."""
    found = findings(now=timezone.now())
    ready = all(problem is None for problem in found.values())
    body = {
        "status": "ok" if ready else "failing",
        "checks": {name: problem or "ok" for name, problem in found.items()},
    }
    return JsonResponse(body, status=200 if ready else 503)


def findings(*, now: datetime) -> dict[str, str | None]:
    """Ask each part; a part that cannot be asked is the finding."""
    parts: dict[str, Callable[[], str | None]] = {
        "database": _database,
        "migrations": unapplied_migrations,
        "worker": lambda: worker_silence(now=now),
        "pending": lambda: oldest_pending(now=now),
    }
    found: dict[str, str | None] = {}
    for name, ask in parts.items():
        try:
            found[name] = ask()
        except DatabaseError as error:
            found[name] = f"cannot be asked: {type(error).__name__}"
    return found


def unapplied_migrations() -> str | None:
    """Count the migrations that the database lacks."""
    if "all" in _applied:
        return None
    missing = _migrations_on_disk() - set(MigrationRecorder(connection).applied_migrations())
    if missing:
        return f"{len(missing)} not applied"
    _applied.add("all")
    return None


def _migrations_on_disk() -> set[tuple[str, str]]:
    """Name them without importing them: a web process would keep a hundred modules for nothing."""
    return {
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in pkgutil.iter_modules([str(Path(app.path) / "migrations")])
        if module.name[0] not in "_~"
    }


def worker_silence(*, now: datetime) -> str | None:
    """Say how long no worker has given a sign of life, when that is too long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        row = cursor.fetchone()
    last = row[0] if row else None
    if last is None:
        return "no worker runs"
    if now - last > HEARTBEAT_LIMIT:
        return f"silent for {(now - last).total_seconds():.0f} s"
    return None


def oldest_pending(*, now: datetime) -> str | None:
    """Say how long the oldest unanswered message waits, when that is too long."""
    waiting = Conversation.objects.filter(answer_due_at__isnull=False)
    oldest = waiting.aggregate(oldest=Min("answer_pending_since"))["oldest"]
    if oldest is not None and now - oldest > PENDING_LIMIT:
        return f"waiting for {(now - oldest).total_seconds():.0f} s"
    return None


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None
