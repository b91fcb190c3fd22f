"""One turn as it is compared: what was said and done, then or now. JSON-safe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter

from agent.turn import KnownFact, Reply, SlotView

if TYPE_CHECKING:
    # The web reads sides and has no use for the engines.
    from agent.gates import Verdict
    from agent.replay.play import PlayedTurn

SETTLING = ("confirmed", "pending")


@dataclass(frozen=True)
class Said:
    """One message: its words and the titles of its buttons or rows."""

    text: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Side:
    """`facts`, `score` and `temperature` are as they stand after the turn.

    `is_known` is False where no run of the agent tells more than the words. `handed_off` is the
    reason, `booking` how the last booking, move or cancellation ended, `meeting_at` when the lead's
    meeting is. `vetoes` are the gates that held a first answer back.
    """

    said: tuple[Said, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    score: int = 0
    temperature: str = ""
    slots: tuple[datetime, ...] = ()
    handed_off: str = ""
    booking: str = ""
    meeting_at: datetime | None = None
    vetoes: tuple[str, ...] = ()
    engine: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: str = "0.000000"
    problem: str = ""
    is_known: bool = True

    @property
    def text(self) -> str:
        """All that was said."""
        return "\n".join(message.text for message in self.said)

    @property
    def books(self) -> bool:
        """Whether a meeting was made or moved in this turn."""
        return self.booking in SETTLING


STORED = TypeAdapter(Side)


def dump(side: Side) -> dict[str, Any]:
    """As it is stored with the replay."""
    return cast(dict[str, Any], STORED.dump_python(side, mode="json"))


def load(stored: Any) -> Side:
    """The side that was dumped."""
    return STORED.validate_python(stored)


def said(replies: Iterable[Reply]) -> tuple[Said, ...]:
    """The words of replies."""
    return tuple(
        Said(reply.text, tuple(option.title for option in reply.options)) for reply in replies
    )


def side_of(played: PlayedTurn) -> Side:
    """A replayed turn."""
    booked = played.outcome.bookings
    return Side(
        said=said(played.replies),
        facts=values(played.facts),
        score=played.score.points,
        temperature=played.score.temperature,
        slots=starts(played.slots),
        handed_off=played.handed_off or "",
        booking=booked[-1].status if booked else "",
        meeting_at=played.meeting.starts_at if played.meeting else None,
        vetoes=_names(played.vetoes),
        engine=played.engine,
        tokens_in=played.tokens_in,
        tokens_out=played.tokens_out,
        cost=money(played.cost),
        problem=played.problem,
    )


def money(cost: Decimal) -> str:
    """US dollars, as precise as they are counted."""
    return f"{cost:.6f}"


def values(facts: Iterable[KnownFact]) -> dict[str, Any]:
    """Question and answer."""
    return {fact.key: fact.value for fact in facts}


def starts(slots: Iterable[SlotView]) -> tuple[datetime, ...]:
    """When they begin."""
    return tuple(slot.starts_at for slot in slots)


def _names(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(verdict.gate for verdict in verdicts)
