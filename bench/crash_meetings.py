"""Kills a process at each step of booking, moving and cancelling a meeting in Outlook.

    .venv/bin/python -m bench.crash_meetings --per-point 50

Each time a forked process begins the change over HTTP in leadbot's Graph simulator, a web process of
its own, and dies by kill -9: at a point named in the code, or before, during or after each of its
calls of Graph. Then the turn is taken up again or the sweeper comes, in turns, until all is at rest.
In the end every lead has one meeting and one event, at the same time with the same salesperson, or,
after a cancellation, neither. Prints a table; exits 1 when that is not so.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bench import crash_graph
from bench.crash_processes import start_web, wait_for
from bench.stack import free_port

if TYPE_CHECKING:
    from bench.crash_changes import Bench

SALESPEOPLE = 20


def main() -> None:
    """Kill as often as the command line asks for, and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-point", type=int, default=50)
    parser.add_argument("--graph-faults", type=float, default=0.0, help="share of Graph calls")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        bench = _prepare(Path(folder), stack, options)
        broken = _kill(bench, options.per_point)
    print(json.dumps(broken, indent=2))
    sys.exit(1 if broken else 0)


def _prepare(folder: Path, stack: ExitStack, options: argparse.Namespace) -> Bench:
    port = free_port()
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "bench.crash_settings",
            "LEADBOT_DEMO": "1",
            "LEADBOT_DATA_DIR": str(folder),
            "SECRET_KEY": "campaign-only-" + "x" * 50,
            "AGENT_ENGINE": "guided",
            crash_graph.DATABASE: f"leadbot_graph_{os.getpid()}",
            **crash_graph.customer(port),
        }
    )
    # Only now: settings are read from the environment that was just made.
    from leadbot import embedded_postgres

    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = stack.enter_context(embedded_postgres.start(folder)).url
    from bench import crash_laws
    from bench.crash_changes import Bench

    stack.callback(crash_laws.forget_graph)
    crash_laws.prepare(salespeople=SALESPEOPLE)
    log = stack.enter_context((folder / "log").open("wb"))
    record = folder / "graph-faults"
    provider = crash_graph.provider(
        port, faults=options.graph_faults, seed=options.seed, record=record
    )
    web = start_web(log, os.environ | provider)
    stack.callback(web.wait)
    stack.callback(web.terminate)
    wait_for(port)
    return Bench()


def _kill(bench: Bench, per_point: int) -> dict[str, object]:
    print("| change | steps | killed | taken up by the turn | by the sweeper | broken |")
    print("|---|---|---|---|---|---|", flush=True)
    for change in bench.changes:
        row = bench.campaign(change, per_point=per_point)
        print(f"| {change.name} | {' | '.join(map(str, row))} |", flush=True)
    return bench.broken()


if __name__ == "__main__":
    main()
