"""A short run of the campaign in bench/crash.py; the long one is in docs/testing.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.crash import LONGEST_WAIT_SECONDS, Campaign, options_from
from bench.crash_points import POINTS as ALL_POINTS
from leadbot import settings as product

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("agent", "conversations", "integrations", "leadbot")
POINTS = [
    "answer.decided",
    "answer.finishing",
    "booking.answered",
    "deliver.sending",
    "deliver.accepted",
    "deliver.recorded",
]


def test_the_campaign_kills_at_every_point_there_is() -> None:
    code = [path.read_text() for top in PACKAGES for path in (ROOT / top).rglob("*.py")]
    named = {name for text in code for name in re.findall(r'\breach\("([^"]+)"\)', text)}
    for pattern in {name for text in code for name in re.findall(r'\breach\(f"([^"]+)"\)', text)}:
        assert "{tool}" in pattern
        named |= {pattern.replace("{tool}", tool) for tool in _tools()}
    assert sorted(ALL_POINTS) == sorted(named)


def _tools() -> list[str]:
    """The names that the toolbox calls its tools."""
    return re.findall(
        r'\b_(?:call|meet)\(\s*"(\w+)"', (ROOT / "agent/tools/toolbox.py").read_text()
    )


@pytest.mark.slow
def test_killed_workers_lose_and_double_nothing(database_url: str) -> None:
    environment = os.environ | {"DATABASE_URL": database_url, "CRASH_GRACE_SECONDS": "3"}
    command = ["bench.crash", "--per-point", "1", "--points", ",".join(POINTS), "--minutes", "3"]
    # What Graph refuses is asked again after a minute: too long for here.
    options = ["--random", "4", "--leads", "16", "--wait", "60", "--graph-faults", "0"]
    done = subprocess.run(
        [sys.executable, "-m", *command, *options],
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
    assert report["meetings_standing"] > 0


@pytest.mark.parametrize(
    ("options", "slowest", "broken"),
    [
        (["--production"], 60.1, {"waited_too_long": 60.1}),
        (["--production"], 59.9, {}),
        ([], 90.0, {}),
    ],
)
def test_in_production_nobody_waits_longer_than_a_minute(
    options: list[str], slowest: float, broken: dict[str, float]
) -> None:
    campaign = Campaign(options_from(options), Path())
    assert campaign.too_slow(slowest) == broken


def test_lease_or_grace_and_a_sweep_are_shorter_than_that_minute() -> None:
    """The settings of the product: the tests' own are not what production runs."""
    assert max(product.LEASE_SECONDS, product.UNKNOWN_GRACE_SECONDS) + 10 < LONGEST_WAIT_SECONDS
