"""An OpenAI-shaped server on loopback, both APIs, that does what a script says.

    with FakeOpenAI([tools(("find_slots", {})), say("Mira estos horarios")]) as server:
        LlmSettings(api_key="k", base_url=server.url, model="any")

Each request takes the next step; the last one repeats. A step may also be a function of the
request's JSON that returns a step, for a server that reacts. `server.requests` holds what came.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import TracebackType
from typing import Any, Self

_ids = count(1)


@dataclass(frozen=True)
class Step:
    """One answer. `raw` replaces the body, `trickle` sends it a byte per so many seconds."""

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    status: int = 200
    error: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    finish: str = ""
    refusal: str = ""
    raw: bytes | None = None
    trickle: float = 0.0
    delay: float = 0.0
    cut: bool = False
    reset: bool = False
    tokens: tuple[int, int] | None = (100, 20)
    cached: int = 0


Script = Step | Callable[[Mapping[str, Any]], Step]


def say(text: str, **options: Any) -> Step:
    """Answer with text."""
    return Step(text=text, **options)


def tools(*calls: tuple[str, Mapping[str, Any]], **options: Any) -> Step:
    """Ask for tools."""
    return Step(calls=tuple((name, json.dumps(args)) for name, args in calls), **options)


def fail(status: int, code: str = "", **headers: str) -> Step:
    """Answer an error as OpenAI words it."""
    error = {"message": "It did not work.", "type": "error", "param": None, "code": code or None}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Step(status=status, error=error, headers=named)


# What notes/agent.md lists; each must end in an answer of the fallback or in EngineError.
FAILURES: dict[str, Step] = {
    "401": fail(401, "invalid_api_key"),
    "403": fail(403, "model_not_allowed"),
    "404": fail(404, "model_not_found"),
    "400": fail(400, "unsupported_parameter"),
    "context_length": fail(400, "context_length_exceeded"),
    "429": fail(429, "rate_limit_exceeded"),
    "429_retry_after": fail(429, "rate_limit_exceeded", retry_after="120"),
    "quota": fail(429, "insufficient_quota"),
    "500": fail(500),
    "503": fail(503),
    "redirect": Step(status=302, raw=b"", headers={"Location": "http://127.0.0.1:9/"}),
    "html": Step(raw=b"<html>504</html>", headers={"Content-Type": "text/html"}),
    "html_as_json": Step(raw=b"<html>504</html>"),
    "truncated_json": Step(raw=b'{"id": "x", "choices": [{"mess'),
    "null_body": Step(raw=b"null"),
    "null_choices": Step(raw=b'{"id":"x","object":"x","choices":null,"output":null}'),
    "empty_choices": Step(raw=b'{"id":"x","object":"x","choices":[],"output":[]}'),
    "error_in_200": Step(raw=b'{"id":"x","object":"x","error":{"message":"m","code":"c"}}'),
    "huge": Step(raw=b'{"id":"' + b"x" * 2_500_000 + b'"}'),
    "length": say("Hola, quer", finish="length"),
    "content_filter": say("", finish="content_filter"),
    "refusal": Step(refusal="I cannot help with that."),
    "empty_text": say(""),
    "blank_text": say(" \n "),
    "bad_tool_json": Step(calls=(("find_slots", '{"day": "2026-'),)),
    "tool_args_list": Step(calls=(("find_slots", "[1, 2]"),)),
    "bad_tool_text": Step(calls=(("find_slots", '{"day": '),), text="Busco horarios"),
    "cut": Step(text="Hola", cut=True),
    "reset": Step(reset=True),
}
# Those that take time: for settings that wait half a second for a request.
SLOW: dict[str, Step] = {
    "hangs": say("Hola", delay=5),
    "trickles": say("Hola", trickle=0.05),
}
# Those whose cause may be this one conversation: they tell nothing of the provider's health.
OWN_FAULT = frozenset(
    (
        *("400", "context_length", "length", "content_filter", "refusal", "empty_text"),
        *("blank_text", "bad_tool_json", "bad_tool_text", "tool_args_list"),
    )
)


class FakeOpenAI:
    """Serves on a port of its own between enter and exit."""

    def __init__(self, script: Sequence[Script], *, by_model: Mapping[str, Script] | None = None):
        self.script = list(script)
        self.by_model = dict(by_model or {})
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()
        self.stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )

    @property
    def url(self) -> str:
        """The base_url to configure."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> Step:
        """Note a request and choose its answer."""
        with self._lock:
            index = len(self.requests)
            self.requests.append(body)
            self.paths.append(path)
            self.headers.append(dict(headers))
        step = (
            self.by_model.get(body.get("model", ""))
            or self.script[min(index, len(self.script) - 1)]
        )
        return step if isinstance(step, Step) else step(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeOpenAI


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet per answer: headers and body apart would cost a delayed ACK, 40 ms.
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        step = self.server.fake.take(self.path, dict(self.headers.items()), body)
        self.server.fake.stopped.wait(step.delay)
        if step.reset:
            self._reset()
            return
        try:
            self._answer(step, _render(self.path, body, step))
        except OSError:
            self.close_connection = True

    def _answer(self, step: Step, payload: bytes) -> None:
        self.send_response(step.status)
        for name, value in {"Content-Type": "application/json", **step.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if step.cut:
            self.wfile.write(payload[: len(payload) // 2])
            self.close_connection = True
        elif step.trickle:
            self._trickle(payload, step.trickle)
        else:
            self.wfile.write(payload)

    def _reset(self) -> None:
        # A linger of zero seconds: the other side sees a reset and no end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _trickle(self, payload: bytes, seconds: float) -> None:
        for byte in payload:
            if self.server.fake.stopped.wait(seconds):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


def _render(path: str, body: Mapping[str, Any], step: Step) -> bytes:
    if step.raw is not None:
        return step.raw
    if step.error is not None:
        return json.dumps({"error": step.error}).encode()
    render = _response if path.endswith("/responses") else _completion
    return json.dumps(render(body.get("model", ""), step)).encode()


def _completion(model: str, step: Step) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": step.text or None}
    if step.refusal:
        message["refusal"] = step.refusal
    if step.calls:
        message["tool_calls"] = [
            {
                "id": f"call_{next(_ids)}",
                "type": "function",
                "function": {"name": name, "arguments": arguments},
            }
            for name, arguments in step.calls
        ]
    return {
        "id": f"chatcmpl-{next(_ids)}",
        "object": "chat.completion",
        "created": 1795000000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": step.finish or ("tool_calls" if step.calls else "stop"),
            }
        ],
        "usage": _usage(step, "prompt", "completion"),
    }


def _response(model: str, step: Step) -> dict[str, Any]:
    reasons = {"length": "max_output_tokens", "content_filter": "content_filter"}
    reason = reasons.get(step.finish)
    return {
        "id": f"resp_{next(_ids)}",
        "object": "response",
        "created_at": 1795000000,
        "model": model,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "output": _output(step),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": _usage(step, "input", "output"),
    }


def _usage(step: Step, given: str, made: str) -> dict[str, Any] | None:
    if step.tokens is None:
        return None
    return {
        f"{given}_tokens": step.tokens[0],
        f"{made}_tokens": step.tokens[1],
        "total_tokens": sum(step.tokens),
        f"{given}_tokens_details": {"cached_tokens": step.cached},
        f"{made}_tokens_details": {"reasoning_tokens": 0},
    }


def _output(step: Step) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    if step.text:
        content.append({"type": "output_text", "text": step.text, "annotations": []})
    if step.refusal:
        content.append({"type": "refusal", "refusal": step.refusal})
    items: list[dict[str, Any]] = []
    if content:
        items.append(
            {
                "type": "message",
                "id": f"msg_{next(_ids)}",
                "role": "assistant",
                "status": "completed",
                "content": content,
            }
        )
    return items + [
        {
            "type": "function_call",
            "id": f"fc_{next(_ids)}",
            "call_id": f"call_{next(_ids)}",
            "name": name,
            "arguments": arguments,
            "status": "completed",
        }
        for name, arguments in step.calls
    ]
