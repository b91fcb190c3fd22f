"""`manage.py up` as a person runs it: its own data directory, its own port, real processes."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UP = [sys.executable, str(ROOT / "manage.py"), "up"]
pytestmark = pytest.mark.slow


class Instance:
    """One `up` and everything under it."""

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.port = free_port()
        self.data_dir = data_dir
        self.log = data_dir.parent / f"up-{self.port}.log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "LEADBOT_DATA_DIR": str(data_dir),
            "PORT": str(self.port),
        } | variables
        with self.log.open("w") as output:
            # As a shell starts a background job: in its own group, SIGINT ignored.
            self.process = subprocess.Popen(
                UP,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            )

    def text(self) -> str:
        return self.log.read_text()

    def wait_until_up(self) -> None:
        wait_for(lambda: "Ctrl-C stops" in self.text() or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.text()

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

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
        return self.process.wait(45)


def wait_for(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "data"


@pytest.fixture
def instance(data_dir: Path) -> Iterator[Instance]:
    started = Instance(data_dir)
    yield started
    if started.process.poll() is None:
        started.stop(signal.SIGTERM)


def test_comes_up_from_nothing_and_leaves_nothing(instance: Instance) -> None:
    instance.wait_until_up()
    assert instance.get("/readyz")[0] == 200
    assert instance.get("/admin/login/")[0] == 200
    assert "Login      admin" in instance.text()
    assert (instance.data_dir / "secrets.json").stat().st_mode & 0o777 == 0o600
    started = instance.children()
    assert len(started) >= 4
    assert instance.postgres()

    assert instance.stop() == 0, instance.text()
    assert [pid for pid in started if is_running(pid)] == []
    assert instance.postgres() == []


def test_a_second_start_is_warm_and_keeps_the_login(instance: Instance) -> None:
    began = time.monotonic()
    instance.wait_until_up()
    assert time.monotonic() - began < 10
    passwords = [
        [line for line in log.read_text().splitlines() if "Password" in line]
        for log in sorted(instance.data_dir.parent.glob("up-*.log"))
    ]
    assert passwords
    assert all(found == passwords[0] for found in passwords)


def test_mends_a_killed_worker_and_a_killed_database(instance: Instance) -> None:
    instance.wait_until_up()
    killed = instance.worker()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: instance.worker() not in (0, killed), 15)

    pid_file = instance.data_dir / "postgres" / "data" / "postmaster.pid"
    postmaster = int(pid_file.read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    wait_for(lambda: "Postgres is gone" in instance.text(), 15)
    wait_for(lambda: instance.get("/readyz")[0] == 200, 30)
    assert instance.stop(signal.SIGTERM) == 0
    assert instance.postgres() == []


def test_its_children_do_not_outlive_a_killed_up(instance: Instance) -> None:
    instance.wait_until_up()
    started = instance.children()
    instance.process.kill()
    instance.process.wait(5)
    wait_for(lambda: not [pid for pid in started if is_running(pid)], 30)
    # The database waits for the next start, whose end ends it.
    assert instance.postgres()
    following = Instance(instance.data_dir)
    following.wait_until_up()
    assert following.stop() == 0
    assert following.postgres() == []


def test_what_is_given_is_used(data_dir: Path, tmp_path: Path) -> None:
    from leadbot import embedded_postgres  # noqa: PLC0415  # beside what it is for

    with embedded_postgres.start(data_dir) as server:
        instance = Instance(
            tmp_path / "other",
            DATABASE_URL=server.url,
            DJANGO_SUPERUSER_USERNAME="carla",
            DJANGO_SUPERUSER_PASSWORD="a-password-of-carla",
            WHATSAPP_MODE="cloud",
            WHATSAPP_API_URL="http://127.0.0.1:1/v26.0",
            WHATSAPP_ACCESS_TOKEN="t",
            WHATSAPP_PHONE_NUMBER_ID="1",
            WHATSAPP_APP_SECRET="s",
            WHATSAPP_VERIFY_TOKEN="words",
        )
        instance.wait_until_up()
        handshake = "hub.mode=subscribe&hub.verify_token=words&hub.challenge=77"
        assert instance.get(f"/webhook?{handshake}") == (200, "77")
        assert instance.get("/simulator/")[0] == 404
        assert "Login      carla" in instance.text()
        assert "a-password-of-carla" not in instance.text()
        assert instance.stop() == 0
        assert not (tmp_path / "other" / "postgres").exists()
        assert server.is_alive()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            UP,
            env={"PATH": os.environ["PATH"], "LEADBOT_DATA_DIR": str(tmp_path), "PORT": port},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert f"Port {port} cannot be used" in ended.stderr
    assert not (tmp_path / "postgres").exists()


def test_a_half_configured_start_ends_with_its_fix(data_dir: Path) -> None:
    instance = Instance(data_dir, WHATSAPP_MODE="cloud", WHATSAPP_ACCESS_TOKEN="t0ken-of-meta")
    assert instance.process.wait(60) == 1
    assert "WHATSAPP_MODE=cloud needs WHATSAPP_APP_SECRET" in instance.text()
    assert "t0ken-of-meta" not in instance.text()
    assert "Traceback" not in instance.text()
    assert instance.postgres() == []
