"""The secrets that `up` makes up for this machine, kept in its data directory."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

BYTES = {"SECRET_KEY": 48, "DJANGO_SUPERUSER_PASSWORD": 9}


class LocalSecretsError(Exception):
    """The file of secrets cannot be read."""


def path(data_dir: Path) -> Path:
    """Tell where they lie."""
    return data_dir / "secrets.json"


def load_or_make(data_dir: Path, names: Iterable[str]) -> dict[str, str]:
    """Give a secret for each name, the same at every start, and none for any other."""
    file = path(data_dir)
    kept = _read(file)
    wanted = {name: kept.get(name) or _make(name) for name in names}
    if kept | wanted != kept:
        _write(file, kept | wanted)
    return wanted


def _make(name: str) -> str:
    return secrets.token_urlsafe(BYTES.get(name, 24))


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LocalSecretsError(f"{file} is damaged; delete it to have new secrets made") from error
    return {str(name): str(value) for name, value in content.items()}


def _write(file: Path, content: dict[str, str]) -> None:
    """Write whole or not at all, and never readable by others, not even for a moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2)
    half.replace(file)
