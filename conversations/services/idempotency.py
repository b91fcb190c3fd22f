"""The same request twice does its work once: the second gets the first one's answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from conversations.models import Conversation, IdempotencyKey, User

KEPT = timedelta(hours=24)


class KeyReusedError(Exception):
    """The key was used for another request."""


def reserve(
    *, user: User, conversation: Conversation, key: str, digest: str, now: datetime
) -> IdempotencyKey:
    """Take the key, or find what it stands for. Raises KeyReusedError.

    While another transaction holds the key uncommitted, the insert waits for its end. The row's
    id names the request: work that outlives a transaction is continued by it.
    """
    fresh = IdempotencyKey(
        user=user, conversation=conversation, key=key, digest=digest, created_at=now
    )
    IdempotencyKey.objects.bulk_create([fresh], ignore_conflicts=True)
    row = IdempotencyKey.objects.get(user=user, key=key)
    if row.digest != digest:
        raise KeyReusedError
    return row


def store(*, reserved: IdempotencyKey, status: int, body: dict[str, Any]) -> None:
    """Remember the answer for whoever asks again."""
    IdempotencyKey.objects.filter(pk=reserved.pk).update(status=status, body=body)


def prune(*, now: datetime) -> int:
    """Forget keys after a day."""
    deleted, _per_model = IdempotencyKey.objects.filter(created_at__lt=now - KEPT).delete()
    return deleted
