"""Lists of words, kept as data: one file a list, folded, lines with # are comments."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "data"


def word_list(name: str) -> frozenset[str]:
    """Read a list."""
    return frozenset(word for line in _lines(name) for word in line.split())


def word_pairs(name: str) -> dict[str, str]:
    """Read a list of words and what each stands for."""
    pairs = (line.split() for line in _lines(name))
    return {short: word.replace("_", " ") for short, word in pairs}


def _lines(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
