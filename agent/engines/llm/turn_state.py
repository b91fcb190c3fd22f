"""What travels with one run of the agent graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from agent.engines.llm.desk import Desk
from agent.engines.llm.metering import OpenCall
from agent.engines.llm.settings import LlmSettings, Picture
from agent.model_calls import ModelRecorder
from agent.outcome import Witness
from agent.playbook.scoring import score
from agent.remarks import Remark
from agent.turn import Reply, TurnContext, TurnResult

NAME = "llm"
TOOL_LIMITS = {
    "save_answers": 8,
    "find_slots": 3,
    "check_and_book": 2,
    "reschedule": 2,
    "cancel_meeting": 1,
    "hand_off": 1,
}


class LimitError(Exception):
    """The model asked for more than one turn allows."""


@dataclass
class Turn:
    """The runtime context of the graph: identity is the toolbox, never an argument."""

    context: TurnContext
    settings: LlmSettings
    desk: Desk
    witness: Witness
    recorder: ModelRecorder | None
    pictures: tuple[Picture, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    calls: int = 0
    open_call: OpenCall | None = None
    used: Counter[str] = field(default_factory=Counter)
    remarks: list[Remark] = field(default_factory=list)

    def result(self, replies: tuple[Reply, ...]) -> TurnResult:
        """These replies, in the lead's language."""
        return TurnResult(
            replies=replies,
            state=dict(self.context.state),
            language=self.context.language,
            engine=NAME,
            tokens_in=self.tokens_in,
            tokens_out=self.tokens_out,
            remarks=tuple(self.remarks),
        )

    @property
    def may_meet(self) -> bool:
        """Whether the playbook offers this lead a meeting, by what is known by now."""
        facts = self.witness.outcome.facts or self.context.facts
        return score(self.context.playbook, facts).may_meet

    def note(
        self, kind: Literal["gate", "tool"], name: str, reason: str = "", detail: str = ""
    ) -> None:
        """Remember what was turned down of the model's last answer, for staff."""
        self.remarks.append(Remark(self.calls - 1, kind, name[:64], reason, detail[:500]))

    def count(self, tool: str) -> None:
        """Count a tool call; more than its limit ends the turn."""
        self.used[tool] += 1
        if self.used[tool] > TOOL_LIMITS[tool]:
            raise LimitError(f"{tool} was called too often")

    def next_index(self) -> int:
        """The index of the next answer of the model; both runs of a corrected turn share it."""
        self.calls += 1
        if self.calls > self.settings.max_calls:
            raise LimitError("the model was called too often")
        return self.calls - 1
