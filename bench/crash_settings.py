"""The product's settings, by default with shorter patience: many kills fit into minutes."""

from __future__ import annotations

import os

from bench.crash_graph import DATABASE
from leadbot.settings import *  # noqa: F403
from leadbot.settings import DATABASES

if not os.environ.get("CRASH_PRODUCTION"):
    LEASE_SECONDS = float(os.environ.get("CRASH_LEASE_SECONDS", "2"))
    UNKNOWN_GRACE_SECONDS = float(os.environ.get("CRASH_GRACE_SECONDS", "5"))
# Only the campaign itself has this name: it reads the simulator's rows, the product cannot.
if graph_database := os.environ.get(DATABASE):
    DATABASES["graph"] = DATABASES["default"] | {"NAME": graph_database}
