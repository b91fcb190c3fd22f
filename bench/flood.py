"""One lead writes a thousand messages: how often the model is asked, and who waits for it.

`.venv/bin/python -m bench.flood`: others write, one a second, first alone and then while one lead
floods; the model takes a third of a second. The pause after a burst is the usual one
(AGENT_DEBOUNCE_SECONDS=3) unless `--pause` says another: an answer takes that long at least.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from itertools import count
from queue import SimpleQueue
from statistics import median, quantiles
from typing import Any

from bench import traffic
from bench.payloads import headers
from bench.providers import Providers
from bench.stack import Stack

OTHERS = 20
EVERY = 1.0
MODEL_SECONDS = 0.33
MOST_CALLS, MOST_RATIO = 20, 1.5
FLOODER = "77777777"
WORD = "inundación"
numbers = count()


def main() -> None:
    """Measure, and say whether both aims are met."""
    parser = argparse.ArgumentParser(prog="bench.flood", description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--pause", default="3")
    options = parser.parse_args()
    with _Providers() as providers, _stack(providers, options.pause) as it:
        it.manage("prepare")
        it.manage("seed_demo")
        port = it.web().port
        it.worker()
        _others(port, providers, "1")
        quiet = _others(port, providers, "2")
        flood = threading.Thread(target=_flood, args=(port, options.messages))
        flood.start()
        flooded = _others(port, providers, "3")
        flood.join()
        time.sleep(15)
        calls, answers = providers.calls[True], providers.answers[FLOODER]
    ratio = median(flooded) / median(quiet)
    print("| | p50 ms | p95 ms |\n|---|---|---|")
    for name, took in (("others, alone", quiet), ("others, during the flood", flooded)):
        print(f"| {name} | {median(took):.0f} | {quantiles(took, n=20)[18]:.0f} |")
    print(f"\n{options.messages} messages: {calls} calls of the model (aim {MOST_CALLS}), ", end="")
    print(f"{answers} answers; others {ratio:.2f} times as long (aim {MOST_RATIO}).")
    sys.exit(0 if calls <= MOST_CALLS and answers and ratio <= MOST_RATIO else 1)


def _stack(providers: _Providers, pause: str) -> Stack:
    return Stack(
        AGENT_ENGINE="llm",
        AGENT_DEBOUNCE_SECONDS=pause,
        OPENAI_API_KEY="bench",
        OPENAI_BASE_URL=f"{providers.url}/v1",
        WHATSAPP_API_URL=providers.url,
    )


def _others(port: int, providers: _Providers, stretch: str) -> list[float]:
    """Milliseconds that each of them waits for an answer, from the committed webhook."""
    began = time.perf_counter()
    written: dict[str, float] = {}
    for number in range(OTHERS):
        time.sleep(max(0.0, began + number * EVERY - time.perf_counter()))
        person = f"5{stretch}{number:06d}"
        _write(http.client.HTTPConnection("127.0.0.1", port, timeout=60), person)
        written[person] = time.perf_counter()
    took: dict[str, float] = {}
    while len(took) < OTHERS:
        person, at = providers.replies.get(timeout=60)
        if person in written:
            took.setdefault(person, (at - written[person]) * 1000)
    return list(took.values())


def _flood(port: int, messages: int) -> None:
    """All of them while the others write."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    pause = OTHERS * EVERY / messages
    for number in range(messages):
        began = time.perf_counter()
        _write(connection, FLOODER, f"{WORD} {number}")
        time.sleep(max(0.0, began + pause - time.perf_counter()))


def _write(connection: http.client.HTTPConnection, person: str, text: str = traffic.TEXT) -> None:
    post = traffic.Post(
        bsuid=f"MX.{person}",
        phone=f"52155{person}",
        wamid=f"wamid.flood.{next(numbers)}",
        written=int(time.time()),
        is_new=True,
    )
    body = post.body().replace(traffic.TEXT.encode(), text.encode())
    connection.request("POST", "/webhook", body, headers(body))
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"The webhook answered {answer.status}.")


class _Providers(Providers):
    """`calls` counts those of the model by the flooder, `answers` what each person got."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: SimpleQueue[tuple[str, float]] = SimpleQueue()
        self.calls: Counter[bool] = Counter()
        self.answers: Counter[str] = Counter()

    def sent(self, body: Mapping[str, Any]) -> None:
        person = str(body.get("to") or body.get("recipient"))[-8:]
        self.answers[person] += 1
        self.replies.put((person, time.perf_counter()))

    def message(self, said: list[Mapping[str, Any]]) -> dict[str, Any]:
        self.calls[WORD in json.dumps(said, ensure_ascii=False)] += 1
        time.sleep(MODEL_SECONDS)
        text = f"Soy la asistente virtual de Sol y Ahorro. ¿En qué ciudad estás? ({next(numbers)})"
        return {"role": "assistant", "content": text}


if __name__ == "__main__":
    main()
