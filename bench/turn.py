"""What our own code adds to a turn. `.venv/bin/python -m bench.turn`

From the answer to the webhook, when the lead's words are committed, to the reply's arrival at
WhatsApp's address: queue, worker, context, prompt, gates, rows, outbox. The model answers at once
on loopback and nothing waits for further words (AGENT_DEBOUNCE_SECONDS=0). One lead after the other,
each twice, so that half of the turns have a history.

Of a model's turn, LangChain and the OpenAI client take their part. `bench.bare_model` takes it again
without leadbot, the same messages against the same model right afterwards; what is left is ours.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from queue import SimpleQueue
from statistics import quantiles
from typing import Any

from bench import traffic
from bench.payloads import headers
from bench.providers import Providers
from bench.stack import ROOT, Stack

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
    print(
        "| engine | turns | p50 ms | p95 ms | worst ms | bare library p50 ms | p95 ms "
        f"| ours p50 ms (aim {P50_MS:.0f}) | p95 ms, library's p50 off (aim {P95_MS:.0f}) |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
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
        whole = _Times.of(took, leads)
        bare = _Times.of(_bare(it, providers), leads) if providers.asked else None
    library = bare.p50 if bare else 0.0
    p50, p95 = whole.p50 - library, whole.p95 - library
    print(
        f"| {engine} | {2 * leads} | {whole.p50:.0f} | {whole.p95:.0f} | {whole.worst:.0f} "
        f"| {f'{bare.p50:.0f} | {bare.p95:.0f}' if bare else '– | –'} | {p50:.0f} | {p95:.0f} |",
        flush=True,
    )
    return p50 <= P50_MS and p95 <= P95_MS


@dataclass(frozen=True)
class _Times:
    """Milliseconds of turns, those of the first leads of each round not counted."""

    p50: float
    p95: float
    worst: float

    @classmethod
    def of(cls, took: list[float], leads: int) -> _Times:
        kept = took[WARM_UP : leads + WARM_UP] + took[leads + 2 * WARM_UP :]
        cuts = quantiles(kept, n=20, method="inclusive")
        return cls(cuts[9], cuts[18], max(kept))


def _bare(it: Stack, providers: _Providers) -> list[float]:
    """The same turns by the libraries alone, in a process like the worker's."""
    lines = "\n".join(map(json.dumps, providers.asked))
    done = subprocess.run(  # our own command
        [sys.executable, "-m", "bench.bare_model", f"{providers.url}/v1"],
        input=lines,
        cwd=ROOT,
        env=it.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return list(json.loads(done.stdout))


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
    """`replies` gets the moment of each message's arrival, `asked` what each turn asked first."""

    def __init__(self, *, uses_tool: bool) -> None:
        super().__init__()
        self.uses_tool = uses_tool
        self.replies: SimpleQueue[float] = SimpleQueue()
        self.asked: list[list[Mapping[str, Any]]] = []

    def sent(self, body: Mapping[str, Any]) -> None:  # noqa: ARG002
        self.replies.put(time.perf_counter())

    def message(self, said: list[Mapping[str, Any]]) -> dict[str, Any]:
        if said[-1]["role"] != "tool":
            self.asked.append(said)
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
