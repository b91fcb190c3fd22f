"""Keeps database work on the engine's thread and time on the engine's side.

LangGraph runs tools on threads of its own, where the ORM would open connections and miss the
job's rows, and a blocked socket cannot be interrupted from within. So the agent runs on a helper
thread and hands every outside call to the thread that called `serve`, which also holds the clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")


class DeadlineError(Exception):
    """The turn took too long."""


class WorkError(Exception):
    """The helper thread's work failed; the cause says how."""


class DeskClosedError(Exception):
    """The turn is over; whoever still works for it must stop."""


class Desk:
    """One turn's counter: the helper thread asks, the engine's thread does."""

    def __init__(self, seconds: float) -> None:
        self.ends_at = monotonic() + seconds
        self._requests: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._closed = threading.Event()
        self._lock = threading.Lock()

    @property
    def remaining(self) -> float:
        """Seconds left for this turn."""
        return self.ends_at - monotonic()

    def call(self, work: Callable[[], T]) -> T:
        """Have `work` done on the engine's thread and wait for it."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed.is_set():
                raise DeskClosedError
            self._requests.put((work, future))
        return future.result()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the turn."""
        if self._closed.wait(seconds):
            raise DeskClosedError

    def serve(self, work: Callable[[], T]) -> T:
        """Run `work` on a helper thread, doing here what it asks for, until it ends or time does.

        What an outside call raises is raised from here unchanged, at once; what the work itself
        raises comes as WorkError.
        """
        done: Future[T] = Future()
        helper = threading.Thread(
            target=copy_context().run, args=(self._run, work, done), name="llm-turn", daemon=True
        )
        helper.start()
        try:
            while (request := self._next()) is not None:
                self._do(*request)
            return _outcome(done)
        finally:
            self._close()

    def _run(self, work: Callable[[], T], done: Future[T]) -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - re-raised by serve on the engine's thread
            done.set_exception(error)
        self._requests.put(None)

    def _next(self) -> tuple[Callable[[], Any], Future[Any]] | None:
        if self.remaining <= 0:
            raise DeadlineError
        try:
            return self._requests.get(timeout=self.remaining)
        except Empty:
            raise DeadlineError from None

    def _do(self, work: Callable[[], Any], future: Future[Any]) -> None:
        try:
            result = work()
        except BaseException:
            future.set_exception(DeskClosedError())
            raise
        future.set_result(result)

    def _close(self) -> None:
        with self._lock:
            self._closed.set()
            while not self._requests.empty():
                request = self._requests.get()
                if request is not None:
                    request[1].set_exception(DeskClosedError())


def _outcome(done: Future[T]) -> T:
    try:
        return done.result()
    except Exception as error:
        raise WorkError from error
