"""Child processes that live and die with this one.

started --ready--> running --dies--> waiting (1, 2, 4 … 30 s) --> started
started --dies before it was ever ready--> ChildError
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

STEADY_SECONDS = 10.0
BACK_OFF_LIMIT_SECONDS = 30.0
STOP_SECONDS = 30.0
PR_SET_PDEATHSIG = 1


class ChildError(Exception):
    """A child ended before it did any work."""


class Child:
    """One process in a group of its own, so that it is ours alone to signal."""

    def __init__(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        self.name = name
        self.failures = 0
        self._command = list(command)
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._restart_at: float | None = None

    def start(self) -> None:
        """Start it."""
        self._restart_at = None
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603  # our own command, no shell
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent(),  # safe: no other thread runs here
        )

    def poll(self) -> int | None:
        """Give the exit code once it ended."""
        return self._process.poll() if self._process else None

    def tend(self, *, was_ready: bool) -> None:
        """Start it again when it died, later each time."""
        now = time.monotonic()
        if self._restart_at is not None:
            if now >= self._restart_at:
                self.start()
            return
        code = self.poll()
        if code is None:
            return
        if not was_ready:
            raise ChildError(f"{self.name} ended at once with exit code {code}; see above.")
        steady = now - self._started_at > STEADY_SECONDS
        self.failures = 1 if steady else self.failures + 1
        pause = min(2.0 ** (self.failures - 1), BACK_OFF_LIMIT_SECONDS)
        self._restart_at = now + pause
        sys.stderr.write(f"{self.name} ended with exit code {code}; again in {pause:.0f} s\n")

    def ask_to_stop(self) -> None:
        """Ask politely."""
        self._restart_at = None
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def wait_or_kill(self, deadline: float) -> None:
        """Wait for it to finish, then end whatever of its group is left."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"{self.name} does not stop; killed\n")
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()


def stop_all(children: Sequence[Child]) -> None:
    """Stop them together, within one deadline."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.wait_or_kill(deadline)


def _die_with_parent() -> Callable[[], None] | None:
    """Let the kernel end a child whose parent was killed; only Linux can."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
