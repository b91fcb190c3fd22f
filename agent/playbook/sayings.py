"""What the words of a playbook do to each other: some are never found, some forbid its own texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from agent.playbook.anatomy import Found, Kind
from agent.playbook.schema import Playbook

# What no lead reads, beside the page of the score.
FOR_STAFF = frozenset({("business", "tone"), ("disqualifiers", "label")})


def empty_words(parts: Iterable[Found]) -> Iterator[tuple[Found, str]]:
    """Words without a letter or digit, which stand in no message, or in every one."""
    for each in parts:
        if each.part.kind == Kind.WORDS:
            for word in each.value:
                if not any(char.isalnum() for char in word):
                    yield each, word


def forbidden_by_itself(playbook: Playbook, parts: Iterable[Found]) -> Iterator[tuple[str, Found]]:
    """Each forbidden claim that a text of its own makes: no message with that text would leave."""
    claims = {folded: claim for claim in playbook.forbidden_claims if (folded := _fold(claim))}
    for each in parts:
        said = " ".join(map(_fold, _said(each, playbook.languages)))
        for folded in [folded for folded in claims if folded in said]:
            yield claims.pop(folded), each


def _said(each: Found, languages: Collection[str]) -> list[Any]:
    if (each.section.slug, each.part.name) in FOR_STAFF or each.section.slug == "score":
        return []
    if each.part.kind == Kind.TEXTS:
        return [text for language, text in each.value.items() if language in languages]
    return [each.value] if each.part.kind == Kind.LINE else []


def _fold(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    kept = (char for char in spread if unicodedata.category(char) not in ("Mn", "Cf"))
    return " ".join("".join(kept).split())
