"""Stored JSON as it is read for staff: of older runs it may have any shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def dict_of(value: Any) -> Mapping[str, Any]:
    """It, or an empty one."""
    return value if isinstance(value, dict) else {}


def dicts_of(value: Any) -> list[dict[str, Any]]:
    """Those of a list that are objects."""
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def pretty(value: Any) -> str:
    """Everything, as it is stored."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
