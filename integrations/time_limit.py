"""An end by the clock for each request, however slowly its bytes come or go."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class TimeLimit:
    """Shuts the socket of this thread's request when its time is up.

    A read time-out only bounds the pause between two bytes; one byte a second would hold us for
    ever. Shutting down, unlike closing, wakes the reader.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._done = threading.Event()
        self._socket: socket.socket | None = None
        self.passed = False

    def __enter__(self) -> TimeLimit:
        _current.limit = self
        threading.Thread(target=self._run, name="http-time-limit", daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        _current.limit = None
        self._done.set()

    def watch(self, connected: socket.socket | None) -> None:
        self._socket = connected

    def _run(self) -> None:
        pause = self._seconds
        while not self._done.wait(pause):
            self.passed, pause = True, 0.1
            if self._socket is not None:
                with suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_current = threading.local()


def _watch(connected: socket.socket | None) -> None:
    limit: TimeLimit | None = getattr(_current, "limit", None)
    if limit is not None:
        limit.watch(connected)


class _PlainConnection(HTTPConnection):
    """Tells the time limit its socket, be it new or kept from an earlier request."""

    def connect(self) -> None:
        super().connect()
        _watch(self.sock)

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        _watch(self.sock)
        super().putrequest(*args, **kwargs)


class TLSConnection(_PlainConnection, HTTPSConnection):
    """The same, encrypted."""


class _PlainPool(HTTPConnectionPool):
    """Plain http."""

    ConnectionCls = _PlainConnection


class TLSPool(HTTPSConnectionPool):
    """https."""

    ConnectionCls: type[TLSConnection] = TLSConnection


class WatchedAdapter(HTTPAdapter):
    """Pools whose connections the time limit knows."""

    tls_pool: type[TLSPool] = TLSPool

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": self.tls_pool}
