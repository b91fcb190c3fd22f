"""A replayed turn on a real model client: paid from the common budgets, on no lead's account."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pytest_django import Settings

from agent import wiring
from agent.models import AgentRun, AgentStep, Purse
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.replay.play import play_turn
from tests.agent.replay.past import nothing_written, talked
from tests.fakes.openai_server import FakeOpenAI, say

pytestmark = pytest.mark.django_db


def test_a_model_that_is_replayed_leaves_no_step_and_costs_no_lead(settings: Settings) -> None:
    talked("Hola")
    run = AgentRun.objects.get()
    with FakeOpenAI([say("Soy el asistente virtual. ¿Cómo te llamas?")]) as server:
        settings.AGENT_ENGINE, settings.OPENAI_API_KEY = "llm", "test"
        settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = server.url, "main"
        stage = wiring.rehearsal()
        with nothing_written(but=("agent_purse", "agent_breaker")):
            turn = play_turn(run, stage.read(DEFAULT_PLAYBOOK), stage.engine, bill=stage.bill)
    assert (turn.engine, turn.problem) == ("llm", "")
    assert turn.replies[0].text == "Soy el asistente virtual. ¿Cómo te llamas?"
    assert turn.cost == stage.bill.spent > Decimal(0)
    assert {row.kind: row.spent for row in Purse.objects.all()} == {
        "day": turn.cost,
        "total": turn.cost,
    }
    assert not AgentStep.objects.filter(run=run, kind="model").exists()
