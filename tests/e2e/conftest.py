"""Windows of a browser for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.world import Windows


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Iterator[Windows]:
    """Pages of one module; in the end none of them may have complained."""
    opened = Windows(browser)
    yield opened
    opened.close()
