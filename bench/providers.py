"""A model and a Cloud API on one loopback port, which answer as a measurement wants."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self

_ids = count()


class Providers(ABC):
    """Serves between enter and exit."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.providers = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Give what the caller waits for."""
        if path.endswith("/chat/completions"):
            return completion(self.message(body["messages"]))
        if body.get("type"):
            self.sent(body)
        return {"messages": [{"id": f"wamid.out.{next(_ids)}"}], "success": True}

    @abstractmethod
    def message(self, said: list[Mapping[str, Any]]) -> dict[str, Any]:
        """The model's message to a conversation so far."""

    @abstractmethod
    def sent(self, body: Mapping[str, Any]) -> None:
        """A message arrived at WhatsApp's address."""


def completion(message: Mapping[str, Any]) -> dict[str, Any]:
    """A chat completion around the model's message."""
    return {
        "id": f"chatcmpl-{next(_ids)}",
        "object": "chat.completion",
        "created": 0,
        "model": "bench",
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if message.get("tool_calls") else "stop",
            }
        ],
        "usage": {"prompt_tokens": 6000, "completion_tokens": 40, "total_tokens": 6040},
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    providers: Providers


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet per answer: headers and body apart would cost a delayed ACK, 40 ms.
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        """Answer."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        payload = json.dumps(self.server.providers.answer(self.path, body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_args: object) -> None:
        """Stay silent."""
