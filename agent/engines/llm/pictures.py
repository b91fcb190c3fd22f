"""The lead's pictures of this turn, as far as a model may see them."""

from __future__ import annotations

from dataclasses import replace

from agent.engines.llm.settings import Picture, ReadPicture
from agent.engines.llm.turn_state import Turn
from agent.turn import InboundText

MOST = 3
# A store that hangs must leave the model time to answer.
TIME_FOR_THE_MODEL = 15.0


def show_pictures(turn: Turn, read: ReadPicture | None) -> None:
    """Load the last pictures of what waits; the others are not spoken of as seen."""
    wanted = [file for message in turn.context.inbound for file in message.images][-MOST:]
    loaded: dict[str, Picture] = {}
    for file in wanted if read else ():
        if turn.desk.remaining < min(TIME_FOR_THE_MODEL, turn.settings.deadline_seconds / 2):
            break
        found = read(file) if read else None
        if found:
            loaded[file] = Picture(*found)
    turn.pictures = tuple(loaded.values())
    inbound = tuple(_seen(message, loaded) for message in turn.context.inbound)
    turn.context = replace(turn.context, inbound=inbound)


def _seen(message: InboundText, loaded: dict[str, Picture]) -> InboundText:
    return replace(message, images=tuple(file for file in message.images if file in loaded))
