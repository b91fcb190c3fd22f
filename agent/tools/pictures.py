"""Leads' stored pictures, for an engine that can look at them."""

from __future__ import annotations

import logging
from uuid import UUID

from conversations.models import Attachment
from conversations.services.file_safety import HEAD, true_type

logger = logging.getLogger(__name__)

MAX_BYTES = 5 * 1024 * 1024
TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})


def read(attachment_id: str) -> tuple[str, bytes] | None:
    """Type (by its bytes) and content of a stored picture that is small enough for a model."""
    row = Attachment.objects.filter(
        pk=UUID(attachment_id), state=Attachment.State.STORED, size__lte=MAX_BYTES
    ).first()
    if row is None:
        return None
    try:
        with row.file.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        logger.warning("picture not shown to the model: %s", type(error).__name__)
        return None
    mime_type = true_type(data[:HEAD], "")
    return (mime_type, data) if mime_type in TYPES and len(data) <= MAX_BYTES else None
