"""The evaluation's scenarios on the flow alone, in memory; tests/agent/test_evaluation.py has rows."""

from __future__ import annotations

import re
from typing import Any

import pytest

from agent.evaluation import scenario
from agent.evaluation.judging import NEVER
from agent.evaluation.scenario import Scenario, Step
from agent.prompts.text import fold
from agent.turn import HandoffWhy, InboundText
from tests.agent.guided.chat import Chat

# What comes of them is in the rows of others too: colleagues, consent, calendars, files, the clock.
OF_ROWS = (
    *("cancel", "no-show", "outside-hours", "reschedule", "silence"),
    *("stop", "two-people", "voice"),
)
SCENARIOS = [each for each in scenario.load() if each.kind not in OF_ROWS]


class Lead:
    """Does a scenario's steps as agent.evaluation.lead does, on a chat."""

    def __init__(self, played: Scenario) -> None:
        self.scenario = played
        self.chat = Chat(language=played.language)
        self.read: list[str] = []
        self.untold = dict(played.knows)

    def do(self, step: Step) -> None:
        if step.say is not None:
            self.say(*((step.say,) if isinstance(step.say, str) else step.say))
        elif step.answer is not None:
            for _ in range(step.answer):
                if (key := self.asked()) not in self.untold:
                    break
                self.say(self.untold.pop(key).say)
        elif step.tap is not None:
            self.tap(step.tap, if_offered=step.if_offered)

    def say(self, *texts: str | InboundText) -> None:
        self.read.append(self.chat.say(*texts))

    def asked(self) -> str:
        words = fold(self.read[-1])
        for question in self.chat.playbook.questions:
            if any(
                fold(text) in words for text in (*question.ask.values(), *question.again.values())
            ):
                return question.key
        return ""

    def tap(self, title: str, *, if_offered: bool) -> None:
        options = [option for reply in self.chat.replies for option in reply.options]
        chosen = {"first": options[:1], "last": options[-1:]}.get(title)
        if chosen is None:
            chosen = [option for option in options if option.title.startswith(title)]
        assert chosen or if_offered, f"no option {title!r}"
        if chosen:
            self.read.append(self.chat.tap(chosen[0].id))


@pytest.mark.parametrize("played", SCENARIOS, ids=lambda played: played.id)
def test_the_flow_does_what_is_expected(played: Scenario) -> None:
    lead, expected = Lead(played), played.expect
    for step in played.steps:
        lead.do(step)
    values, everything = lead.chat.values, "\n".join(lead.read)
    assert values.keys() == expected.facts.keys()
    assert [key for key, value in values.items() if not equal(expected.facts[key], value)] == []
    assert bool(lead.chat.box.meeting) is (expected.meeting == "booked")
    assert lead.chat.box.handed_off == (
        HandoffWhy(expected.handed_off) if expected.handed_off else None
    )
    assert lead.chat.language == (expected.language or played.language)
    assert [each for each in expected.said if not said(each, everything)] == []
    assert [each for each in (*expected.never, *NEVER) if said(each, everything)] == []
    assert said(expected.last, lead.read[-1])


def equal(wanted: Any, is_there: Any) -> bool:
    return is_there in wanted if isinstance(wanted, list) else bool(is_there == wanted)


def said(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
