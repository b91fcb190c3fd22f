"""Lists of words, kept as data: one file a list, folded, lines with # are comments."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "data"


def word_list(name: str) -> frozenset[str]:
    """Read a list."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
