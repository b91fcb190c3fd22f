"""Tables of the agent, one topic a file."""

from __future__ import annotations

from agent.models.playbook import PlaybookVersion
from agent.models.replay import Replay, ReplayCase, ReplayTurn
from agent.models.run import NEXT_RUN_STATES, AgentRun, AgentStep, Effect
from agent.models.spend import Breaker, Purse, Reservation

__all__ = [
    "NEXT_RUN_STATES",
    "AgentRun",
    "AgentStep",
    "Breaker",
    "Effect",
    "PlaybookVersion",
    "Purse",
    "Replay",
    "ReplayCase",
    "ReplayTurn",
    "Reservation",
]
