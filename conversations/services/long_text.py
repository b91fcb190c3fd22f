"""Cuts what is too long for one message where a reader would: between paragraphs, lines, words."""

from __future__ import annotations

BREAKS = ("\n\n", "\n", " ")


def parts_of(text: str, *, limit: int) -> list[str]:
    """Parts of at most `limit` characters that read on from each other; a word only if it must."""
    parts = []
    while len(text) > limit:
        cuts = (text.rfind(each, 1, limit + len(each)) for each in BREAKS)
        cut = next((at for at in cuts if at > 0), limit)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text]
