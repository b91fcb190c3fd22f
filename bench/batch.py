"""How long a POST of 1,000 updates takes. `.venv/bin/python -m bench.batch`

Messages of people we do not know, of people we know, and statuses of messages of ours; each POST
five times with new ids, the median counts. The time is that of the answer over HTTP.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import time
from collections.abc import Callable
from itertools import count
from statistics import median
from typing import Any

import psycopg

from bench import traffic
from bench.payloads import headers
from bench.stack import Stack

LIMIT_MS = 1000.0
numbers = count()


def main() -> None:
    """Post each kind a few times and print the medians."""
    parser = argparse.ArgumentParser(prog="bench.batch", description=__doc__)
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    kinds: dict[str, Callable[[int], bytes]] = {
        "messages of new people": _strangers,
        "messages of known people": _friends,
        "messages of one person": _one,
        "statuses": _statuses,
    }
    with Stack() as stack:
        stack.manage("prepare")
        connection = http.client.HTTPConnection("127.0.0.1", stack.web().port, timeout=60)
        _post(connection, _friends(options.updates))
        print(f"| {options.updates} updates in one POST | median ms | worst ms |")
        print("|---|---|---|")
        medians = []
        for name, body in kinds.items():
            _analyze(stack.database_url)
            took = [_post(connection, body(options.updates)) for _ in range(options.rounds)]
            medians.append(median(took))
            print(f"| {name} | {median(took):.0f} | {max(took):.0f} |", flush=True)
        sys.exit(0 if max(medians) < LIMIT_MS else 1)


def _analyze(url: str) -> None:
    """As autovacuum does within a minute: no real table grows to thousands without it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _post(connection: http.client.HTTPConnection, body: bytes) -> float:
    sent = time.perf_counter()
    connection.request("POST", "/webhook", body, headers(body))
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"answered {answer.status}")
    return (time.perf_counter() - sent) * 1000


def _strangers(updates: int) -> bytes:
    start = next(numbers) * updates
    return _messages([f"52156{start + each:08d}" for each in range(updates)])


def _friends(updates: int) -> bytes:
    return _messages([f"52155{each:08d}" for each in range(updates)])


def _one(updates: int) -> bytes:
    return _messages(["5215500000000"] * updates)


def _messages(phones: list[str]) -> bytes:
    people = [{"wa_id": each, "profile": {"name": "Ana"}} for each in sorted(set(phones))]
    said = [
        {"from": phone, "id": wamid, "timestamp": now, "type": "text", "text": {"body": "Hola"}}
        for phone, (wamid, now) in zip(phones, map(_stamped, phones), strict=True)
    ]
    return _envelope(contacts=people, messages=said)


def _statuses(updates: int) -> bytes:
    stamps = [_stamped(str(each)) for each in range(updates)]
    return _envelope(
        statuses=[
            {"id": wamid, "status": "delivered", "timestamp": now, "recipient_id": "5215500000000"}
            for wamid, now in stamps
        ]
    )


def _stamped(_phone: str) -> tuple[str, str]:
    return f"wamid.batch.{next(numbers)}", str(int(time.time()))


def _envelope(**value: Any) -> bytes:
    value["metadata"] = {"phone_number_id": traffic.PHONE_NUMBER_ID}
    change = {"field": "messages", "value": value}
    entry = {"id": "104938271650432", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


if __name__ == "__main__":
    main()
