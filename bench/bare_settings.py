"""leadbot's settings, with a view that only checks the signature, and no middleware."""

from __future__ import annotations

from leadbot.settings import *  # noqa: F403

ROOT_URLCONF = "bench.bare"
MIDDLEWARE = []
