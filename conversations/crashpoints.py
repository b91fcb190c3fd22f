"""Named points where a test may kill the process, to prove that a restart heals."""

from __future__ import annotations

import os
import signal

# Read once, so that a process that is not under test pays nothing.
_CRASH_AT = os.environ.get("LEADBOT_CRASH_AT", "")


def reach(name: str) -> None:
    """Die here, without any clean-up, when this point was asked for."""
    if name == _CRASH_AT:
        os.kill(os.getpid(), signal.SIGKILL)
