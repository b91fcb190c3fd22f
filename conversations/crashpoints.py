"""Named points where a test may kill the process, to prove that a restart heals."""

from __future__ import annotations

import os
import signal
from collections import Counter

_armed: Counter[str] = Counter()


def arm(spec: str) -> None:
    """Die at a point: `name`, or `name:3` for the third time it is reached."""
    name, _colon, times = spec.partition(":")
    _armed.clear()
    if name:
        _armed[name] = int(times or 1)


def reach(name: str) -> None:
    """Die here, without any clean-up, when this point was asked for."""
    if name in _armed:
        _armed[name] -= 1
        if _armed[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)


# Only where nobody is served: a stray variable must not kill a production worker.
if os.environ.get("LEADBOT_DEMO") == "1":
    arm(os.environ.get("LEADBOT_CRASH_AT", ""))
