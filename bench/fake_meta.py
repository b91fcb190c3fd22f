"""A Cloud API that fails on purpose and counts what it accepted."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import sys
import threading
import time
import urllib.request
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

SECRET = "campaign-secret"
NUMBER = "118273645019283"


class FakeMeta:
    """Accepts sends with faults, reports statuses, and posts what leads write.

    `accepted` counts accepted sends per callback token; `texts` holds them per recipient in the
    order of acceptance.
    """

    def __init__(self, *, webhook: str, faults: float, seed: int) -> None:
        self.webhook = webhook
        self.faults = faults
        self.accepted: Counter[str] = Counter()
        self.order: dict[str, list[str]] = defaultdict(list)
        self.sent: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.lost_posts = 0
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._ids = count(1)
        self._posts = ThreadPoolExecutor(8)
        handler = type("Handler", (_Handler,), {"meta": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._posts.shutdown()

    def fault(self) -> str:
        """What goes wrong with the next send: nothing, or one of four ways."""
        with self._lock:
            if self._random.random() >= self.faults:
                return ""
            return self._random.choice(["refused", "5xx before", "cut after", "5xx after"])

    def accept(self, body: dict[str, Any]) -> str:
        """Take a message: only now does it count."""
        wamid = f"wamid.out.{next(self._ids)}"
        token = body["biz_opaque_callback_data"].partition("#")[0]
        to = str(body.get("to") or body.get("recipient"))
        with self._lock:
            self.accepted[token] += 1
            self.order[to].append(token)
            self.sent[to].append(body | {"id": wamid})
        for status in ("sent", "delivered"):
            self._posts.submit(self._report, wamid, status, to, body["biz_opaque_callback_data"])
        return wamid

    def _report(self, wamid: str, status: str, to: str, callback: str) -> None:
        time.sleep(0.05)
        self.post(
            {
                "statuses": [
                    {
                        "id": wamid,
                        "status": status,
                        "timestamp": str(int(time.time())),
                        "recipient_id": to,
                        "biz_opaque_callback_data": callback,
                    }
                ]
            }
        )

    def write(self, phone: str, message: dict[str, Any]) -> str:
        """A lead writes."""
        wamid = f"wamid.in.{next(self._ids)}"
        self.post(
            {
                "contacts": [{"wa_id": phone, "profile": {"name": "Lead"}}],
                "messages": [
                    {"id": wamid, "from": phone, "timestamp": str(int(time.time())), **message}
                ],
            }
        )
        return wamid

    def post(self, value: dict[str, Any]) -> None:
        """Deliver to the webhook, as Meta does: again until it says 200."""
        change = {
            "field": "messages",
            "value": {
                "messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "525550100100", "phone_number_id": NUMBER},
                **value,
            },
        }
        body = json.dumps(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": "104938271650432", "changes": [change]}],
            }
        ).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        request = urllib.request.Request(  # noqa: S310
            self.webhook, body, {"X-Hub-Signature-256": f"sha256={signature}"}
        )
        for attempt in range(8):
            try:
                with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                    return
            except OSError:
                time.sleep(0.1 * 2**attempt)
        self.lost_posts += 1


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        # Killed workers hang up without a word.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    meta: FakeMeta
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        raw = self.rfile.read(length)
        if len(raw) < length:
            # A worker was killed while it sent this.
            self.close_connection = True
            return
        body = json.loads(raw)
        if "status" in body:
            self._answer(200, {"success": True})
            return
        fault = self.meta.fault()
        if fault == "refused":
            error = {"message": "try later", "code": 131016, "fbtrace_id": "x"}
            self._answer(503, {"error": error})
        elif fault == "5xx before":
            self._answer(500, None)
        else:
            wamid = self.meta.accept(body)
            if fault == "cut after":
                self.close_connection = True
                self.connection.close()
            elif fault == "5xx after":
                self._answer(500, None)
            else:
                self._answer(200, {"messages": [{"id": wamid}], "contacts": []})

    def _answer(self, status: int, body: dict[str, Any] | None) -> None:
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args: object) -> None:
        return
