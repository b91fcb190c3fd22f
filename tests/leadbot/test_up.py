"""`make run` and `manage.py up` as a person runs them: own data directory, own port, real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadbot.postgres_programs import NOBODY
from tests.leadbot.instance import (
    LOOPBACK,
    PATIENCE,
    ROOT,
    UP,
    Instance,
    is_running,
    listening,
    wait_for,
)

OTHER_USERS = (
    ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"),
    # Somebody else to itself, with root's files.
    ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--"),
)
pytestmark = pytest.mark.slow


class AtATerminal(Instance):
    """One that Ctrl-C reaches together with all that share its group."""

    on_interrupt = signal.SIG_DFL


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "data"


@pytest.fixture(scope="module")
def running() -> Iterator[list[Instance]]:
    """Those that tests left up for the next one: each start takes seconds."""
    started: list[Instance] = []
    yield started
    for instance in started:
        if instance.process.poll() is None:
            instance.stop(signal.SIGTERM)


@pytest.fixture
def instance(data_dir: Path, running: list[Instance]) -> Instance:
    if not running or running[-1].process.poll() is not None:
        running.append(Instance(data_dir))
        running[-1].wait_until_up()
    return running[-1]


def test_make_run_comes_up_from_nothing_and_ctrl_c_leaves_nothing(
    data_dir: Path, running: list[Instance]
) -> None:
    installed = Path(sys.prefix, "installed-requirements.txt")
    if not installed.exists() or installed.read_bytes() != (ROOT / "requirements.txt").read_bytes():
        pytest.skip("`make run` would install packages into this environment: `make test` first")
    bystander = subprocess.Popen(["sleep", "600"])
    opened = data_dir.parent / "opened"
    browser = data_dir.parent / "browser"
    browser.write_text(f"#!/bin/sh\ntouch {opened}\n")
    browser.chmod(0o755)
    command = ["make", "run", f"VENV={sys.prefix}"]
    instance = AtATerminal(data_dir, command=command, BROWSER=str(browser))
    running.append(instance)
    instance.wait_until_up()
    assert instance.get("/readyz")[0] == 200
    for label, path in (("Phones", "/simulator/"), ("Admin", "/admin/"), ("API", "/api/docs")):
        assert f"{label:<10} http://127.0.0.1:{instance.port}{path}\n" in instance.text()
        assert instance.get(path)[0] in (200, 302)
    assert "Login      admin\n" in instance.text()
    assert len(instance.password()) >= 12
    assert (data_dir / "secrets.json").stat().st_mode & 0o777 == 0o600
    started = instance.children()
    assert len(started) >= 5
    assert listening(started) == {(LOOPBACK, instance.port)}
    assert instance.postgres()

    os.killpg(instance.process.pid, signal.SIGINT)
    instance.process.wait(PATIENCE)
    assert "Stopping…" in instance.text()
    assert [pid for pid in started if is_running(pid)] == []
    assert instance.postgres() == []
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
    # It says where the pages are and opens none of them.
    assert not opened.exists()


def test_a_second_start_is_warm_and_keeps_the_login(
    data_dir: Path, running: list[Instance]
) -> None:
    if not running:
        running.append(Instance(data_dir))
        running[-1].wait_until_up()
        assert running[-1].stop() == 0
    first, made = running[-1], when_made(data_dir)
    running.append(Instance(data_dir))
    running[-1].wait_until_up()
    assert when_made(data_dir) == made
    assert running[-1].password() == first.password()


def when_made(data_dir: Path) -> tuple[float, float]:
    """When the cluster and the secrets were made."""
    files = (data_dir / "postgres" / "data" / "PG_VERSION", data_dir / "secrets.json")
    cluster, secrets = (file.stat().st_mtime for file in files)
    return cluster, secrets


def test_mends_a_killed_worker_and_a_killed_database(instance: Instance) -> None:
    killed = instance.worker()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: instance.worker() not in (0, killed))

    pid_file = instance.data_dir / "postgres" / "data" / "postmaster.pid"
    postmaster = int(pid_file.read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    wait_for(lambda: "Postgres is gone" in instance.text())
    wait_for(lambda: instance.get("/readyz")[0] == 200)


def test_its_children_do_not_outlive_a_killed_up_and_the_database_only_until_the_next_start(
    instance: Instance,
) -> None:
    started = instance.children()
    instance.process.kill()
    instance.process.wait()
    wait_for(lambda: not [pid for pid in started if is_running(pid)])
    # The database waits for the next start, whose end ends it.
    assert instance.postgres()
    a_half_configured_start_ends_with_its_fix(instance.data_dir)


def a_half_configured_start_ends_with_its_fix(data_dir: Path) -> None:
    instance = Instance(data_dir, WHATSAPP_MODE="cloud", WHATSAPP_ACCESS_TOKEN="t0ken-of-meta")
    assert instance.process.wait(PATIENCE) == 1
    assert "WHATSAPP_MODE=cloud needs WHATSAPP_APP_SECRET" in instance.text()
    assert "t0ken-of-meta" not in instance.text()
    assert "Traceback" not in instance.text()
    assert instance.postgres() == []


def test_another_user_starts_it_too() -> None:
    """Root's own way to run Postgres is one of two; the tests of any other user take the other."""
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else; all other tests here ran as that user")
    words = as_somebody_else()
    with tempfile.TemporaryDirectory() as folder:
        if words[0] == "setpriv":
            os.chown(folder, int(NOBODY), int(NOBODY))
        instance = Instance(Path(folder, "data"), command=[*words, *UP])
        instance.wait_until_up()
        assert instance.get("/admin/login/")[0] == 200
        started = [*instance.children(), *instance.postgres()]
        assert all(is_somebody_else(pid) for pid in [instance.process.pid, *started])
        assert instance.stop(signal.SIGTERM) == 0, instance.text()
        assert [pid for pid in started if is_running(pid)] == []


def as_somebody_else() -> tuple[str, ...]:
    """Find words that run our Python as another user; root's home may be closed to others."""
    for words in OTHER_USERS:
        # A process of theirs starts the second one: the first may still come from root.
        code = "import sys, subprocess as s; s.run([sys.executable, '-c', '1'], check=True)"
        probe = [*words, sys.executable, "-c", code]
        if subprocess.run(probe, check=False, capture_output=True, cwd="/").returncode == 0:
            return words
    pytest.skip(f"no other user may run {sys.executable}")


def is_somebody_else(process: int) -> bool:
    """By its user id, or by the namespace that gives it one."""
    about = Path("/proc", str(process))
    return (
        about.stat().st_uid != 0
        or (about / "ns/user").readlink() != Path("/proc/self/ns/user").readlink()
    )


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
