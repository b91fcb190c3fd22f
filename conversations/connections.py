"""The database connection of a job that has none to spare."""

from __future__ import annotations

from django.db import connection


def give_back() -> None:
    """Return a pooled connection before minutes without a query; the next one takes another.

    A connection that is not pooled stays, as does one in a transaction.
    """
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
