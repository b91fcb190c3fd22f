"""What the models of these tests charge."""

from __future__ import annotations

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _priced(settings: Settings) -> None:
    """Have prices for them, and no limit that a test does not set itself."""
    settings.OPENAI_PRICES = "main=0.5/0.05/2,spare=0.5/0.05/2"
    settings.AGENT_MODEL_CALLS_PER_HOUR = settings.AGENT_MODEL_CALLS_PER_DAY = 1_000
