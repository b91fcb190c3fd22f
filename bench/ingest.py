"""How many webhooks a second, and how long each takes, beside the limit of this Postgres.

Everything is measured in one run, in rounds that take turns, because the machine drifts: trust
the ratios of one run, not figures of two. `.venv/bin/python -m bench.ingest --help`
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable
from statistics import median

from bench import bare_limit, load, pace, traffic
from bench.load import Sample
from bench.stack import Stack

CONNECTIONS = (1, 8, 32)
LIMIT, LEADBOT, NAIVE, BARE = "bare limit", "leadbot", "naive ORM", "bare Django"
VARIANTS = (LIMIT, LEADBOT, NAIVE, BARE)

Results = dict[tuple[str, int], list[Sample]]
Measure = Callable[[int, str], Sample]


def main() -> None:
    """Measure and print."""
    options = _options()
    with Stack() as stack:
        _say("migrating, starting three webs")
        stack.manage("migrate", "--noinput", "-v", "0")
        measures = _measures(stack, options)
        results: Results = defaultdict(list)
        for number in range(options.rounds):
            for connections in options.connections:
                for variant in VARIANTS:
                    source = f"{variant[:2]}{number}.{connections}"
                    results[variant, connections].append(measures[variant](connections, source))
            _say(f"round {number + 1} of {options.rounds} done")
    _report(results, options.connections)
    if options.paced_seconds:
        _report_pace(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.ingest", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="per variant and round")
    parser.add_argument("--leads", type=int, default=500, help="known leads")
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second, with worker")
    parser.add_argument("--paced-seconds", type=float, default=15.0, help="0 leaves that part out")
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS)
    return parser.parse_args()


def _measures(stack: Stack, options: argparse.Namespace) -> dict[str, Measure]:
    ports = {
        LEADBOT: stack.web().port,
        NAIVE: stack.web(settings="bench.naive_settings").port,
        BARE: stack.web(settings="bench.bare_settings").port,
    }
    body = traffic.population(options.leads)
    load.post_once(port=ports[LEADBOT], request=traffic.request(body, path="/webhook"))

    def through_web(variant: str) -> Measure:
        return lambda connections, source: _load(options, ports[variant], connections, source)

    def limit(connections: int, source: str) -> Sample:
        return bare_limit.run(
            url=stack.database_url,
            leads=options.leads,
            connections=connections,
            seconds=options.seconds,
            source=source,
        )

    for port in ports.values():
        # Connections opened, statements prepared, code paths warm.
        _load(options, port, connections=32, source="warm")
    return {LIMIT: limit} | {variant: through_web(variant) for variant in ports}


def _load(options: argparse.Namespace, port: int, connections: int, source: str) -> Sample:
    return load.closed_loop(
        port=port,
        requests=load.message_requests(leads=options.leads, path="/webhook", source=source),
        connections=connections,
        seconds=options.seconds,
    )


def _report(results: Results, connections: list[int]) -> None:
    print("| variant | connections | requests/s | p50 ms | p95 ms | p99 ms | ÷ limit | not 200 |")
    print("|---|---|---|---|---|---|---|---|")
    for variant in VARIANTS:
        for count in connections:
            samples = results[variant, count]
            rate = median(sample.rate for sample in samples)
            cells = [f"{median(s.percentile(p) for s in samples):.2f}" for p in (50, 95, 99)]
            share = f"{_ratio(results, variant, LIMIT, count):.2f}"
            refused = sum(sample.refused for sample in samples)
            row = [variant, str(count), f"{rate:.0f}", *cells, share, str(refused)]
            print(f"| {' | '.join(row)} |")
    for count in connections:
        print(f"leadbot ÷ naive at {count}: {_ratio(results, LEADBOT, NAIVE, count):.2f}")


def _report_pace(options: argparse.Namespace) -> None:
    acknowledged, starts = pace.run(rate=options.rate, leads=60, seconds=options.paced_seconds)
    rows = {f"acknowledged, {options.rate:.0f}/s": acknowledged} | {
        f"start of {task}": sample for task, sample in sorted(starts.items())
    }
    print("\n| with a worker | count | p50 ms | p95 ms | p99 ms | not 200 |")
    print("|---|---|---|---|---|---|")
    for name, sample in rows.items():
        cells = [f"{sample.percentile(percent):.1f}" for percent in (50, 95, 99)]
        row = [name, str(len(sample.latencies)), *cells, str(sample.refused)]
        print(f"| {' | '.join(row)} |")


def _ratio(results: Results, one: str, other: str, connections: int) -> float:
    """The median of the rounds' own ratios: what one round compares was measured together."""
    pairs = zip(results[one, connections], results[other, connections], strict=True)
    return median(first.rate / second.rate for first, second in pairs)


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    main()
