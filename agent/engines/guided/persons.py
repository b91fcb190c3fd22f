"""Whether the lead asks for a person: one reading for every engine and for replays."""

from __future__ import annotations

from collections.abc import Iterable

from agent.engines.guided.folding import fold
from agent.engines.guided.intents import Intent, find_intents
from agent.turn import InboundText

# Kinds whose text are the lead's own words.
SAID = frozenset({"text", "button_reply", "voice", "audio"})


def asks_for_person(inbound: Iterable[InboundText]) -> bool:
    """Whether the words ask for a human."""
    return any(
        Intent.HUMAN in find_intents(fold(message.text).plain)
        for message in inbound
        if message.kind in SAID
    )
