"""Kills the worker at every named point of the turn and the send, and at random.

    .venv/bin/python -m bench.crash --per-point 50 --random 200

Real webhook under gunicorn, real worker, real Postgres, a Cloud API that fails 30 % of the sends;
leads talk until they have a meeting. Prints a JSON report; exits 1 when a law was broken.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
POINTS = [
    "answer.claimed",
    "answer.started",
    "tool.save_answers",
    "tool.save_answers.done",
    "tool.find_slots.done",
    "tool.check_and_book",
    "booking.claimed",
    "booking.checked",
    "booking.answered",
    "booking.settled",
    "tool.check_and_book.done",
    "answer.decided",
    "answer.finishing",
    "answer.done",
    "deliver.claimed",
    "deliver.sending",
    "deliver.accepted",
    "deliver.refused",
    "deliver.recorded",
    "deliver.releasing",
]


def main() -> None:
    """Run the campaign with what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-point", type=int, default=50)
    parser.add_argument("--points", default=",".join(POINTS), help="which, by comma")
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--leads", type=int, default=12, help="leads that talk at once")
    parser.add_argument("--faults", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wait", type=float, default=20, help="seconds for a point to be reached")
    parser.add_argument("--pause", type=float, default=0, help="seconds of peace after each kill")
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = Campaign(options, Path(folder)).run()
    print(json.dumps(report, indent=2))
    sys.exit(1 if report["broken"] or report["unreached"] else 0)


class Campaign:
    """One run: its processes, its leads and its laws."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options = options
        self.folder = folder
        self.random = random.Random(options.seed)
        self.kills: Counter[str] = Counter()
        self.until = time.monotonic() + options.minutes * 60

    def run(self) -> dict[str, Any]:
        port = free_port()
        self._configure(port)
        # Only now: settings are read from the environment that was just made.
        from leadbot import embedded_postgres

        server = None
        if not os.environ.get("DATABASE_URL"):
            server = embedded_postgres.start(self.folder)
            os.environ["DATABASE_URL"] = server.url
        try:
            return self._with_database(port)
        finally:
            if server:
                server.stop()

    def _configure(self, port: int) -> None:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="bench.crash_settings",
            LEADBOT_DEMO="1",
            LEADBOT_DATA_DIR=str(self.folder),
            PORT=str(port),
            SECRET_KEY="campaign-only-" + "x" * 50,
            WHATSAPP_MODE="cloud",
            WHATSAPP_ACCESS_TOKEN="campaign",
            WHATSAPP_PHONE_NUMBER_ID="118273645019283",
            WHATSAPP_APP_SECRET="campaign-secret",
            WHATSAPP_VERIFY_TOKEN="campaign",
            AGENT_ENGINE="guided",
            AGENT_DEBOUNCE_SECONDS="0.2",
            CALENDAR="local",
        )

    def _with_database(self, port: int) -> dict[str, Any]:
        from bench import crash_laws
        from bench.fake_meta import FakeMeta

        crash_laws.prepare(salespeople=40)
        webhook = f"http://127.0.0.1:{port}/webhook"
        meta = FakeMeta(webhook=webhook, faults=self.options.faults, seed=self.options.seed)
        os.environ["WHATSAPP_API_URL"] = f"{meta.url}/v26.0"
        log = (self.folder / "log").open("wb")
        web = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "python:leadbot.gunicorn", "leadbot.wsgi"],
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        worker = Worker(log)
        try:
            wait_for(port)
            crowd = Crowd(meta, self.options.leads)
            self._kill_at_random(worker)
            self._kill_at_points(worker)
            slowest = self._settle(worker, crowd)
            broken = crash_laws.broken(meta)
            return {
                "kills": dict(self.kills),
                "kills_total": sum(self.kills.values()),
                "unreached": self._unreached(),
                "faults_share": self.options.faults,
                "leads": len(crowd.leads),
                "booked": sum(lead.booked for lead in crowd.leads),
                "messages_accepted": sum(meta.accepted.values()),
                "slowest_answer_seconds": slowest,
                "broken": broken,
            }
        finally:
            worker.stop()
            web.terminate()
            web.wait()
            meta.close()

    def _kill_at_points(self, worker: Worker) -> None:
        for _round in range(self.options.per_point):
            for point in self.options.points.split(","):
                if time.monotonic() > self.until:
                    return
                worker.start(f"{point}:{self.random.randint(1, 3)}")
                if worker.dies_within(self.options.wait):
                    self.kills[point] += 1
                    self._rest(worker)
                else:
                    worker.kill()
                    self.kills["random"] += 1

    def _unreached(self) -> list[str]:
        """Points that were not killed at as often as asked: time ran out, or nobody came by."""
        points = self.options.points.split(",")
        return [point for point in points if self.kills[point] < self.options.per_point]

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

    def _settle(self, worker: Worker, crowd: Crowd) -> float:
        """Let everything come to rest with a worker that lives."""
        worker.start("")
        crowd.stop()
        deadline = time.monotonic() + 90
        from bench import crash_laws

        while time.monotonic() < deadline and crash_laws.unsettled():
            time.sleep(0.5)
        return round(max((wait for lead in crowd.leads for wait in lead.waits), default=0), 1)


class Worker:
    """The forking worker; at most one child lives."""

    def __init__(self, log: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.crash_worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        self._dead = threading.Event()
        self._child = 0

    def start(self, point: str) -> None:
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
        return self._dead.wait(seconds)

    def kill(self) -> None:
        if not self._dead.is_set():
            os.kill(self._child, signal.SIGKILL)
            self._dead.wait()

    def stop_gently(self) -> None:
        os.kill(self._child, signal.SIGTERM)
        self._dead.wait()

    def stop(self) -> None:
        if self._child:
            self.kill()
        self._process.kill()
        self._process.wait()


class Crowd:
    """Leads that keep coming until told to stop."""

    def __init__(self, meta: Any, size: int) -> None:
        from bench.crash_leads import Lead

        self.done = threading.Event()
        self.leads: list[Any] = []
        self._make: Callable[[str], Any] = lambda phone: Lead(phone, meta, self.done)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._seat, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def _seat(self) -> None:
        while not self.done.is_set():
            with self._lock:
                lead = self._make(f"52155{10_000_000 + len(self.leads)}")
                self.leads.append(lead)
            lead.talk(patience=90)

    def stop(self) -> None:
        self.done.set()
        for thread in self._threads:
            thread.join()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until something listens."""
    for _try in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("The web process did not start.")


if __name__ == "__main__":
    main()
