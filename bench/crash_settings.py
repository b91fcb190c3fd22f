"""The product's settings with shorter patience, so that many kills fit into minutes."""

from __future__ import annotations

import os

from leadbot.settings import *  # noqa: F403

LEASE_SECONDS = float(os.environ.get("CRASH_LEASE_SECONDS", "2"))
UNKNOWN_GRACE_SECONDS = float(os.environ.get("CRASH_GRACE_SECONDS", "5"))
