"""How much memory web and worker take after some work. `.venv/bin/python -m bench.memory`

PSS counts a page that several processes share by its share, so it is the honest sum for web
processes that were forked from one; RSS counts such a page in each of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from bench import load, staff, traffic
from bench.stack import Stack

WEB_LIMIT, WORKER_LIMIT = 150, 250
PAGES = ("/readyz", "/admin/login/", "/simulator/", "/api/schema", "/api/v1/leads")
ENGINES = ("guided", "llm")


def main() -> None:
    """Work a little in each mode, then print."""
    parser = argparse.ArgumentParser(prog="bench.memory", description=__doc__)
    parser.add_argument("--messages", type=int, default=400, help="webhooks before measuring")
    parser.add_argument("--seconds", type=float, default=15.0, help="for the worker's turns")
    parser.add_argument("--walk", type=float, default=24.0, help="seconds of signed-in staff")
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    options = parser.parse_args()
    print("| engine | part | processes | RSS MB | PSS MB | limit | |")
    print("|---|---|---|---|---|---|---|")
    verdicts = [
        _measure(each, options.messages, options.seconds, options.walk) for each in options.engines
    ]
    sys.exit(0 if all(verdicts) else 1)


def _measure(engine: str, messages: int, seconds: float, walk: float) -> bool:
    # As `up` configures it, so that turns reach the phones; the model's address is closed, and
    # each turn tries it with everything that it needs loaded.
    with Stack(
        AGENT_ENGINE=engine,
        OPENAI_API_KEY="bench",
        AGENT_DEBOUNCE_SECONDS="0",
        WHATSAPP_MODE="simulator",
        LEADBOT_DEMO="1",
        WHATSAPP_API_URL="",
        DJANGO_SUPERUSER_USERNAME=staff.USERNAME,
        DJANGO_SUPERUSER_PASSWORD=staff.PASSWORD,
    ) as stack:
        stack.manage("prepare")
        web = stack.web()
        worker = stack.worker()
        _send(web.port, messages)
        load.closed_loop(port=web.port, requests=_pages, connections=8, seconds=3.0)
        time.sleep(seconds)
        _walk(web.port, walk)
        web_fits = _print(engine, "web", family(web.process), WEB_LIMIT)
        return _print(engine, "worker", family(worker), WORKER_LIMIT) and web_fits


def _send(port: int, messages: int) -> None:
    requests = load.message_requests(leads=20, path="/webhook", source="memory")
    load.post_once(port=port, request=traffic.request(traffic.population(20), path="/webhook"))
    rate = 40.0
    load.open_loop(port=port, requests=requests, connections=8, rate=rate, seconds=messages / rate)


def _walk(port: int, seconds: float) -> None:
    requests = staff.Visitor(port).requests()
    sample = load.closed_loop(port=port, requests=requests, connections=6, seconds=seconds)
    if sample.refused:
        print(f"{sample.refused} of {len(sample.latencies)} pages were not 200", file=sys.stderr)


def _pages(_process: str) -> Iterator[bytes]:
    """Pages that load every view: without them a web process would know the webhook only."""
    head = f"HTTP/1.1\r\nHost: {traffic.HOST}\r\n\r\n"
    return cycle(f"GET {path} {head}".encode() for path in PAGES)


def family(process: int) -> list[int]:
    """A process and all that descend from it."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(each for child in children for each in family(int(child)))]


def megabytes(process: int, kind: str) -> float:
    """What the kernel says of one process: Rss or Pss."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"The kernel does not tell the {kind} of {process}")


def _print(engine: str, part: str, processes: list[int], limit: int) -> bool:
    rss, pss = (sum(megabytes(each, kind) for each in processes) for kind in ("Rss", "Pss"))
    verdict = "pass" if pss <= limit else "FAIL"
    row = (engine, part, str(len(processes)), f"{rss:.0f}", f"{pss:.0f}", str(limit), verdict)
    print(f"| {' | '.join(row)} |")
    sys.stdout.flush()
    return pss <= limit


if __name__ == "__main__":
    main()
