"""Simulated leads on the guided flow and on a model that does its job; what is judged, and how."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from agent.evaluation import report, scenario, session
from agent.evaluation.scenario import Expected, Scenario
from agent.evaluation.session import Trial
from agent.models import AgentRun, PlaybookVersion
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from conversations.models import Lead, User
from tests.agent.guided.test_scenarios import OF_ROWS
from tests.fakes.openai_server import FakeOpenAI, say

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"
BY_ID = {each.id: each for each in scenario.load()}
# Each takes another of the model's tools.
FOR_MODELS = ("en-chatty", "es-reschedule", "en-person", "es-day-wish")


def play(scenarios: Sequence[Scenario], mode: session.Mode = "guided") -> list[Trial]:
    return session.evaluate(scenarios, mode=mode, playbook=DEFAULT_PLAYBOOK)


@pytest.mark.slow
def test_the_guided_flow_passes_one_scenario_of_each_kind_that_needs_rows() -> None:
    """`manage.py evaluate` plays all of them; its table is in the docs."""
    kinds = (*OF_ROWS, "person", "wish")
    chosen = {each.kind: each for each in BY_ID.values() if each.kind in kinds}
    rows = report.rows_of(play([*chosen.values()]))
    assert {row.scenario.kind for row in rows} == set(kinds)
    assert {row.scenario.id: row.problem for row in rows if row.problem} == {}
    table, _summary = report.table(rows).split("\n\n")
    assert set(table.splitlines()) <= set(PAGE.read_text(encoding="utf-8").splitlines())


def test_the_docs_tell_of_every_scenario_that_needs_no_model() -> None:
    listed = re.findall(r"^\| ([a-z]{2}-[a-z-]+) \|.* \| 1 of 1 \| – \|$", PAGE.read_text(), re.M)
    assert listed == [each.id for each in BY_ID.values() if each.needs == "nothing"]


def test_a_model_that_does_its_job_passes() -> None:
    trials = play([BY_ID[each] for each in FOR_MODELS], "scripted")
    assert {trial.scenario.id: trial.shortcomings for trial in trials if not trial.passed} == {}
    assert all(trial.tokens for trial in trials)


WRONG: dict[str, dict[str, Any]] = {
    "name is 'Ana', not 'Luis'": {"facts": {"name": "Luis"}},
    "name is 'Ana', not None": {"facts": {}},
    "the meeting is none, not booked": {"meeting": "booked"},
    "handed off for 'nothing', not 'asked'": {"handed_off": "asked"},
    "opted out is False": {"opted_out": True},
    "answered in 'es', not 'en'": {"language": "en"},
    "the stage is qualifying, not won": {"stage": "won"},
    "nothing like /garantía/ was said": {"said": ("garantía",)},
    "'Mucho gusto' was said": {"never": ("mucho gusto",)},
    "the last words are not like /adiós/": {"last": "adiós"},
}


def test_what_falls_short_is_named() -> None:
    right = Expected(facts={"name": "Ana"}, language="es", stage="qualifying", last="casa")
    one = Scenario(
        id="one",
        title="One answer",
        language="es",
        kind="test",
        steps=(scenario.Step(say="Hola, soy Ana"),),
        expect=right,
    )
    wrong = [replace(one, expect=replace(right, **changed)) for changed in WRONG.values()]
    good, *bad = play([one, *wrong])
    assert good.shortcomings == ()
    assert [trial.shortcomings for trial in bad] == [(why,) for why in WRONG]


def test_a_real_model_is_asked_until_the_days_budget_is_spent(settings: Settings) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "test", "main"
    settings.OPENAI_PRICES, settings.AGENT_BUDGET_PER_DAY_USD = "main=0.5/0.05/2", "0.02"
    hello = replace(BY_ID["es-person"], steps=(scenario.Step(say="Hola, quiero información"),))
    chat = [replace(hello, id=f"chat-{n}") for n in range(4)]
    with FakeOpenAI([say("Soy el asistente virtual. ¿En qué ciudad?", tokens=(24_000, 100))]) as to:
        settings.OPENAI_BASE_URL = to.url
        trials = play(chat, "live")
    assert len(to.requests) == len(trials) == 2
    assert sum(trial.cost for trial in trials) == Decimal("0.0244")


def test_turns_are_timed_where_there_are_any() -> None:
    steps = (scenario.Step(say="Quiero hablar con una persona"), scenario.Step(say="¿Hola?"))
    (trial,) = play([replace(BY_ID["es-person"], steps=steps)])
    assert len(trial.seconds) == 1


def test_an_option_that_is_not_on_offer_ends_it() -> None:
    one = replace(BY_ID["es-person"], steps=(scenario.Step(tap="first"),), expect=Expected())
    two = replace(one, steps=(scenario.Step(say="Hola"), scenario.Step(tap="first")))
    (trial,) = play([two])
    assert trial.shortcomings == ("no option 'first' among []",)


def test_nothing_of_a_trial_stays() -> None:
    play([BY_ID["es-person"]])
    assert not any(each.objects.exists() for each in (AgentRun, PlaybookVersion, Lead, User))


def test_figures_over_several_trials() -> None:
    (trial,) = play([BY_ID["es-person"]])
    failed = replace(trial, shortcomings=("wrong",), seconds=(0.3,))
    passed = replace(trial, seconds=(0.1,))
    other = replace(passed, scenario=replace(trial.scenario, id="other"))
    rows = report.rows_of([passed, failed, other, other])
    figures = report.figures_of(rows)
    assert (figures.scenarios, figures.trials, figures.turns) == (2, 2, 4)
    assert (figures.pass_at_1, figures.pass_all) == (0.75, 0.5)
    assert report.figures_of([]).pass_at_1 == 0
    page = report.page(rows, title="Try <1>")
    assert "Try &lt;1&gt;" in page
    assert 'class="wrong">wrong' in page


def test_scenarios_are_checked(tmp_path: Path) -> None:
    raw = json.loads((scenario.FOLDER / "en.json").read_bytes())[:1]
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(raw))
    with pytest.raises(ValueError, match="unique: en-plain"):
        scenario.load(tmp_path)
    assert len(BY_ID) >= 40
    assert {each.language for each in BY_ID.values()} == {"es", "en", "pt"}
