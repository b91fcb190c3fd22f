"""Captured webhook payloads."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

WHATSAPP = Path(__file__).parent / "whatsapp"
EXPECTED: dict[str, dict[str, Any]] = json.loads((WHATSAPP / "expected.json").read_text())


def body(name: str) -> bytes:
    return (WHATSAPP / "payloads" / name).read_bytes()


def sign(raw: bytes, secret: str = "test-app-secret") -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
