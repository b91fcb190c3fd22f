"""API tokens: made once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from conversations.models import ApiToken, User

# `last_used_at` is for people to see; once an hour is enough and spares a write per request.
USE_NOTED_EVERY = timedelta(hours=1)


def create(*, user: User, now: datetime, name: str = "", expires_at: datetime | None = None) -> str:
    """Return the token in plain text; it cannot be read again."""
    token = f"lb_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(
        user=user,
        name=name,
        digest=_digest(token),
        prefix=token[:8],
        created_at=now,
        expires_at=expires_at,
    )
    return token


def authenticate(*, token: str, now: datetime) -> User | None:
    """The active user whose token this is."""
    row = ApiToken.objects.select_related("user").filter(digest=_digest(token)).first()
    if row is None or not row.user.is_active or (row.expires_at and row.expires_at <= now):
        return None
    if row.last_used_at is None or now - row.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row.user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
