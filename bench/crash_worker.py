"""Forks the real worker on demand, already imported, so that 500 kills do not cost 500 imports.

Reads one crash point per line on stdin ("" for none), forks a worker armed with it, prints its
process id, and prints "dead" when it ended.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import django

django.setup()
for name in ("conversations.tasks", "agent.tasks", "integrations.outlook.calendar"):
    import_module(name)

from django.db import connections  # noqa: E402

from conversations import crashpoints  # noqa: E402
from leadbot.worker import run_until_told_to_stop  # noqa: E402


def main() -> None:
    """Serve until stdin closes."""
    for line in sys.stdin:
        connections.close_all()
        child = os.fork()
        if child == 0:
            crashpoints.arm(line.strip())
            run_until_told_to_stop()
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("dead", flush=True)


if __name__ == "__main__":
    main()
