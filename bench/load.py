"""A load generator that stays cheap: raw keep-alive sockets, a selector, a few processes."""

from __future__ import annotations

import multiprocessing
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from bench import traffic

PROCESSES = 2
# Called in each process with its name; gives ready requests.
Requests = Callable[[str], Iterator[bytes]]


@dataclass
class Sample:
    """What a stretch of load gave. Latencies are in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: float) -> float:
        """Nearest rank, in milliseconds."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


def merge(samples: list[Sample]) -> Sample:
    """Samples that were taken side by side."""
    return Sample(
        seconds=max(sample.seconds for sample in samples),
        latencies=[latency for sample in samples for latency in sample.latencies],
        refused=sum(sample.refused for sample in samples),
    )


def message_requests(*, leads: int, path: str, source: str) -> Requests:
    """Sign messages as fast as they are wanted."""

    def make(process: str) -> Iterator[bytes]:
        for post in traffic.known(leads, source=f"{source}.{process}"):
            yield traffic.request(post.body(), path=path)

    return make


def closed_loop(*, port: int, requests: Requests, connections: int, seconds: float) -> Sample:
    """Each connection sends its next request when the last one was answered."""
    shares = _shares(connections)
    return in_processes(
        [
            (lambda n=name, s=share: _closed(port, requests(n), s, seconds))  # type: ignore[misc]
            for name, share in shares.items()
        ]
    )


def open_loop(
    *, port: int, requests: Requests, connections: int, rate: float, seconds: float
) -> Sample:
    """Send at a fixed pace, whatever the answers do; latency counts from the planned moment."""
    return in_processes([lambda: _paced(port, requests("paced"), connections, rate, seconds)])


def in_processes(works: list[Callable[[], Sample]]) -> Sample:
    """Run each in a process of its own, side by side."""
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    processes = [
        fork.Process(target=lambda work=work: answers.put(work()), daemon=True) for work in works
    ]
    for process in processes:
        process.start()
    samples = [answers.get() for _process in processes]
    for process in processes:
        process.join()
    return merge(samples)


def _shares(connections: int) -> dict[str, int]:
    processes = min(PROCESSES, connections)
    return {
        str(index): connections // processes + (index < connections % processes)
        for index in range(processes)
    }


def _closed(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Sample:
    selector = selectors.DefaultSelector()
    sent_at: dict[int, float] = {}
    for _index in range(connections):
        client = socket.create_connection(("127.0.0.1", port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(client, selectors.EVENT_READ)
        _send(client, requests, sent_at)
    sample = Sample()
    started = now = time.perf_counter()
    while now < started + seconds:
        for key, _events in selector.select(1.0):
            client = key.fileobj  # type: ignore[assignment]
            is_open = _take_answer(client, sent_at, sample)
            if not is_open:
                # A web process that has served its ten thousand requests makes room for a new one.
                selector.unregister(client)
                client.close()
                client = socket.create_connection(("127.0.0.1", port))
                selector.register(client, selectors.EVENT_READ)
            _send(client, requests, sent_at)
        now = time.perf_counter()
    sample.seconds = now - started
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return sample


def _paced(
    port: int, requests: Iterator[bytes], connections: int, rate: float, seconds: float
) -> Sample:
    selector = selectors.DefaultSelector()
    # Opened when needed: gunicorn gives a thread to each new connection, silent ones too.
    idle: list[socket.socket] = []
    sent_at: dict[int, float] = {}
    sample = Sample()
    started = time.perf_counter()
    planned = [started + index / rate for index in range(int(rate * seconds))]
    for due, request in zip(planned, islice(requests, len(planned)), strict=True):
        while (now := time.perf_counter()) < due or len(selector.get_map()) == connections:
            for key, _events in selector.select(max(0.0, due - now) or 1.0):
                client: socket.socket = key.fileobj  # type: ignore[assignment]
                selector.unregister(client)
                if _take_answer(client, sent_at, sample):
                    idle.append(client)
                else:
                    client.close()
        client = idle.pop() if idle else socket.create_connection(("127.0.0.1", port))
        client.sendall(request)
        sent_at[client.fileno()] = due
        selector.register(client, selectors.EVENT_READ)
    sample.seconds = time.perf_counter() - started
    return sample


def _send(client: socket.socket, requests: Iterator[bytes], sent_at: dict[int, float]) -> None:
    request = next(requests)
    sent_at[client.fileno()] = time.perf_counter()
    client.sendall(request)


def _take_answer(client: socket.socket, sent_at: dict[int, float], sample: Sample) -> bool:
    """Read one whole answer; says whether the connection lives on."""
    answer = b""
    while not _is_whole(answer):
        part = client.recv(65_536)
        if not part:
            if answer:
                sample.refused += 1
            return False
        answer += part
    sample.latencies.append(time.perf_counter() - sent_at[client.fileno()])
    if not answer.startswith(b"HTTP/1.1 200"):
        sample.refused += 1
    return b"connection: close" not in answer.lower()


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    _before, _name, rest = head.lower().partition(b"content-length:")
    return len(body) >= int(rest.split(b"\r\n", 1)[0] or 0)


def post_once(*, port: int, request: bytes) -> None:
    """Send one request and insist on 200."""
    sample = Sample()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(request)
        _take_answer(client, {client.fileno(): time.perf_counter()}, sample)
    if sample.refused or not sample.latencies:
        raise RuntimeError("The first request was not answered with 200")
