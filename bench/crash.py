"""Kills the worker at every named point of the turn and the send, and at random.

    .venv/bin/python -m bench.crash --per-point 50 --random 200

Real webhook under gunicorn, real worker, real Postgres, a Cloud API that fails 30 % of the sends and
a Graph, leadbot's own simulator in a second web, that fails 10 % of the calls; leads book, move and
cancel meetings. Prints a JSON report; exits 1 when a law was broken.

With `--production` lease and grace are the product's own, a minute of peace follows each kill, and
one more law holds: nobody waits longer than that minute for an answer.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import crash_graph
from bench.crash_points import FREQUENT, POINTS
from bench.crash_processes import Worker, start_web, wait_for
from bench.stack import free_port

if TYPE_CHECKING:
    from bench.crash_leads import Crowd
    from bench.fake_meta import FakeMeta

# An event whose row ended is looked for during three minutes.
REST_SECONDS = 400
# What a kill may cost anybody in production: the longer of lease and grace, and a sweep.
LONGEST_WAIT_SECONDS = 60.0


def main() -> None:
    """Run the campaign with what the command line asks for."""
    options = options_from(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        report = Campaign(options, Path(folder)).run()
    print(json.dumps(report, indent=2))
    sys.exit(1 if report["broken"] or report["unreached"] else 0)


def options_from(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-point", type=int, default=50)
    parser.add_argument("--points", default=",".join(POINTS), help="which, by comma")
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--leads", type=int, default=16, help="leads that talk at once")
    parser.add_argument("--faults", type=float, default=0.3, help="share of sends that fail")
    parser.add_argument("--graph-faults", type=float, default=0.1, help="share of Graph calls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wait", type=float, default=20, help="seconds for a point to be reached")
    parser.add_argument("--pause", type=float, default=0, help="seconds of peace after each kill")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument(
        "--production", action="store_true", help="the product's own patience; nothing else fails"
    )
    options = parser.parse_args(words)
    if options.production:
        # Whoever meets a second fault waits for two.
        options.pause, options.faults, options.graph_faults = LONGEST_WAIT_SECONDS, 0.0, 0.0
    return options


class Campaign:
    """One run: its processes, its leads and its laws."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options = options
        self.points: list[str] = options.points.split(",")
        self.folder = folder
        self.random = random.Random(options.seed)
        self.kills: Counter[str] = Counter()
        self.started_at = time.monotonic()
        self.until = self.started_at + options.minutes * 60
        self.port, self.graph_port = free_port(), free_port()
        self.graph_record = folder / "graph-faults"

    def run(self) -> dict[str, Any]:
        """Give the report."""
        self._configure()
        # Only now: settings are read from the environment that was just made.
        from leadbot import embedded_postgres

        with ExitStack() as stack:
            if not os.environ.get("DATABASE_URL"):
                server = stack.enter_context(embedded_postgres.start(self.folder))
                os.environ["DATABASE_URL"] = server.url
            return self._with_database(stack)

    def _configure(self) -> None:
        product = {
            "DJANGO_SETTINGS_MODULE": "bench.crash_settings",
            "LEADBOT_DEMO": "1",
            "LEADBOT_DATA_DIR": str(self.folder),
            "PORT": str(self.port),
            "SECRET_KEY": "campaign-only-" + "x" * 50,
            "WHATSAPP_MODE": "cloud",
            "WHATSAPP_ACCESS_TOKEN": "campaign",
            "WHATSAPP_PHONE_NUMBER_ID": "118273645019283",
            "WHATSAPP_APP_SECRET": "campaign-secret",
            "WHATSAPP_VERIFY_TOKEN": "campaign",
            "AGENT_ENGINE": "guided",
            "AGENT_DEBOUNCE_SECONDS": "0.2",
            crash_graph.DATABASE: f"leadbot_graph_{os.getpid()}",
            "CRASH_PRODUCTION": "1" if self.options.production else "",
        }
        os.environ.update(product | crash_graph.customer(self.graph_port))

    def _with_database(self, stack: ExitStack) -> dict[str, Any]:
        from bench import crash_laws
        from bench.crash_leads import Crowd
        from bench.fake_meta import FakeMeta

        stack.callback(crash_laws.forget_graph)
        crash_laws.prepare(salespeople=18)
        webhook = f"http://127.0.0.1:{self.port}/webhook"
        meta = FakeMeta(webhook=webhook, faults=self.options.faults, seed=self.options.seed)
        stack.callback(meta.close)
        os.environ["WHATSAPP_API_URL"] = f"{meta.url}/v26.0"
        worker = self._start(stack)
        crowd = Crowd(meta, self.options.leads)
        self._kill_at_random(worker)
        self._kill_at_points(worker)
        killed_at = time.monotonic()
        self._settle(worker, crowd)
        seconds = {
            "killing": round(killed_at - self.started_at),
            "coming_to_rest": round(time.monotonic() - killed_at),
        }
        return self._report(meta, crowd) | {"seconds": seconds}

    def _start(self, stack: ExitStack) -> Worker:
        log = stack.enter_context((self.folder / "log").open("wb"))
        provider = crash_graph.provider(
            self.graph_port,
            faults=self.options.graph_faults,
            seed=self.options.seed,
            record=self.graph_record,
        )
        product = {name: os.environ[name] for name in os.environ if name != crash_graph.DATABASE}
        webs = [start_web(log, os.environ | provider), start_web(log, product)]
        for web in webs:
            stack.callback(web.wait)
            stack.callback(web.terminate)
        worker = Worker(log, product)
        stack.callback(worker.stop)
        wait_for(self.graph_port)
        wait_for(self.port)
        return worker

    def _report(self, meta: FakeMeta, crowd: Crowd) -> dict[str, Any]:
        from bench import crash_laws

        return {
            "kills": dict(self.kills),
            "kills_total": sum(self.kills.values()),
            "unreached": self._unreached(),
            "faults_share": self.options.faults,
            "graph_faults": crash_graph.faults_met(self.graph_record),
            "leads": len(crowd.leads),
            "leads_got": dict(crowd.fulfilled()),
            "meetings_standing": crash_laws.standing(),
            "messages_accepted": sum(meta.accepted.values()),
            "slowest_answer_seconds": round(crowd.slowest(), 1),
            "broken": crash_laws.broken(meta) | self.too_slow(crowd.slowest()),
        }

    def too_slow(self, slowest: float) -> dict[str, Any]:
        """Give the law of `--production`, when it was broken."""
        too_slow = self.options.production and slowest > LONGEST_WAIT_SECONDS
        return {"waited_too_long": slowest} if too_slow else {}

    def _kill_at_points(self, worker: Worker) -> None:
        while points := self._unreached():
            for point in points:
                if time.monotonic() > self.until:
                    return
                self._kill_at(point, worker)

    def _kill_at(self, point: str, worker: Worker) -> None:
        times = self.random.randint(1, 3) if point in FREQUENT else 1
        worker.start(f"{point}:{times}")
        if worker.dies_within(self.options.wait):
            self.kills[point] += 1
            self._rest(worker)
        else:
            worker.kill()
            self.kills["random"] += 1

    def _unreached(self) -> list[str]:
        """Points that were not killed at as often as asked: time ran out, or nobody came by."""
        return [point for point in self.points if self.kills[point] < self.options.per_point]

    def _rest(self, worker: Worker) -> None:
        """Let a living worker heal what the dead one left, to see how long that takes."""
        if self.options.pause:
            worker.start("")
            time.sleep(self.options.pause)
            worker.stop_gently()

    def _kill_at_random(self, worker: Worker) -> None:
        for _round in range(self.options.random):
            if time.monotonic() > self.until:
                return
            worker.start("")
            time.sleep(self.random.uniform(0.05, 2.0))
            worker.kill()
            self.kills["random"] += 1

    def _settle(self, worker: Worker, crowd: Crowd) -> None:
        """Let everything come to rest with a worker that lives."""
        from bench import crash_laws

        worker.start("")
        crowd.stop()
        deadline = time.monotonic() + REST_SECONDS
        while time.monotonic() < deadline and crash_laws.unsettled():
            time.sleep(0.5)


if __name__ == "__main__":
    main()
