"""A database that is migrated once, for others to begin as a copy of it.

Migrations take four seconds of processor time each time; a copy takes a tenth of one. Whoever
begins with a copy migrates all the same, and finds that done.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from leadbot import embedded_postgres
from tests.settings import DATA_DIR

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "leadbot_template_"
MAKING = f"{PREFIX}making"
# What a new database is made of.
SOURCES = (
    *("*/migrations/*.py", "*/models/*.py", "*/models.py", "leadbot/apps.py", "leadbot/schema.py"),
    *("conversations/services/roles.py", "requirements.txt"),
)


def migrated() -> str:
    """Name it, and make it if the tests' own server has none of this code."""
    name = PREFIX + _hash()
    with (DATA_DIR / "template.lock").open("w") as lock, _connected(_server()) as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = [each for (each,) in server.execute("SELECT datname FROM pg_database").fetchall()]
        if name in there:
            return name
        for old in there:
            if old.startswith(PREFIX):
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(MAKING)))
        _migrate(MAKING)
        server.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(MAKING), sql.Identifier(name)
            )
        )
    return name


@contextmanager
def databases(source: str, *parts: str) -> Iterator[list[str]]:
    """The addresses of copies on the server of the tests."""
    names = [f"test_leadbot_{part}_{os.getpid()}" for part in parts]
    with _connected(_server()) as server:
        for name in names:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(source)
                )
            )
        yield [re.sub(r"(://[^/]*/)[^?]*", rf"\g<1>{name}", _server()) for name in names]
        for name in names:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _hash() -> str:
    files = sorted(path for pattern in SOURCES for path in ROOT.glob(pattern))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _server() -> str:
    return os.environ.get("DATABASE_URL") or embedded_postgres.database_url(DATA_DIR)


def _connected(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True)


def _migrate(name: str) -> None:
    """As pytest-django would, which has not begun."""
    given = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = given
