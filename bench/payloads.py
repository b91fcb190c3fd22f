"""Mutated webhooks to the real server. `.venv/bin/python -m bench.payloads`

Seven of ten are bent by structure and stand between two messages that nothing is wrong with, which
must be stored; three are bent blindly, byte by byte. An answer other than 200, or 400 for what is
no JSON any more, fails the run, as does a message that is lost or stored twice.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import http.client
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from hypothesis import HealthCheck, Phase, given, seed, settings

from bench import traffic
from bench.memory import family, megabytes
from bench.stack import Stack, Web
from tests.integrations.whatsapp.mutations import mutants, numbered

WARM = 500
FLAT_MB = 15.0


@dataclass
class Run:
    """What was sent and what came back."""

    web: Web
    connection: http.client.HTTPConnection
    answers: Counter[int] = field(default_factory=Counter)
    valid: list[str] = field(default_factory=list)
    odd: list[bytes] = field(default_factory=list)
    seconds: float = 0.0

    def send(self, drawn: tuple[bool, bytes]) -> None:
        """One POST."""
        mutant = numbered(*drawn, sum(self.answers.values()))
        began = time.perf_counter()
        status = self._post(mutant.body)
        self.seconds += time.perf_counter() - began
        self.answers[status] += 1
        self.valid += mutant.valid
        if status != 200 and (status != 400 or mutant.valid):
            self.odd.append(mutant.body)

    def _post(self, body: bytes) -> int:
        self.connection.request("POST", "/webhook", body, headers(body))
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

    def rss(self) -> float:
        """Megabytes of all web processes."""
        return sum(megabytes(each, "Rss") for each in family(self.web.process))


def headers(body: bytes) -> dict[str, str]:
    """As Meta sends them, through the proxy in front of us."""
    digest = hmac.new(traffic.SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "Host": traffic.HOST,
        "X-Forwarded-Proto": "https",
        "Content-Type": "application/json",
        "X-Hub-Signature-256": f"sha256={digest}",
    }


def main() -> None:
    """Warm up, send, count what was stored."""
    parser = argparse.ArgumentParser(prog="bench.payloads", description=__doc__)
    parser.add_argument("--payloads", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with _running() as (run, database):
        _send(run, WARM, options.seed)
        before = run.rss()
        for part in range(10):
            _send(run, options.payloads // 10, options.seed + 1 + part)
            print(f"{sum(run.answers.values())} sent, RSS {run.rss():.0f} MB", flush=True)
        sys.exit(0 if _told(run, database, before) else 1)


@contextmanager
def _running() -> Iterator[tuple[Run, str]]:
    with Stack() as stack:
        stack.manage("prepare")
        web = stack.web()
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
        yield Run(web, connection), stack.database_url


def _send(run: Run, number: int, start: int) -> None:
    """Hypothesis draws; a failure is for us to count, so that it has nothing to shrink."""
    sent = sum(run.answers.values())
    while (left := number - (sum(run.answers.values()) - sent)) > 0:
        start += 1_000
        examples = settings(
            max_examples=left,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        seed(start)(examples(given(mutants())(run.send)))()


def _told(run: Run, database: str, before: float) -> bool:
    with psycopg.connect(database, options="-c search_path=leadbot") as connection:
        rows = connection.execute(
            "SELECT provider_message_id FROM conversations_message"
            " WHERE provider_message_id = ANY(%s)",
            [run.valid],
        ).fetchall()
    found, after = Counter(row[0] for row in rows), run.rss()
    lost = [wamid for wamid in run.valid if found[wamid] != 1]
    total = sum(run.answers.values())
    print(f"answers: {dict(run.answers)}; {run.seconds / total * 1000:.1f} ms each")
    print(f"valid messages: {len(run.valid)}, lost or doubled: {len(lost)}")
    print(f"web RSS: {before:.0f} MB after {WARM}, {after:.0f} MB at the end")
    for body in run.odd[:3]:
        print("odd:", body[:2000])
    return not run.odd and not lost and after - before < FLAT_MB


if __name__ == "__main__":
    main()
