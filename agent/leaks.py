"""Whether a text repeats our instructions to the model, plainly or in disguise."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache

from agent.prompts.rules import CANARY, RULES
from agent.prompts.text import fold

SHINGLE = 7


def repeats_instructions(said: str) -> bool:
    """Whether the hidden word or a run of seven words of the rules stands in a folded text."""
    return _hidden_canary(said) or not _rule_shingles().isdisjoint(_shingles(said))


def _hidden_canary(said: str) -> bool:
    squeezed = re.sub(r"[\W_]", "", said)
    return any(disguise in squeezed for disguise in _canaries())


@lru_cache(maxsize=1)
def _canaries() -> frozenset[str]:
    """Spaced out, backwards, in hexadecimal, in base64 wherever it begins: folded."""
    plain = re.sub(r"\W", "", CANARY)
    coded = (b64encode((" " * shift + CANARY).encode()).decode()[4:-4] for shift in range(3))
    return frozenset({plain, plain[::-1], CANARY.encode().hex(), *(fold(one) for one in coded)})


@lru_cache(maxsize=1)
def _rule_shingles() -> frozenset[str]:
    return frozenset(_shingles(fold(RULES)))


def _shingles(text: str) -> set[str]:
    words = re.findall(r"\w+", text)
    return {" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}
