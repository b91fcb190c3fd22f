"""What does not fit together is named, with the field it stands in."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.problems import problems
from agent.playbook.schema import parse_playbook

Content = dict[str, Any]


def found(change: Callable[[Content], object]) -> list[str]:
    content = deepcopy(DEFAULT_PLAYBOOK)
    change(content)
    return [one.field for one in problems(parse_playbook(content))]


def test_the_default_playbook_has_none() -> None:
    assert problems(parse_playbook(DEFAULT_PLAYBOOK), templates={}) == ()


def put(*path: Any) -> Callable[[Content], None]:
    """Put the last of the path where the others lead."""
    *way, name, value = path

    def change(content: Content) -> None:
        place: Any = content
        for step in way:
            place = place[step]
        place[name] = value

    return change


def rule(**fields: Any) -> Callable[[Content], None]:
    label = dict.fromkeys(DEFAULT_PLAYBOOK["languages"], "Una regla")
    whole = {"key": "bill", "test": "known", "points": 60, "label": label, **fields}
    return put("rules", [whole])


def hours(*stretches: tuple[int, str, str]) -> Callable[[Content], None]:
    rows = [dict(zip(("weekday", "opens", "closes"), one, strict=True)) for one in stretches]
    return put("opening_hours", rows)


OTHERS = [language for language in DEFAULT_PLAYBOOK["languages"] if language != "es"]
CASES = [
    (put("business_name", ""), ["business_name"]),
    (put("about", "en", " "), ["about-en"]),
    (
        put("questions", 2, "again", {"es": "¿Otra vez?"}),
        [f"questions-2-again-{x}" for x in OTHERS],
    ),
    (put("questions", 2, "again", {}), []),
    (put("questions", 1, "choices", 0, "label", "en", ""), ["questions-1-choices-0-label-en"]),
    (put("questions", 1, "choices", 2, "value", "home"), ["questions-1-choices-2-label"]),
    (put("questions", 4, "choices", []), ["questions-4-kind", "rules-4-value", "rules-5-value"]),
    (put("questions", 0, "key", "email"), ["questions-5-key"]),
    (put("questions", 0, "key", "Mi nombre"), ["questions-0-key"]),
    (put("topics", 1, "key", "price"), ["topics-1-key"]),
    (put("topics", 1, "words", []), ["topics-1-words"]),
    (put("currency", "pesos"), ["currency"]),
    (put("languages", []), ["languages"]),
    (put("languages", ["es", "es"]), ["languages"]),
    (put("warm_from", 60), ["warm_from"]),
    (put("hot_from", 110), []),
    (put("hot_from", 111), ["hot_from"]),
    (put("meeting_from", 110), []),
    (put("meeting_from", 500), ["meeting_from"]),
    (put("time_zone", "America/Bogota"), []),
    (put("time_zone", "México"), ["time_zone"]),
    (rule(key="color"), ["rules-0-key"]),
    (rule(key="need", test="equals", value="home"), []),
    (rule(key="need", test="equals", value="castle"), ["rules-0-value"]),
    (rule(key="need", test="one_of", value=["home", "castle"]), ["rules-0-value"]),
    (rule(key="need", test="one_of", value=[]), ["rules-0-value"]),
    (rule(test="at_least", value="a lot"), ["rules-0-value"]),
    (rule(test="at_least", value=5), []),
    (rule(key="city", test="at_most", value=5), ["rules-0-value"]),
    (rule(key="city", test="equals", value="Puebla"), []),
    (put("disqualifiers", 0, "key", "color"), ["disqualifiers-0-key"]),
    (hours((0, "09:00", "14:00"), (0, "16:00", "19:00")), []),
    (hours((0, "09:00", "14:00"), (0, "13:00", "19:00")), ["opening_hours-1-closes"]),
    (hours((0, "09:00", "14:00"), (1, "13:00", "19:00")), []),
    (hours((0, "14:00", "14:00")), ["opening_hours-0-closes"]),
    (put("hand_off", "words", ["profeco", "\u200b"]), ["hand_off-words"]),
    (put("topics", 0, "words", ["precio", "¿?"]), ["topics-0-words"]),
    (put("questions", 1, "choices", 0, "words", [""]), ["questions-1-choices-0-words"]),
    (put("forbidden_claims", ["gratis", "SIN  COSTO", "anticipo"]), ["forbidden_claims"]),
    (put("forbidden_claims", ["ahorro"]), ["forbidden_claims"]),
    (put("forbidden_claims", ["cercana y tranquila", "dejó su correo"]), []),
    (put("follow_ups", "nudges", 1, "after_minutes", 60), ["follow_ups-nudges-1-after_minutes"]),
]


@pytest.mark.parametrize(("change", "fields"), CASES, ids=[str(n) for n in range(len(CASES))])
def test_each_problem_names_its_field(change: Callable[[Content], None], fields: list[str]) -> None:
    assert found(change) == fields


def test_a_language_that_nobody_speaks_is_no_language() -> None:
    assert "languages" in found(put("languages", ["es", "fr"]))
