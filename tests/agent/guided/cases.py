"""Short dialogues with what must come of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent.turn import HandoffWhy, Language
from tests.agent.guided.chat import Chat

READY = "Hola, soy Ana, es para mi casa y pago 3000 de luz. Vivo en Puebla y me urge"


@dataclass(frozen=True)
class Case:
    """`says` is a turn each; `reads` are words of the last answer, `never` of any."""

    says: tuple[str | tuple[str, ...], ...]
    facts: dict[str, Any] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    meeting: str = ""
    handed_off: HandoffWhy | None = None
    language: Language = "es"


def play(case: Case) -> None:
    """Say it all and check what came of it."""
    chat = Chat(language=case.language)
    read = ""
    for words in case.says:
        read = chat.say(*((words,) if isinstance(words, str) else words))
        assert len(chat.replies) == 1
        assert not [word for word in case.never if word in read]
        assert read.count("?") <= 2
    assert chat.values.items() >= case.facts.items()
    assert not set(case.never) & set(chat.values)
    assert [words for words in case.reads if words not in read] == []
    assert chat.box.handed_off == case.handed_off
    starts_at = chat.box.meeting.starts_at if chat.box.meeting else None
    assert (f"{starts_at:%Y-%m-%dT%H:%M}" if starts_at else "") == case.meeting or not case.meeting
