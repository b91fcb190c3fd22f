"""Stands for Meta, OpenAI and our own web, as the doctor asks them."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from leadbot.doctor.account import FIELDS
from leadbot.doctor.findings import Finding

NUMBER, ACCOUNT, APP = "118", "104", "900"
SECRET = "test-app-secret"
Answer = tuple[int, Any]


class StandIn:
    """A status and a body for each path; a callable body gets the query."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.posted: dict[str, Answer] = {}
        self.tokens: list[str] = []
        self.bodies: list[bytes] = []
        self.hangs: set[str] = set()
        self.released = threading.Event()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_in.tokens.append(self.headers.get("Authorization", ""))
                parts = urlsplit(self.path)
                if parts.path in stand_in.hangs:
                    stand_in.released.wait(20)
                status, body = stand_in.answers.get(parts.path, (404, {}))
                if callable(body):
                    body = body({name: words[0] for name, words in parse_qs(parts.query).items()})
                self.answer(status, body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stand_in.bodies.append(body)
                digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
                signed = self.headers.get("X-Hub-Signature-256") == f"sha256={digest}"
                self.answer(*stand_in.posted["signed" if signed else "unsigned"])

            def answer(self, status: int, body: Any) -> None:
                payload = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.is_well()

    def is_well(self) -> None:
        """Answer as Meta and our web do when nothing is wrong."""
        self.posted = {"signed": (200, "ok"), "unsigned": (403, "The signature does not match.")}
        self.answers = {
            "/webhook": (200, lambda query: query["hub.challenge"]),
            f"/v26.0/{NUMBER}": (200, number()),
            "/v26.0/debug_token": (200, {"data": token()}),
            f"/v26.0/{ACCOUNT}/phone_numbers": (200, {"data": [{"id": NUMBER}]}),
            f"/v26.0/{ACCOUNT}/subscribed_apps": (200, {"data": [app(APP)]}),
            f"/v26.0/{APP}/subscriptions": (200, {"data": [self.subscription()]}),
            f"/v26.0/{ACCOUNT}/message_templates": (
                200,
                {"data": [{"name": "recordatorio", "status": "APPROVED"}]},
            ),
        }

    def subscription(self, **changes: Any) -> dict[str, Any]:
        return {
            "object": "whatsapp_business_account",
            "callback_url": f"{self.url}/webhook",
            "fields": [{"name": name, "version": "v26.0"} for name in FIELDS],
            "active": True,
        } | changes


def number(**changes: Any) -> dict[str, Any]:
    return {
        "id": NUMBER,
        "verified_name": "Sol y Ahorro",
        "quality_rating": "GREEN",
        "name_status": "APPROVED",
        "status": "CONNECTED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
    } | changes


def token(**changes: Any) -> dict[str, Any]:
    scopes = ["whatsapp_business_management", "whatsapp_business_messaging"]
    return {
        "app_id": APP,
        "type": "SYSTEM_USER",
        "expires_at": 0,
        "is_valid": True,
        "scopes": scopes,
        "granular_scopes": [{"scope": scope, "target_ids": [ACCOUNT]} for scope in scopes],
    } | changes


def app(id_: str) -> dict[str, Any]:
    return {"whatsapp_business_api_data": {"id": id_, "name": "leadbot"}}


@contextmanager
def running() -> Iterator[StandIn]:
    """Serve until the end."""
    started = StandIn()
    thread = threading.Thread(
        target=started.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    yield started
    started.released.set()
    started.server.shutdown()
    started.server.server_close()
    thread.join(5)


def levels(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(found.level.value, found.subject) for found in findings]


def of(findings: Iterable[Finding], subject: str) -> Finding:
    return next(found for found in findings if found.subject == subject)
