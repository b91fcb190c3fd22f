"""A whole leadbot of its own for a measurement: database, web and worker in a temporary place."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from bench import traffic
from leadbot import embedded_postgres

# Nothing listens there.
CLOSED = "http://127.0.0.1:9"
OURS = "leadbot.settings"
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Web:
    """A running gunicorn."""

    process: int
    port: int


class Stack:
    """Configured like production, except that everything listens on loopback."""

    def __init__(self, **environment: str) -> None:
        # What was started is stopped, also when the measurement is.
        signal.signal(signal.SIGTERM, lambda *_arguments: sys.exit(1))
        self._closing = ExitStack()
        place = self._closing.enter_context(tempfile.TemporaryDirectory(prefix="leadbot-bench-"))
        self.data_dir = Path(place)
        self.database_url = self._closing.enter_context(embedded_postgres.start(self.data_dir)).url
        self.environment = _environment(self.data_dir, self.database_url) | environment

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.close()

    def manage(self, *arguments: str) -> None:
        """Run a management command to its end."""
        subprocess.run(  # our own command
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def web(self, *, settings: str = OURS) -> Web:
        """Start the production gunicorn command under these settings."""
        port = int(self.environment["PORT"]) if settings == OURS else free_port()
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": settings}
        command = ["-m", "gunicorn", "-c", "python:leadbot.gunicorn", "--bind", f"127.0.0.1:{port}"]
        process = self._start([*command, "leadbot.wsgi:application"], environment)
        _wait_for(port)
        return Web(process, port)

    def worker(self) -> int:
        """Start the worker; gives its process id."""
        return self._start(["manage.py", "worker"], self.environment)

    def _start(self, command: list[str], environment: dict[str, str]) -> int:
        process = subprocess.Popen(  # our own command
            [sys.executable, *command], cwd=ROOT, env=environment
        )
        self._closing.callback(_stop, process)
        return process.pid


def _environment(data_dir: Path, database_url: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": OURS,
        "PORT": str(free_port()),
        "MALLOC_ARENA_MAX": "1",
        "DATABASE_URL": database_url,
        "LEADBOT_DATA_DIR": str(data_dir),
        "SECRET_KEY": "only-for-measurements-0123456789-abcdefghijklmnopqrstuvwxyz",
        "ALLOWED_HOSTS": f"{traffic.HOST},127.0.0.1",
        "WHATSAPP_MODE": "cloud",
        "WHATSAPP_API_URL": CLOSED,
        "OPENAI_BASE_URL": CLOSED,
        "WHATSAPP_ACCESS_TOKEN": "bench",
        "WHATSAPP_PHONE_NUMBER_ID": traffic.PHONE_NUMBER_ID,
        "WHATSAPP_BUSINESS_ACCOUNT_ID": "104938271650432",
        "WHATSAPP_APP_SECRET": traffic.SECRET,
        "WHATSAPP_VERIFY_TOKEN": "bench",
        # What we can do is measured, not what WhatsApp lets a number do.
        "WHATSAPP_MESSAGES_PER_SECOND": "1000",
    }


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"Nothing listens on {port}")
