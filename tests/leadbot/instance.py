"""`manage.py up` as a person runs it, and what is to be known of processes."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UP = (sys.executable, str(ROOT / "manage.py"), "up")
# A busy machine with two processors takes a minute for what else takes three seconds.
PATIENCE = 120.0
# 127.0.0.1 in the kernel's tables.
LOOPBACK = "0100007F"


class Instance:
    """One `up` and everything under it."""

    # A shell that starts a job in the background has SIGINT ignored, which `up` must bear.
    on_interrupt = signal.SIG_IGN

    def __init__(self, data_dir: Path, /, *, command: Sequence[str] = UP, **variables: str) -> None:
        self.port = int(variables.get("PORT") or free_port())
        self.data_dir = data_dir
        self.log = data_dir.parent / f"up-{self.port}.log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "LEADBOT_DATA_DIR": str(data_dir),
            "PORT": str(self.port),
        } | variables
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, self.on_interrupt),
            )

    def text(self) -> str:
        return self.log.read_text()

    def wait_until_up(self) -> None:
        ended = self.process.poll
        wait_for(lambda: "Ctrl-C stops" in self.text() or ended() is not None, PATIENCE)
        assert ended() is None, self.text()

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def password(self) -> str:
        """The login's password as printed."""
        (line,) = [line for line in self.text().splitlines() if "  Password  " in line]
        return line.split(maxsplit=1)[1]

    def children(self) -> list[int]:
        return descendants(self.process.pid)

    def worker(self) -> int:
        found = [pid for pid in self.children() if command_of(pid).endswith("manage.py worker")]
        return found[0] if found else 0

    def postgres(self) -> list[int]:
        return [
            int(line.split(maxsplit=1)[0])
            for line in processes("pid=,command=")
            if str(self.data_dir) in line and "/bin/postgres" in line
        ]

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def wait_for(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def free_port() -> int:
    """Below those that the kernel hands out: nobody who asks it for any port gets this one."""
    while True:
        port = random.randrange(20_000, 30_000)  # noqa: S311  # not a secret
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def processes(columns: str) -> list[str]:
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", columns], capture_output=True, text=True, check=True
    )
    return [line.strip() for line in listed.stdout.splitlines()]


def command_of(process: int) -> str:
    lines = [line.split(maxsplit=1) for line in processes("pid=,command=")]
    return next((parts[1] for parts in lines if parts[0] == str(process)), "")


def descendants(process: int) -> list[int]:
    rows = [tuple(map(int, line.split())) for line in processes("pid=,ppid=")]
    found, seen = [process], 0
    while seen < len(found):
        found += [pid for pid, parent in rows if parent == found[seen]]
        seen += 1
    return found[1:]


def is_running(process: int) -> bool:
    states = [line.split() for line in processes("pid=,stat=")]
    return any(parts[0] == str(process) and parts[1][0] != "Z" for parts in states)


def listening(processes: Iterable[int]) -> set[tuple[str, int]]:
    """Tell on which TCP addresses and ports they listen; addresses as the kernel writes them."""
    sockets = {f"socket:[{inode}]": place for inode, place in _listeners()}
    opened: set[str] = set()
    for process in processes:
        for entry in Path(f"/proc/{process}/fd").iterdir():
            # A file may be closed while we look.
            with suppress(FileNotFoundError):
                opened.add(str(entry.readlink()))
    return {sockets[name] for name in opened & sockets.keys()}


def _listeners() -> Iterator[tuple[str, tuple[str, int]]]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            fields = line.split()
            if fields[3] == "0A":
                address, port = fields[1].split(":")
                yield fields[9], (address, int(port, 16))
