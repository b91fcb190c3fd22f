"""Pure: Meta's handshake, its signature, and one POST's bytes to JSON."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NoReturn

from integrations.messaging import WebhookError, WebhookEvents
from integrations.whatsapp.reader import OBJECT, Reader

__all__ = ["OBJECT", "handshake", "parse", "require_signature", "verify"]

_UNREADABLE = object()
DEEPEST = 100


def handshake(*, mode: str, token: str, challenge: str, verify_token: str) -> str | None:
    """Give the challenge to whoever knows our verify token, else None."""
    known = bool(verify_token) and hmac.compare_digest(_bytes(token), _bytes(verify_token))
    return challenge if mode == "subscribe" and known else None


def verify(body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """Say whether the raw body was signed with one of our secrets; without any, nothing is."""
    given = _bytes(signature)
    matches = [
        hmac.compare_digest(given, b"sha256=" + _digest(body, secret))
        for secret in secrets
        if secret
    ]
    return any(matches)


def require_signature(body: bytes, signature: str, secrets: Sequence[str]) -> None:
    """Refuse a body that Meta did not sign."""
    if not verify(body, signature, secrets):
        raise WebhookError("The signature does not match.", status=403)


def parse(body: bytes, *, now: datetime, phone_number_id: str) -> WebhookEvents:
    """Read one POST. What cannot be understood is listed and never blocks its neighbours."""
    reader = Reader(now=now, phone_number_id=phone_number_id)
    reader.read(_load(body))
    return reader.result()


def _digest(body: bytes, secret: str) -> bytes:
    return hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest().encode()


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _load(body: bytes) -> object:
    try:
        root = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        # Its message quotes the body.
        root = _UNREADABLE
    if root is _UNREADABLE or _is_too_deep(root):
        raise WebhookError("The body is not JSON that can be read.", status=400)
    return root


def _is_too_deep(root: object) -> bool:
    """Python gives up at its own depth, another one in each version; Meta's own stays below 20."""
    level = [root]
    for _depth in range(DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> Iterable[object]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
