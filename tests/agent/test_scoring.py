from __future__ import annotations

from typing import Any

import pytest

from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import parse_playbook
from agent.playbook.scoring import score
from agent.turn import KnownFact

PLAYBOOK = parse_playbook(DEFAULT_PLAYBOOK)


def facts(**values: Any) -> list[KnownFact]:
    return [KnownFact(key, value, f"«{value}»") for key, value in values.items()]


def test_adds_up_the_rules_and_says_why() -> None:
    result = score(PLAYBOOK, facts(bill=3200, need="home", timing="now", city="Puebla"))
    assert result.points == 75
    assert result.temperature == "hot"
    assert [line.points for line in result.lines] == [20, 15, 10, 25, 5]
    assert result.lines[0].quote == "«3200»"
    assert sum(line.points for line in result.lines) == result.points


@pytest.mark.parametrize(
    ("known", "temperature"),
    [
        ({}, "cold"),
        ({"bill": 1600, "need": "home"}, "warm"),
        ({"bill": "3000.00", "need": "BUSINESS", "timing": "months"}, "hot"),
        ({"bill": "mucho", "need": "home"}, "cold"),
        ({"bill": True}, "cold"),
    ],
)
def test_temperature(known: dict[str, Any], temperature: str) -> None:
    assert score(PLAYBOOK, facts(**known)).temperature == temperature


@pytest.mark.parametrize(
    ("test", "wanted", "value", "meets"),
    [
        ("known", None, "x", True),
        ("known", None, "", False),
        ("known", None, False, True),
        ("equals", "Home", "home ", True),
        ("equals", True, True, True),
        ("equals", 5, "5.0", True),
        ("one_of", ["a", "b"], "B", True),
        ("one_of", ["a", "b"], "c", False),
        ("at_most", 10, 10, True),
        ("at_most", 10, "11", False),
        ("at_least", 10, "NaN", False),
    ],
)
def test_each_test(test: str, wanted: Any, value: Any, meets: bool) -> None:
    rule = {"key": "k", "test": test, "points": -7, "label": {}, "value": wanted}
    playbook = parse_playbook({**DEFAULT_PLAYBOOK, "rules": [rule]})
    assert score(playbook, facts(k=value)).points == (-7 if meets else 0)


def test_who_is_ruled_out_is_cold_whatever_the_points() -> None:
    rich = facts(bill=3200, need="business", timing="now", city="Puebla")
    assert score(PLAYBOOK, rich).may_meet
    poor = score(PLAYBOOK, [*rich[1:], *facts(bill=250, email="luz@example.com")])
    assert (poor.points, poor.temperature, poor.may_meet) == (55, "cold", False)
    assert poor.disqualifier == PLAYBOOK.disqualifiers[0]
    against = poor.lines[0]
    assert (against.rules_out, against.points, against.quote) == (True, 0, "«250»")
    assert not any(line.rules_out for line in poor.lines[1:])


@pytest.mark.parametrize("changes", [{"meetings_offered": False}, {"meeting_from": 36}])
def test_no_meeting_is_offered_below_the_points_or_where_none_are(changes: dict[str, Any]) -> None:
    playbook = parse_playbook({**DEFAULT_PLAYBOOK, **changes})
    result = score(playbook, facts(bill=3200))
    assert (result.points, result.temperature, result.may_meet) == (35, "warm", False)


def test_the_default_playbook_speaks_both_languages() -> None:
    playbook = PLAYBOOK
    texts = [text for q in playbook.questions for text in (q.label, q.ask, q.again)]
    texts += [choice.label for q in playbook.questions for choice in q.choices]
    texts += [topic.answer for topic in playbook.topics] + [playbook.about]
    assert all(text["es"] and text["en"] for text in texts)
    assert {rule.key for rule in playbook.rules} <= {q.key for q in playbook.questions}
