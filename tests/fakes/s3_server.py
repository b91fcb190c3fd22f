"""An S3-shaped server on loopback: one bucket, signed requests only, faults on demand."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

KEY_ID = "test-key-id"
SECRET = "test-secret-that-never-travels"
BUCKET = "files"
HANG = 0
CUT = -1
HANGS_FOR = 30.0


class S3Server:
    """`faults` are statuses to answer with, one a request; HANG answers nothing, CUT breaks off."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/storage/v1/s3"
        self.objects: dict[str, bytes] = {}
        self.faults: deque[int] = deque()
        self.seen: list[str] = []
        self.received: list[str] = []
        self.stopping = threading.Event()

    def options(self, **more: object) -> dict[str, object]:
        """What the settings give the storage."""
        return {
            "endpoint_url": self.url,
            "bucket_name": BUCKET,
            "access_key": KEY_ID,
            "secret_key": SECRET,
            "region_name": "us-east-1",
        } | more


@contextmanager
def run() -> Iterator[S3Server]:
    class Handler(_Handler):
        s3: S3Server

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    Handler.s3 = fake = S3Server(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        fake.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    s3: S3Server

    def do_PUT(self) -> None:
        body = self._body()
        if key := self._key():
            self.s3.objects[key] = body
            self._answer(200, b"", ETag='"1"')

    def do_GET(self) -> None:
        self._give()

    def do_HEAD(self) -> None:
        self._give()

    def do_DELETE(self) -> None:
        if key := self._key():
            self.s3.objects.pop(key, None)
            self._answer(204, b"")

    def _give(self) -> None:
        if key := self._key():
            found = self.s3.objects.get(key)
            if found is None:
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            else:
                self._answer(200, found, ETag='"1"')

    def _key(self) -> str:
        """The object's key, unless the request has been answered already."""
        self.s3.seen.append(self.command)
        self.s3.received.append(f"{self.path}\n{self.headers}")
        fault = self.s3.faults.popleft() if self.s3.faults else None
        if fault == HANG:
            self.s3.stopping.wait(HANGS_FOR)
            self.close_connection = True
            return ""
        bucket, _, key = urlsplit(self.path).path.removeprefix("/storage/v1/s3/").partition("/")
        signed = self.headers.get("Authorization", "").startswith(
            f"AWS4-HMAC-SHA256 Credential={KEY_ID}/"
        )
        if fault == CUT:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.close_connection = True
            return ""
        status = fault or (200 if signed and bucket == BUCKET else 403)
        if status != 200:
            self._answer(status, b"<Error><Code>Fault</Code></Error>")
            return ""
        return key

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            raise AssertionError("the store takes whole bodies only")
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay silent."""
