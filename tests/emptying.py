"""Empty the test database after a test that committed, faster than Django does.

Django truncates every table, used or not, and then makes permissions and groups anew: a fifth of
a second a test. Deleting what is there takes two milliseconds, and those may stay.
"""

from __future__ import annotations

from functools import cache

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from psycopg import sql

# What `migrate` leaves in a new database, and `flush` makes again.
KEPT = (
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
)
# Later names first: the queue's tables have references that are checked at once.
TABLES = """
SELECT relname FROM pg_class
 WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> ALL (%s)
 ORDER BY relname DESC
"""

_flush = vars(TransactionTestCase)["_fixture_teardown"]


def install(patch: pytest.MonkeyPatch) -> None:
    """Do it our way from now on; the database is as `migrate` left it."""
    as_made = fingerprint()

    def empty(case: TransactionTestCase) -> None:
        if fingerprint() == as_made:
            delete_rows()
        else:
            _flush(case)
            _empty_queue()

    patch.setattr(TransactionTestCase, "_fixture_teardown", empty)


def fingerprint() -> list[tuple[str, ...]]:
    """Sum up what is kept, to notice the test that changed it."""
    parts = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}, md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} AS t").format(
            name, sql.Identifier(name)
        )
        for name in KEPT
    )
    with connection.cursor() as cursor:
        cursor.execute(parts)
        return sorted(cursor.fetchall())


def delete_rows() -> None:
    """Delete whatever is in any other table."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(_deletes())


@cache
def _deletes() -> sql.Composed:
    """Name all tables in one statement: a round trip for each would cost more than the rest."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [list(KEPT)])
        names = [name for (name,) in cursor.fetchall()]
    deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in names]
    return sql.SQL("; ").join(deletes)


def _empty_queue() -> None:
    """Django's flush leaves tables without a model alone."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
        cursor.execute("TRUNCATE procrastinate_periodic_defers, procrastinate_events CASCADE")
