"""The second web's settings: the product's, a database of its own on the same server, faults."""

from __future__ import annotations

import os

from bench.crash_graph import DATABASE
from leadbot.settings import *  # noqa: F403
from leadbot.settings import DATABASES, MIDDLEWARE

DATABASES["default"]["NAME"] = os.environ[DATABASE]
MIDDLEWARE.insert(0, "bench.crash_graph.GraphFaults")
