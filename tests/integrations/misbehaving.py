"""A provider on 127.0.0.1 that answers as it is told: well, badly, slowly or not at all."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

Behaviour = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Provider:
    """Plays its behaviours in order, one a request, and repeats the last.

    What is asked at one of its `paths` (their ends) is answered as that says, out of order.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self.url = f"http://{address[0]}:{address[1]}"
        self.behaviours: list[Behaviour] = [answer(200, {})]
        self.paths: dict[str, Behaviour] = {}
        self.seen: list[Seen] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()

    def plays(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)

    def next(self, seen: Seen) -> Behaviour:
        with self._lock:
            self.seen.append(seen)
            for end, behaviour in self.paths.items():
                if seen.path.endswith(end):
                    return behaviour
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


@contextmanager
def run(tls: ssl.SSLContext | None = None) -> Iterator[Provider]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while (seen := _read(self.request)) is not None:
                try:
                    provider.next(seen)(self.request)
                except OSError:
                    return
                if provider.stopping.is_set():
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def finish_request(self, request: Any, client_address: Any) -> None:
            if tls is None:
                super().finish_request(request, client_address)
                return
            with suppress(OSError), tls.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    provider = Provider(server.server_address)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        provider.stopping.set()
        server.shutdown()
        # Its handlers are daemons: not waited for, some are still trickling.
        server.socket.close()
        thread.join()


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(status: int, body: Any, **headers: str) -> Behaviour:
    """A whole answer; `body` is JSON unless it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n{lines}\r\n".encode()
    return lambda connection: connection.sendall(head + data)


def raw(data: bytes) -> Behaviour:
    """These bytes, then the connection is closed in good order."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)

    return behave


def silence(until: threading.Event) -> Behaviour:
    """Never answer."""
    return lambda _connection: _wait(until)


def trickle(data: bytes, until: threading.Event, *, pause: float = 0.02) -> Behaviour:
    """Byte by byte: no single pause is long."""

    def behave(connection: socket.socket) -> None:
        for index in range(len(data)):
            if until.wait(pause):
                return
            connection.sendall(data[index : index + 1])

    return behave


def then_reads_slowly(first: Behaviour, until: threading.Event) -> Behaviour:
    """Do this, and take what comes next on the same connection in sips, for three seconds."""

    def behave(connection: socket.socket) -> None:
        first(connection)
        end = time.monotonic() + 3
        while time.monotonic() < end and connection.recv(4096):
            until.wait(0.01)
        connection.close()

    return behave


def reset(connection: socket.socket) -> None:
    """Drop the connection with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _wait(until: threading.Event) -> None:
    until.wait(10)


def _read(connection: socket.socket) -> Seen | None:
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            part = connection.recv(65_536)
            if not part:
                return None
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += connection.recv(65_536)
    except OSError:
        return None
    method, path, _ = first.split(" ")
    return Seen(method, path, headers, body)
