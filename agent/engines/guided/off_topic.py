"""Whether a lead speaks of something that is no business of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agent.engines.guided.folding import folded
from agent.engines.guided.words import word_list
from agent.playbook.schema import Playbook

OFF_TOPIC = word_list("off_topic")
WORD = re.compile(r"[a-z]{3,}")


def is_off_topic(texts: Iterable[str], playbook: Playbook) -> bool:
    """Whether folded texts name such a thing, and nothing that the playbook speaks of."""
    said = {word for text in texts for word in WORD.findall(text)}
    if not said & OFF_TOPIC:
        return False
    ours = {word for phrase in _phrases(playbook) for word in WORD.findall(folded(phrase))}
    return not (said & OFF_TOPIC) <= ours


def _phrases(playbook: Playbook) -> Iterator[str]:
    """What the business's own words for its things are: nothing of how it asks or answers."""
    yield from (playbook.business_name, *playbook.about.values())
    for topic in playbook.topics:
        yield from topic.words
    for question in playbook.questions:
        yield from (*question.label.values(), *question.hints)
        for choice in question.choices:
            yield from (*choice.label.values(), *choice.words)
