"""Keys of what the API shows."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat


def uuid7() -> UUID:
    """A time-ordered UUID, ascending within one process."""
    return uuid_utils.compat.uuid7()
