"""Two playbooks compared: in words, field by field."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.utils import translation

from agent.admin.playbook_changes import Change, compare
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import PLAYBOOK, parse_playbook

BEFORE: dict[str, Any] = PLAYBOOK.dump_python(parse_playbook(DEFAULT_PLAYBOOK), mode="json")


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def after() -> dict[str, Any]:
    return deepcopy(BEFORE)


def changes(after: dict[str, Any]) -> list[Change]:
    return [change for section in compare(BEFORE, after) for change in section.changes]


def test_nothing_changed(after: dict[str, Any]) -> None:
    assert compare(BEFORE, after) == []


def test_a_text_names_its_row_and_language(after: dict[str, Any]) -> None:
    after["questions"][3]["ask"]["es"] = "¿Dónde vives?"
    assert changes(after) == [
        Change("City: How to ask", "Spanish", BEFORE["questions"][3]["ask"]["es"], "¿Dónde vives?")
    ]


def test_an_allowed_answer_names_its_question(after: dict[str, Any]) -> None:
    words = after["questions"][1]["choices"][0]["words"]
    gone = words.pop()
    words.insert(0, "choza")
    (change,) = changes(after)
    assert change.label == "Where it's for: My home: Words that mean it"
    assert (change.before, change.after, change.lists_words) == (gone, "choza", True)


def test_words_in_another_order_stand_there_whole(after: dict[str, Any]) -> None:
    after["forbidden_claims"].reverse()
    (change,) = changes(after)
    assert change.after == ", ".join(after["forbidden_claims"])
    assert not change.lists_words


def test_rows_that_come_and_go(after: dict[str, Any]) -> None:
    gone = after["rules"].pop(0)
    after["questions"].append({**after["questions"][1], "key": "roof", "label": {"en": "Roof"}})
    came, went = changes(after)
    assert (came.label, came.came) == ("Roof", True)
    assert ("Allowed answers", "My home, A business, Somewhere else") in [
        (line.label, line.text) for line in came.lines
    ]
    assert (went.label, went.went) == (f"{gone['label']['en']} · +20", True)


def test_the_points_of_a_rule_change_and_no_twin_is_taken_for_it(after: dict[str, Any]) -> None:
    after["rules"][1]["points"] = 99
    assert changes(after) == [
        Change("Bill of $3,000 or more · +99: Points", "", "+15", "+99"),
    ]


def test_another_order_is_one_change(after: dict[str, Any]) -> None:
    after["questions"].insert(0, after["questions"].pop(2))
    (change,) = changes(after)
    assert change.label == "Order of: Questions"
    assert change.before.startswith("Name, Where it's for, Electricity bill")
    assert change.after.startswith("Electricity bill, Name, Where it's for")


def test_values_are_told_as_people_call_them(after: dict[str, Any]) -> None:
    after["rules"][2] |= {"test": "one_of", "value": ["home", "other"]}
    after["meetings_offered"] = False
    after["follow_ups"]["nudges"][0]["after_minutes"] = 90
    after["follow_ups"]["reminders"] = [1440]
    after["opening_hours"][0]["closes"] = "13:30:00"
    told = {
        change.label.split(": ")[-1]: (change.before, change.after) for change in changes(after)
    }
    assert told == {
        "Test": ("Is exactly", "Is one of"),
        "Value": ("My home", "My home; Somewhere else"),
        "The agent offers meetings": ("Yes", "No"),
        "After our last words": ("2 hours", "90 minutes"),
        "Reminders before a meeting": ("1 day, 1 hour", "1 day"),
        "Closes": ("18:00", "13:30"),
    }
