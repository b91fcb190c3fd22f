"""The embedded server through start, stop and every way to die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from leadbot import embedded_postgres

HOLD = """
import sys, time
from pathlib import Path
from leadbot import embedded_postgres
server = embedded_postgres.start(Path(sys.argv[1]))
print("up", flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cluster for all tests here: making it is what takes time."""
    return tmp_path_factory.mktemp("postgres")


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def answers(server: embedded_postgres.Server) -> bool:
    with psycopg.connect(server.url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def another_user(data_dir: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def close(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
    process.wait(60)


def test_starts_stops_and_keeps_its_data(data_dir: Path) -> None:
    with embedded_postgres.start(data_dir) as server:
        assert server.is_alive()
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('ñandú')")
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert not server.is_alive()
    with embedded_postgres.start(data_dir) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("ñandú",)


def test_extensions_see_accented_letters(data_dir: Path) -> None:
    with embedded_postgres.start(data_dir) as server, psycopg.connect(server.url) as connection:
        for name in ("pg_trgm", "btree_gist", "unaccent"):
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        assert connection.execute("SELECT unaccent('ñandú'), upper('ñ')").fetchone() == (
            "nandu",
            "Ñ",
        )
        assert connection.execute("SELECT similarity('ñé', 'ñé')").fetchone() == (1,)


def test_the_last_of_two_users_stops_it(data_dir: Path) -> None:
    server = embedded_postgres.start(data_dir)
    other = another_user(data_dir)
    server.stop()
    assert server.is_alive()
    close(other)
    assert not server.is_alive()


def test_a_killed_user_does_not_keep_it_running_for_ever(data_dir: Path) -> None:
    other = another_user(data_dir)
    other.kill()
    close(other)
    server = embedded_postgres.start(data_dir)
    assert answers(server)
    server.stop()
    assert not server.is_alive()


def test_comes_back_after_the_postmaster_is_killed(data_dir: Path) -> None:
    with embedded_postgres.start(data_dir) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE acknowledged AS SELECT 7 AS n")
        pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
        wait_for(lambda: not server.is_alive())
        server.ensure_running()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT n FROM acknowledged").fetchone() == (7,)
    assert not server.is_alive()


def test_starts_over_a_stale_pid_file_of_somebody_elses_process(data_dir: Path) -> None:
    (data_dir / "postgres" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    with embedded_postgres.start(data_dir) as server:
        assert answers(server)


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data.new").mkdir(parents=True)
    (tmp_path / "postgres" / "data.new" / "junk").write_text("half")
    with embedded_postgres.start(tmp_path) as server:
        assert answers(server)
    assert not (tmp_path / "postgres" / "data.new").exists()


def test_a_long_path_with_odd_characters_works(tmp_path: Path) -> None:
    data_dir = tmp_path / ("it's a % long " + "x" * 90) / "ñ"
    with embedded_postgres.start(data_dir) as server:
        assert answers(server)
    assert not server.is_alive()


def test_the_address_needs_no_server(tmp_path: Path) -> None:
    address = embedded_postgres.database_url(tmp_path)
    assert address.startswith("postgresql:///leadbot?host=")
    assert not (tmp_path / "postgres").exists()


def test_only_its_owner_may_connect(data_dir: Path) -> None:
    with embedded_postgres.start(data_dir):
        run = data_dir / "postgres" / "run"
        directory = (
            run
            if run.exists()
            else Path(
                embedded_postgres.database_url(data_dir)
                .split("host=")[1]
                .split("&")[0]
                .replace("%2F", "/")
            )
        )
        assert directory.stat().st_mode & 0o777 == 0o700
        assert (data_dir / "postgres" / "data").stat().st_mode & 0o777 == 0o700
