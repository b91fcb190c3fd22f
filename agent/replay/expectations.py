"""What must hold in a replayed conversation, as data; and which of it did not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from pydantic import TypeAdapter

from agent.prompts.text import fold
from agent.replay.sides import Side
from agent.replay.turns import PastTurn

ANY, END = "any", "end"


class Kind(StrEnum):
    """What is looked at."""

    MUST_HAND_OVER = "must_hand_over"
    MUST_NOT_HAND_OVER = "must_not_hand_over"
    MUST_SAY = "must_say"
    MUST_NOT_SAY = "must_not_say"
    FACT_EQUALS = "fact_equals"
    SCORE_AT_LEAST = "score_at_least"
    SCORE_AT_MOST = "score_at_most"
    MUST_OFFER_SLOTS = "must_offer_slots"
    MUST_NOT_BOOK = "must_not_book"


class BuiltIn(StrEnum):
    """What must hold in every turn of every replay."""

    ASKED_FOR_PERSON = "asked_for_person"
    SAID_STOP = "said_stop"
    GATE = "gate"
    EMPTY = "empty"
    UNDECIDED = "undecided"
    NOTHING_TO_PLAY = "nothing_to_play"


# These hold when no turn breaks them; the others when one turn meets them.
NEVER = frozenset({Kind.MUST_NOT_HAND_OVER, Kind.MUST_NOT_SAY, Kind.MUST_NOT_BOOK})


@dataclass(frozen=True)
class Expectation:
    """One thing that must hold at a turn: its number from 1, "any" or "end".

    `words` are compared without accents, case and signs. `key` and `value` name an answer.
    """

    kind: Kind
    at: str = ANY
    words: str = ""
    key: str = ""
    value: Any = None
    points: int = 0


@dataclass(frozen=True)
class Failure:
    """What did not hold. `kind` is a Kind or BuiltIn; `case` the id and title of the case."""

    kind: str
    case: str = ""
    title: str = ""
    expected: Expectation | None = None
    detail: str = ""


MANY = TypeAdapter(tuple[Expectation, ...])
FAILURES = TypeAdapter(tuple[Failure, ...])


def parse(stored: Any) -> tuple[Expectation, ...]:
    """What a case stores."""
    return MANY.validate_python(stored)


def dump(expectations: Iterable[Expectation]) -> list[dict[str, Any]]:
    """As a case stores it."""
    return cast(list[dict[str, Any]], MANY.dump_python(tuple(expectations), mode="json"))


def dump_failures(failures: Iterable[Failure]) -> list[dict[str, Any]]:
    """As a replayed turn stores them."""
    return cast(list[dict[str, Any]], FAILURES.dump_python(tuple(failures), mode="json"))


def load_failures(stored: Any) -> tuple[Failure, ...]:
    """The failures that were dumped."""
    return FAILURES.validate_python(stored)


def broken_at(expected: Expectation, sides: Sequence[Side]) -> int | None:
    """The position of the turn that breaks it, from 0; None when it holds."""
    last = len(sides) - 1
    looked_at = _positions(expected.at, last)
    test = TESTS[expected.kind]
    if expected.kind in NEVER:
        return next((at for at in looked_at if not test(expected, sides[at])), None)
    if any(test(expected, sides[at]) for at in looked_at):
        return None
    # A turn that the line never came to is missed at its end.
    return looked_at[-1] if looked_at else last


def built_in(turn: PastTurn, side: Side, *, may_speak: bool) -> list[Failure]:
    """What every replayed turn must get right; silence, once the lead said stop."""
    if not side.engine and side.problem:
        return [Failure(BuiltIn.UNDECIDED, detail=side.problem)]
    if not may_speak:
        return [Failure(BuiltIn.SAID_STOP)] if side.said else []
    found = [Failure(BuiltIn.GATE, detail=", ".join(side.vetoes))] if side.vetoes else []
    if turn.asks_for_person and not side.handed_off:
        found.append(Failure(BuiltIn.ASKED_FOR_PERSON))
    if not side.text.strip():
        found.append(Failure(BuiltIn.EMPTY))
    return found


def broken(
    expected: Iterable[Expectation], sides: Sequence[Side], *, case: str, title: str
) -> Iterator[tuple[int, Failure]]:
    """What of a case does not hold, and in which turn."""
    for each in expected:
        at = broken_at(each, sides)
        if at is not None:
            yield at, Failure(each.kind, case, title, each)


def _positions(at: str, last: int) -> list[int]:
    if at == ANY:
        return list(range(last + 1))
    if at == END:
        return [last]
    number = int(at) if at.isdigit() else 0
    return [number - 1] if 1 <= number <= last + 1 else []


def _says(expected: Expectation, side: Side) -> bool:
    return fold(expected.words).strip() in fold(side.text)


def _knows(expected: Expectation, side: Side) -> bool:
    known = side.facts.get(expected.key)
    if isinstance(known, str) and isinstance(expected.value, str):
        return fold(known).strip() == fold(expected.value).strip()
    return bool(known == expected.value)


TESTS: Mapping[Kind, Callable[[Expectation, Side], bool]] = {
    Kind.MUST_HAND_OVER: lambda _expected, side: bool(side.handed_off),
    Kind.MUST_NOT_HAND_OVER: lambda _expected, side: not side.handed_off,
    Kind.MUST_SAY: _says,
    Kind.MUST_NOT_SAY: lambda expected, side: not _says(expected, side),
    Kind.FACT_EQUALS: _knows,
    Kind.SCORE_AT_LEAST: lambda expected, side: side.score >= expected.points,
    Kind.SCORE_AT_MOST: lambda expected, side: side.score <= expected.points,
    Kind.MUST_OFFER_SLOTS: lambda _expected, side: bool(side.slots),
    Kind.MUST_NOT_BOOK: lambda _expected, side: not side.books,
}
