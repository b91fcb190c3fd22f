"""The stage of evaluations with the guided flow on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.engines.guided.engine import GuidedEngine
from agent.evaluation import stage
from agent.evaluation.stage import NOW, make_salesperson
from agent.models import AgentRun
from agent.runner import MakeEngine
from agent.turn import Engine
from conversations.models import Fact
from conversations.services.lanes import Claim

__all__ = ["NOW", "Stage", "make_salesperson"]


def guided(_run: AgentRun, _claim: Claim) -> Engine:
    return GuidedEngine()


@dataclass
class Stage(stage.Stage):
    """Plays one lead's side; `transcript` is what both read."""

    primary: MakeEngine = guided

    @property
    def facts(self) -> dict[str, Any]:
        """What stands in the lead's rows now."""
        rows = Fact.objects.filter(lead=self.conversation.lead, superseded_at=None)
        return {row.key: row.value for row in rows}
