"""What the doctor finds in this instance: settings, database, worker, static files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from integrations.http import is_loopback
from leadbot import checks, health
from leadbot.doctor.findings import Finding, fail, ok, warn

OLDEST_POSTGRES = 15
SKEW_LIMIT_SECONDS = 30
SHORTEST_TOKEN = 20
# Supabase's Data API reads as these; they must not reach our tables.
FOREIGN_ROLES = ("anon", "authenticated")


def settings_section() -> Iterator[Finding]:
    """Repeat what `check --deploy` finds, and name what only the demo may do."""
    found = checks.check_deployment()
    for message in found:
        yield fail("settings", str(message.msg), str(message.hint))
    if settings.DEMO:
        yield warn(
            "settings",
            "demo: made for this machine only",
            "Nothing to mend here; on a server that others reach, unset LEADBOT_DEMO.",
        )
    if not settings.SIMULATOR and not settings.WHATSAPP_BUSINESS_ACCOUNT_ID:
        yield warn(
            "settings",
            "WHATSAPP_BUSINESS_ACCOUNT_ID is missing",
            "Set it to the account id beside the number at Meta (WhatsApp > API set-up), so that "
            "the doctor can look at the webhook's subscription.",
        )
    if 0 < len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        yield warn(
            "settings",
            "METRICS_TOKEN can be guessed",
            f"Set it to {SHORTEST_TOKEN} or more random characters, or unset it.",
        )
    if not found:
        modes = ", ".join(f"{name}={getattr(settings, name)}" for name in checks.MODES)
        yield ok("settings", modes)


def database_section(*, now: datetime) -> Iterator[Finding]:
    """Ask the database for its version, our schema, its migrations and who else may read."""
    connection.settings_dict.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '10s'")
        yield _version()
        yield _schema()
        yield from _exposed()
        yield from _transport()
        yield _migrations()
        yield _clock(now=now)
    except DatabaseError as error:
        yield fail(
            "database",
            "the demo's own server does not run" if settings.EMBEDDED_DATABASE else _reason(error),
            "Start it with `make run`." if settings.EMBEDDED_DATABASE else "Correct DATABASE_URL.",
        )


def worker_section(*, now: datetime) -> Iterator[Finding]:
    """Look for a worker's heartbeat, messages that wait, and jobs that failed."""
    try:
        silence = health.worker_silence(now=now)
        waiting = health.oldest_pending(now=now)
        failed = _number("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    except DatabaseError:
        yield fail("worker", "cannot be looked for", "Mend the database first.")
        return
    if silence:
        command = "make run" if settings.DEMO else "python manage.py worker"
        yield fail("worker", silence, f"Start it: `{command}`.")
    else:
        yield ok("worker", "alive")
    if waiting:
        yield fail("worker", f"oldest message {waiting}", "Read why in the worker's log.")
    if failed:
        yield warn(
            "worker",
            f"{failed} failed jobs; nothing is lost, messages are tried again",
            "Read why in the worker's log.",
        )


def static_section() -> Iterator[Finding]:
    """Look for the collected files, which only production needs."""
    if not settings.COLLECTED:
        yield ok("static", "served from where they lie")
    elif (Path(str(settings.STATIC_ROOT)) / "staticfiles.json").exists():
        yield ok("static", "collected")
    else:
        yield fail("static", "not collected", "Run `python manage.py collectstatic --noinput`.")


def clock_finding(subject: str, theirs: datetime | None, *, now: datetime) -> Iterator[Finding]:
    """Compare a clock with ours: tokens, windows and slots depend on it."""
    if theirs is None:
        return
    skew = abs((theirs - now).total_seconds())
    if skew > SKEW_LIMIT_SECONDS:
        yield fail("clock", f"{skew:.0f} s apart from {subject}", "Set this machine's clock (NTP).")
    else:
        yield ok("clock", f"agrees with {subject}")


def _reason(error: DatabaseError) -> str:
    """Give the server's own words, which name host, user and database but no password."""
    lines = str(error).strip().splitlines()
    return f"does not answer: {lines[0][:200]}" if lines else "does not answer"


def _version() -> Finding:
    version = connection.cursor().connection.info.server_version // 10000
    if version < OLDEST_POSTGRES:
        return fail("database", f"Postgres {version}", f"Use Postgres {OLDEST_POSTGRES} or newer.")
    return ok("database", f"Postgres {version}")


def _schema() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        row = cursor.fetchone()
    if row and row[0] == settings.DATABASE_SCHEMA:
        return ok("database", f"schema {settings.DATABASE_SCHEMA} first in search_path")
    return fail(
        "database",
        f"search_path leads to {row[0] if row else None}",
        "Run `python manage.py migrate`; behind a pooler set the role's search_path too.",
    )


def _exposed() -> Iterator[Finding]:
    readers = _number(
        "SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)"
        " AND to_regnamespace(%s) IS NOT NULL"
        " AND has_schema_privilege(oid, to_regnamespace(%s), 'USAGE')",
        [list(FOREIGN_ROLES), settings.DATABASE_SCHEMA, settings.DATABASE_SCHEMA],
    )
    if readers:
        schema = settings.DATABASE_SCHEMA
        yield fail(
            "database",
            f"Supabase's Data API may read schema {schema}",
            f"Run: REVOKE ALL ON SCHEMA {schema} FROM {', '.join(FOREIGN_ROLES)}.",
        )


def _transport() -> Iterator[Finding]:
    database = connection.settings_dict
    if str(database["PORT"]) == "6543":
        yield warn(
            "database",
            "port 6543 is the transaction pooler: answers start up to half a second later",
            "Use the session pooler: port 5432 in DATABASE_URL.",
        )
    host = str(database["HOST"] or database["OPTIONS"].get("host", ""))
    local = not host or host.startswith("/") or is_loopback(host)
    secured = _number("SELECT count(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")
    if not local and not secured:
        yield warn("database", "connection without TLS", "Add sslmode=verify-full to DATABASE_URL.")


def _migrations() -> Finding:
    missing = health.unapplied_migrations()
    if missing:
        return fail("database", f"migrations: {missing}", "Run `python manage.py migrate`.")
    return ok("database", "migrations applied")


def _clock(*, now: datetime) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    return next(iter(clock_finding("the database", row[0] if row else None, now=now)))


def _number(query: str, parameters: Sequence[str | list[str]] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, list(parameters))
        row = cursor.fetchone()
    return int(row[0]) if row else 0
