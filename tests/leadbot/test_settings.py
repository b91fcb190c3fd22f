"""What the settings do to the process they are read in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Each by itself turns tracing on, the gateway on, or every turn into an error.
TRACING = [
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
    "LANGSMITH_GATEWAY",
    "LANGCHAIN_TRACING",
    "LANGCHAIN_TRACING_V2",
    "LANGCHAIN_HANDLER",
]
PROBE = f"""
import os
import leadbot.settings
from langchain_core.callbacks import CallbackManager
from langsmith.utils import tracing_is_enabled
handlers = CallbackManager.configure().handlers
print(tracing_is_enabled(), len(handlers), *(os.environ[name] for name in {TRACING}))
"""


@pytest.mark.slow
def test_no_variable_turns_tracing_on() -> None:
    """Traces hold whole prompts, and go to somebody else."""
    ended = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | dict.fromkeys(TRACING, "true"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["False", "0", *["false"] * len(TRACING)]
