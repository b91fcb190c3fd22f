"""PORT: telling the business's own systems something. Knows nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class NotifyError(Exception):
    """It was not told, or nobody knows. The words name the host, never what was sent."""


class Announcer(Protocol):
    """Whoever takes events for the business."""

    def announce(self, *, message_id: str, event: Mapping[str, Any], now: datetime) -> None:
        """Tell it once; the same id means the same event. Raises NotifyError."""
