"""The run inspector in words: failed checks with their reason, passed ones in one line."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agent.gates import GATES
from agent.models import AgentRun, AgentStep, Effect
from agent.run_words import GATES as GATE_WORDS
from agent.run_words import TOOLS
from agent.tools.toolbox import RunToolbox
from agent.turn import Toolbox
from conversations.admin.bubbles import kind_label
from conversations.models import User
from tests.conversations.admin import rows


@pytest.fixture
def run(db: None) -> AgentRun:
    trigger = rows.make_message(rows.make_conversation(1), "50 mil")
    made = rows.make_run(trigger, rows.make_version())
    AgentRun.objects.filter(pk=made.pk).update(
        tokens_in=0, tokens_out=0, finished_at=None, problem="vetoed by price, urls"
    )
    made.steps.all().delete()
    for index, name in enumerate(GATES):
        passed = name not in {"price", "urls"}
        AgentStep.objects.create(
            run=made,
            kind="gate",
            index=index,
            name=name,
            result={"passed": passed, "reason": "" if passed else "for the model"},
            created_at=rows.now(),
        )
    return made


def _page(run: AgentRun, client: Client) -> str:
    url = reverse("admin:agent_agentrun_change", args=[run.pk])
    return client.get(url).content.decode()


def _call(run: AgentRun, tool: str, arguments: dict[str, Any], result: Any) -> None:
    Effect.objects.create(
        run=run,
        index=9,
        tool=tool,
        arguments=arguments,
        result=result,
        created_at=rows.now(),
        done_at=rows.now(),
    )


def test_every_check_and_tool_has_words() -> None:
    # The model's own check of the language comes before ours.
    assert set(GATE_WORDS) == set(GATES) | {"language"}
    tools = {name for name in vars(Toolbox) if not name.startswith("_")}
    assert set(TOOLS) == tools
    assert tools <= set(vars(RunToolbox))


def test_passed_checks_are_one_line_and_failed_ones_say_why(
    run: AgentRun, admin_page: Client
) -> None:
    page = _page(run, admin_page)
    assert "11 checks passed" in page
    assert "It named or promised a price that the playbook does not state." in page
    assert page.count("badge-red") == 2
    assert "Stopped by: Prices of the playbook only, Known links only" in page
    assert "None" not in page
    assert "Guided" in page


def test_a_card_is_shown_by_its_kind_and_what_it_holds(run: AgentRun, admin_page: Client) -> None:
    card = {"message_id": "1", "text": "", "kind": "contacts", "label": "Pedro Ruiz"}
    AgentRun.objects.filter(pk=run.pk).update(context={"inbound": [card]})
    assert f"{kind_label('contacts')} · Pedro Ruiz" in _page(run, admin_page)


def test_in_spanish(run: AgentRun, administrator: User) -> None:
    client = Client(headers={"accept-language": "es"})
    client.force_login(administrator)
    page = _page(run, client)
    assert "11 revisiones aprobadas" in page
    assert "Solo precios del guion" in page
    assert "Anotó respuestas" in page


SLOT = {"starts_at": "2026-11-24T16:00:00Z", "ends_at": "2026-11-24T16:30:00Z", "host": "Ana"}


@pytest.mark.parametrize(
    ("tool", "arguments", "result", "words"),
    [
        ("find_slots", {"part": "morning"}, {"slots": [SLOT]}, ["in the morning", "24 Nov", "Ana"]),
        ("find_slots", {}, {"slots": [], "problem": "no_slots"}, ["No free time"]),
        (
            "check_and_book",
            {"slot_id": "x"},
            {"status": "taken", "meeting": None, "alternatives": [SLOT]},
            ["Somebody was faster", "Offered: "],
        ),
        ("hand_off", {"why": "asked"}, None, ["Handed over to staff", "Asked for a person"]),
        (
            "save_answers",
            {"answers": [{"key": "pets", "value": True}]},
            {"rejected": {"pets": "no"}},
            ["Not kept: Pets"],
        ),
        ("find_slots", {"day": "soon"}, {"slots": "?"}, ["Looked for times"]),
        ("find_slots", [], None, ["Looked for times"]),
    ],
)
def test_tools_in_words(
    run: AgentRun,
    admin_page: Client,
    tool: str,
    arguments: Any,
    result: Any,
    words: list[str],
) -> None:
    _call(run, tool, arguments, result)
    page = _page(run, admin_page)
    for text in words:
        assert text in page


def test_a_model_answer_in_words(run: AgentRun, admin_page: Client) -> None:
    message = {"type": "ai", "data": {"content": "Busco", "tool_calls": [{"name": "find_slots"}]}}
    AgentStep.objects.create(
        run=run, kind="model", index=0, name="model", result=message, created_at=rows.now()
    )
    page = _page(run, admin_page)
    assert "Busco" in page
    assert "Asked for: Looked for times" in page
