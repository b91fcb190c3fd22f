"""Makes what a provider sent storable: Postgres refuses strings and numbers that JSON allows."""

from __future__ import annotations

from math import isfinite
from typing import Any

MAX_DEPTH = 8
MAX_NODES = 500
MAX_CHARACTERS = 65_536
MAX_KEY = 200
MAX_INTEGER = 2**63 - 1


def clean(value: str, limit: int) -> str:
    """Drop NUL, mend or replace surrogates, cut to `limit` characters."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    if not value.isascii():
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value[:limit]


def clean_json(value: object) -> Any:
    """Copy a JSON value so that jsonb takes it: bounded depth, size, strings and numbers."""
    return _Copier().copy(value, MAX_DEPTH)


def clean_object(value: object) -> dict[str, Any]:
    """Like clean_json; whatever is not an object becomes an empty one."""
    return clean_json(value) if isinstance(value, dict) else {}


class _Copier:
    """Spends one budget of nodes and characters over a whole value."""

    def __init__(self) -> None:
        self._nodes = MAX_NODES
        self._characters = MAX_CHARACTERS

    def copy(self, value: object, depth: int) -> Any:
        self._nodes -= 1
        if isinstance(value, str):
            return self._text(value, MAX_CHARACTERS)
        if isinstance(value, dict):
            return self._object(value, depth)
        if isinstance(value, list):
            return self._array(value, depth)
        return _scalar(value)

    def _text(self, value: str, limit: int) -> str:
        text = clean(value, min(limit, self._characters))
        self._characters -= len(text)
        return text

    def _object(self, value: dict[Any, Any], depth: int) -> dict[str, Any] | None:
        if depth == 0:
            return None
        result: dict[str, Any] = {}
        for key, item in value.items():
            if self._nodes <= 0:
                break
            result[self._text(key, MAX_KEY)] = self.copy(item, depth - 1)
        return result

    def _array(self, value: list[Any], depth: int) -> list[Any] | None:
        if depth == 0:
            return None
        result: list[Any] = []
        for item in value:
            if self._nodes <= 0:
                break
            result.append(self.copy(item, depth - 1))
        return result


def _scalar(value: object) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_INTEGER else None
    if isinstance(value, float):
        return value if isfinite(value) else None
    return None
