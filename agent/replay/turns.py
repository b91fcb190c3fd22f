"""A turn of the past, as it is played again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from agent.engines.guided.persons import asks_for_person
from agent.models import AgentRun
from agent.replay.sides import Side
from agent.turn import InboundText, KnownFact, TurnContext


@dataclass(frozen=True)
class PastTurn:
    """What the lead said and what came of it. `number` is that of the last message it answers.

    `anchor` is what the agent saw where the line cannot simply go on: in the first turn, and after
    a human had the conversation. `corrected` are answers by staff since the turn before. `consent`
    is False where the lead said stop, True where they said resume.
    """

    number: int
    at: datetime
    inbound: tuple[InboundText, ...]
    before: Side
    anchor: TurnContext | None = None
    corrected: tuple[KnownFact, ...] = ()
    consent: bool | None = None

    @property
    def was_answered(self) -> bool:
        """Whether a run of the agent answered it: they could be written to then."""
        return self.before.is_known

    @property
    def asks_for_person(self) -> bool:
        """Whether the words ask for a human."""
        return asks_for_person(self.inbound)


@dataclass(frozen=True)
class Past:
    """A conversation to play: its turns, and the runs that they come from.

    `conversation` is the one in which it lives on, where its lead was merged.
    """

    turns: tuple[PastTurn, ...] = ()
    runs: tuple[AgentRun, ...] = ()
    conversation: UUID | None = None
