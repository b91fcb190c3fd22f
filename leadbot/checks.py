"""Start-up checks: production is never half-configured."""

from __future__ import annotations
