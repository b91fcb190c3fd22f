"""Keys of what the API shows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import uuid_utils.compat


def uuid7() -> UUID:
    """A time-ordered UUID, ascending within one process."""
    return uuid_utils.compat.uuid7()


def first_uuid7(at: datetime) -> UUID:
    """The smallest key that a row written at this time or later can have."""
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80)
