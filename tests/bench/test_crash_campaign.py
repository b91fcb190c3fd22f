"""A short run of the campaign in bench/crash.py; the long one is in docs/testing.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POINTS = [
    "answer.decided",
    "answer.finishing",
    "booking.answered",
    "deliver.sending",
    "deliver.accepted",
    "deliver.recorded",
]


@pytest.mark.slow
def test_killed_workers_lose_and_double_nothing(database_url: str) -> None:
    environment = os.environ | {"DATABASE_URL": database_url, "CRASH_GRACE_SECONDS": "3"}
    command = ["bench.crash", "--per-point", "1", "--points", ",".join(POINTS)]
    done = subprocess.run(
        [sys.executable, "-m", *command, "--random", "4", "--leads", "6", "--wait", "60"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.stdout, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert report["broken"] == {}
    assert set(POINTS) <= set(report["kills"])
    assert report["kills_total"] >= 10
    assert report["messages_accepted"] > 20
