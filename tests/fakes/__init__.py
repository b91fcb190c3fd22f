"""Stand-ins that tests pass in."""

from __future__ import annotations
