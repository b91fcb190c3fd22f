"""The processes of a campaign: web, the worker that is killed, and how to wait for them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def start_web(log: Any, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the production gunicorn command."""
    return subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:leadbot.gunicorn", "leadbot.wsgi"],
        cwd=ROOT,
        env=dict(environment),
        stdout=log,
        stderr=log,
    )


def wait_for(port: int) -> None:
    """Wait until something listens."""
    for _try in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("A web process did not start.")


class Worker:
    """The forking worker; at most one child lives."""

    def __init__(self, log: Any, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.crash_worker"],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        self._dead = threading.Event()
        self._child = 0

    def start(self, point: str) -> None:
        """Let a child work that dies at this point; "" for one that lives."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(point + "\n")
        self._process.stdin.flush()
        self._child = int(self._process.stdout.readline())
        self._dead = threading.Event()
        threading.Thread(target=self._watch, args=(self._dead,), daemon=True).start()

    def _watch(self, dead: threading.Event) -> None:
        assert self._process.stdout
        self._process.stdout.readline()
        dead.set()

    def dies_within(self, seconds: float) -> bool:
        """Wait for the point to be reached."""
        return self._dead.wait(seconds)

    def kill(self) -> None:
        """Kill -9."""
        if not self._dead.is_set():
            os.kill(self._child, signal.SIGKILL)
            self._dead.wait()

    def stop_gently(self) -> None:
        """End as a deployment does."""
        os.kill(self._child, signal.SIGTERM)
        self._dead.wait()

    def stop(self) -> None:
        """Leave nothing behind."""
        if self._child:
            self.kill()
        self._process.kill()
        self._process.wait()
