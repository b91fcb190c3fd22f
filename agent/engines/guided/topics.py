"""What a lead asks that the business answers itself."""

from __future__ import annotations

import re

from agent.engines.guided.folding import folded, whole_words
from agent.playbook.schema import Playbook, Topic

MOST_TOPICS = 2


def find_topics(plain: str, playbook: Playbook, known: list[Topic]) -> list[tuple[int, int]]:
    """Add the topics that a text asks for to the known ones; return where it does."""
    hits = [
        (match.span(), topic)
        for topic in playbook.topics
        for phrase in topic.words
        if (match := _find_phrase(folded(phrase), plain))
    ]
    spans = [span for span, _ in hits]
    for span, topic in hits:
        # «How much will I save» is not «how much».
        inside = any(a <= span[0] and span[1] <= b and (a, b) != span for a, b in spans)
        if not inside and topic not in known and len(known) < MOST_TOPICS:
            known.append(topic)
    return spans


def _find_phrase(phrase: str, plain: str) -> re.Match[str] | None:
    """Find a phrase; one that ends in «?» must be all that is asked, or all the message says."""
    if phrase.endswith("?"):
        words = rf"\W*(?:(?:hola|hi|hey|ok|y|and)\W+)?{re.escape(phrase[:-1])}"
        asked = re.search(rf"(?:^|[.,;!?¡¿\n]){words}\s*\?", plain)
        return asked or re.match(rf"{words}\W*$", plain)
    return whole_words(phrase).search(plain) if phrase in plain else None
