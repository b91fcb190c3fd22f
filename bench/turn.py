"""What our own code adds to a turn. `.venv/bin/python -m bench.turn`

From the answer to the webhook, when the lead's words are committed, to the reply's arrival at
WhatsApp's address: queue, worker, context, prompt, gates, rows, outbox. The model answers at once
on loopback and nothing waits for further words (AGENT_DEBOUNCE_SECONDS=0). One lead after the other,
each twice, so that half of the turns have a history.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import time
from collections.abc import Mapping
from itertools import count
from queue import SimpleQueue
from statistics import quantiles
from typing import Any

from bench import traffic
from bench.payloads import headers
from bench.providers import Providers
from bench.stack import Stack

P50_MS, P95_MS = 60.0, 150.0
WARM_UP = 10
FIRST = "Hola, soy la asistente virtual de Sol y Ahorro. ¿Los paneles serían para tu casa?"
THEN = "Gracias por contarme. ¿En qué ciudad estás?"
CALL = {"answers": [{"key": "city", "value": "la Roma", "quote": "la Roma"}]}
numbers = count()


def main() -> None:
    """Measure each engine and say whether the aims are met."""
    parser = argparse.ArgumentParser(prog="bench.turn", description=__doc__)
    parser.add_argument("--leads", type=int, default=100)
    parser.add_argument("--engines", nargs="+", default=("guided", "llm", "llm with a tool"))
    options = parser.parse_args()
    print(f"| engine | turns | p50 ms (aim {P50_MS:.0f}) | p95 ms (aim {P95_MS:.0f}) | worst ms |")
    print("|---|---|---|---|---|")
    met = [_measure(each, options.leads) for each in options.engines]
    sys.exit(0 if all(met) else 1)


def _measure(engine: str, leads: int) -> bool:
    with (
        _Providers(uses_tool=engine.endswith("tool")) as providers,
        _stack(engine, providers) as it,
    ):
        it.manage("prepare")
        it.manage("seed_demo")
        port = it.web().port
        it.worker()
        people = [f"{next(numbers):08d}" for _ in range(leads + WARM_UP)]
        took = [_turn(port, providers, person) for _ in range(2) for person in people]
        took = took[WARM_UP : leads + WARM_UP] + took[leads + 2 * WARM_UP :]
    cuts = quantiles(took, n=20, method="inclusive")
    print(
        f"| {engine} | {len(took)} | {cuts[9]:.0f} | {cuts[18]:.0f} | {max(took):.0f} |", flush=True
    )
    return cuts[9] <= P50_MS and cuts[18] <= P95_MS


def _stack(engine: str, providers: _Providers) -> Stack:
    return Stack(
        AGENT_ENGINE=engine.partition(" ")[0],
        AGENT_DEBOUNCE_SECONDS="0",
        OPENAI_API_KEY="bench",
        OPENAI_BASE_URL=f"{providers.url}/v1",
        WHATSAPP_API_URL=providers.url,
    )


def _turn(port: int, providers: _Providers, person: str) -> float:
    """Milliseconds from the committed webhook to the reply at WhatsApp's address."""
    post = traffic.Post(
        bsuid=f"MX.{person}",
        phone=f"52155{person}",
        wamid=f"wamid.turn.{next(numbers)}",
        written=int(time.time()),
        is_new=True,
    )
    body = post.body()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/webhook", body, headers(body))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    committed = time.perf_counter()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"The webhook answered {answer.status}.")
    return (providers.replies.get(timeout=60) - committed) * 1000


class _Providers(Providers):
    """`replies` gets the moment of each message's arrival."""

    def __init__(self, *, uses_tool: bool) -> None:
        super().__init__()
        self.uses_tool = uses_tool
        self.replies: SimpleQueue[float] = SimpleQueue()

    def sent(self, body: Mapping[str, Any]) -> None:  # noqa: ARG002
        self.replies.put(time.perf_counter())

    def message(self, said: list[Mapping[str, Any]]) -> dict[str, Any]:
        if self.uses_tool and said[-1]["role"] != "tool":
            function = {"name": "save_answers", "arguments": json.dumps(CALL)}
            call = {"id": f"call_{next(numbers)}", "type": "function", "function": function}
            return {"role": "assistant", "content": None, "tool_calls": [call]}
        is_first = all(
            message["role"] != "assistant" or message.get("tool_calls") for message in said
        )
        return {"role": "assistant", "content": FIRST if is_first else THEN}


if __name__ == "__main__":
    main()
