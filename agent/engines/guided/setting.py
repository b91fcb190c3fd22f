"""What a message is read against, and what is found in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.playbook.schema import Playbook, Question
from agent.turn import Language


@dataclass(frozen=True)
class Found:
    """An answer at [start, end) of the folded text. `explicit`: the words name the question."""

    key: str
    value: Any
    start: int
    end: int
    explicit: bool = False


@dataclass(frozen=True)
class Setting:
    """What an answer is read against."""

    playbook: Playbook
    asking: Question | None
    last: str
    known: Mapping[str, Any]
    now: datetime
    language: Language
    slots_open: bool

    def asks(self, question: Question) -> bool:
        """Whether this question is the open one."""
        return self.asking is not None and self.asking.key == question.key
