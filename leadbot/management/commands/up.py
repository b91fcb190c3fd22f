"""Run everything on this machine: database, web, worker, and in simulator mode the phones."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from leadbot import embedded_postgres, local_environment, local_secrets
from leadbot.supervisor import Child, ChildError, stop_all

START_SECONDS = 90.0
TICK_SECONDS = 0.25
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    """Start, watch, and on Ctrl-C stop every process it started and nothing else."""

    help = "Starts everything: embedded Postgres, migrations, demo data, web, worker."
    # The children check themselves, with the secrets that are made up here.
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run until a signal comes."""
        self.stopping = False
        # Set by hand: a shell that starts a job in the background has SIGINT ignored.
        for number in SIGNALS:
            signal.signal(number, self._stop)
        _refuse_taken_port(settings.PORT)
        try:
            environment = local_environment.complete(
                data_dir=settings.DATA_DIR, port=settings.PORT, simulator=settings.SIMULATOR
            )
            with ExitStack() as stack:
                server = self._start_postgres(stack)
                self._run(environment, server)
        except (
            ChildError,
            embedded_postgres.EmbeddedPostgresError,
            local_secrets.LocalSecretsError,
        ) as error:
            raise CommandError(str(error)) from error

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _start_postgres(self, stack: ExitStack) -> embedded_postgres.Server | None:
        if not settings.EMBEDDED_DATABASE:
            return None
        return stack.enter_context(embedded_postgres.start(settings.DATA_DIR))

    def _run(self, environment: dict[str, str], server: embedded_postgres.Server | None) -> None:
        if not self.stopping:
            self._prepare(environment)
        children = [
            Child("web", [*_python(), "-m", "gunicorn", *_gunicorn()], environment),
            Child("worker", [*_python(), *_manage("worker")], environment),
        ]
        try:
            for child in children:
                if not self.stopping:
                    child.start()
            self._watch(children, server, environment)
        finally:
            stop_all(children)

    def _prepare(self, environment: dict[str, str]) -> None:
        """Migrate and seed in a process that gives its memory back."""
        preparing = subprocess.Popen(  # noqa: S603  # our own command, no shell
            [*_python(), *_manage("prepare")], env=environment, start_new_session=True
        )
        while preparing.poll() is None:
            if self.stopping:
                preparing.terminate()
            time.sleep(0.05)
        if preparing.returncode != 0 and not self.stopping:
            raise CommandError("The database could not be prepared; see above.")

    def _watch(
        self,
        children: list[Child],
        server: embedded_postgres.Server | None,
        environment: dict[str, str],
    ) -> None:
        ready = False
        deadline = time.monotonic() + START_SECONDS
        while not self.stopping:
            for child in children:
                child.tend(was_ready=ready)
            if server is not None and not server.is_alive():
                self.stderr.write("Postgres is gone; starting it again")
                server.ensure_running()
            if not ready and _is_ready(settings.PORT):
                ready = True
                self._announce(environment)
            if not ready and time.monotonic() > deadline:
                raise CommandError(
                    f"Not ready after {START_SECONDS:.0f} s; "
                    f"http://127.0.0.1:{settings.PORT}/readyz says why."
                )
            time.sleep(TICK_SECONDS)
        self.stdout.write("Stopping…")

    def _announce(self, environment: dict[str, str]) -> None:
        base = f"http://127.0.0.1:{settings.PORT}"
        lines = ["", "leadbot is up.", ""]
        if settings.SIMULATOR:
            lines.append(f"  Phones     {base}/simulator/")
            lines.append(f"  Calendars  {base}/simulator/calendar/")
        lines += [
            f"  Admin      {base}/admin/",
            f"  API        {base}/api/docs",
            f"  Health     {base}/readyz",
            "",
            f"  Login      {environment['DJANGO_SUPERUSER_USERNAME']}",
            f"  Password   {_password_words(environment)}",
            "",
            "Ctrl-C stops everything.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _password_words(environment: dict[str, str]) -> str:
    if environment["LEADBOT_LOGIN_MADE_UP"] == "1":
        return environment["DJANGO_SUPERUSER_PASSWORD"]
    return "as given in DJANGO_SUPERUSER_PASSWORD"


def _refuse_taken_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Stop what listens there, "
                f"or choose another: PORT={port + 1} make run"
            ) from error


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _python() -> list[str]:
    return [sys.executable]


def _manage(command: str) -> list[str]:
    return [str(Path(settings.BASE_DIR) / "manage.py"), command]


def _gunicorn() -> list[str]:
    return [
        "--chdir",
        str(settings.BASE_DIR),
        "-c",
        "python:leadbot.gunicorn",
        "leadbot.wsgi:application",
    ]
