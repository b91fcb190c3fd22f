"""The score of a lead: from the playbook's rules alone, one line per rule that counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from agent.playbook.schema import Disqualifier, Playbook, ScoreRule, Texts
from agent.turn import KnownFact

Temperature = Literal["hot", "warm", "cold"]


@dataclass(frozen=True)
class ScoreLine:
    """Why points were given: the rule's label, the value, and the lead's own words.

    A line that `rules_out` gives no points: its disqualifier makes the lead cold.
    """

    label: Texts
    points: int
    key: str
    value: Any
    quote: str
    rules_out: bool = False


@dataclass(frozen=True)
class Score:
    """Points, what they mean, and the lines they add up from.

    `disqualifier` is the first one that the facts meet; `may_meet` whether a meeting is offered.
    """

    points: int
    temperature: Temperature
    lines: tuple[ScoreLine, ...]
    disqualifier: Disqualifier | None
    may_meet: bool


def score(playbook: Playbook, facts: Iterable[KnownFact]) -> Score:
    """Add up the rules that the facts meet; who is ruled out is cold whatever the points."""
    known = {fact.key: fact for fact in facts}
    lines = tuple(
        ScoreLine(rule.label, rule.points, rule.key, known[rule.key].value, known[rule.key].quote)
        for rule in playbook.rules
        if _met(rule, known)
    )
    against = [each for each in playbook.disqualifiers if _met(each, known)]
    points = sum(line.points for line in lines)
    enough = points >= playbook.meeting_from
    return Score(
        points=points,
        temperature="cold" if against else _temperature(playbook, points),
        lines=(*(_line_against(each, known[each.key]) for each in against), *lines),
        disqualifier=against[0] if against else None,
        may_meet=playbook.meetings_offered and enough and not against,
    )


def _line_against(one: Disqualifier, fact: KnownFact) -> ScoreLine:
    return ScoreLine(one.label, 0, one.key, fact.value, fact.quote, rules_out=True)


def _temperature(playbook: Playbook, points: int) -> Temperature:
    if points >= playbook.hot_from:
        return "hot"
    return "warm" if points >= playbook.warm_from else "cold"


def _met(rule: ScoreRule | Disqualifier, known: Mapping[str, KnownFact]) -> bool:
    fact = known.get(rule.key)
    if fact is None or fact.value is None or fact.value == "":
        return False
    return TESTS[rule.test](fact.value, rule.value)


def _same(value: Any, wanted: Any) -> bool:
    left, right = _number(value), _number(wanted)
    if left is not None and right is not None:
        return left == right
    return bool(_folded(value) == _folded(wanted))


def _among(value: Any, wanted: Any) -> bool:
    options = wanted if isinstance(wanted, list | tuple | set | frozenset) else (wanted,)
    return any(_same(value, option) for option in options)


def _at_least(value: Any, wanted: Any) -> bool:
    left, right = _number(value), _number(wanted)
    return left is not None and right is not None and left >= right


def _at_most(value: Any, wanted: Any) -> bool:
    left, right = _number(value), _number(wanted)
    return left is not None and right is not None and left <= right


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if math.isfinite(number) else None


def _folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "known": lambda _value, _wanted: True,
    "equals": _same,
    "one_of": _among,
    "at_least": _at_least,
    "at_most": _at_most,
}
