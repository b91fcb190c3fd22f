"""The run inspector in words: failed checks with their reason, passed ones in one line."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from agent import runs
from agent.gates import GATES, Verdict
from agent.models import AgentRun, AgentStep, Effect
from agent.run_words import GATES as GATE_WORDS
from agent.run_words import TOOLS, problem
from agent.tools.toolbox import RunToolbox
from agent.turn import Toolbox
from conversations.admin.bubbles import kind_label
from conversations.models import User
from conversations.services.roles import SALES
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
    # The model's engine has two checks of its own before ours.
    assert set(GATE_WORDS) == set(GATES) | {"language", "asked"}
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
        ("find_slots", {"at": "10:30:00", "bound": "after"}, {}, ["Wanted: after 10:30"]),
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


def _model(run: AgentRun, index: int, result: dict[str, Any], **took: Any) -> None:
    AgentStep.objects.create(
        run=run,
        kind="model",
        index=index,
        name="gpt-test",
        result=result,
        created_at=rows.now() + timedelta(seconds=index),
        **took,
    )


def test_what_each_call_took_and_all_together(run: AgentRun, admin_page: Client) -> None:
    took = {"tokens_in": 1200, "tokens_cached": 800, "tokens_out": 85, "milliseconds": 1400}
    _model(run, 0, {"content": "Primero"}, cost=Decimal("0.0012"), **took)
    _model(run, 1, {"content": "Mejor"}, milliseconds=90)
    _model(run, 1000, {"problem": "RateLimitError 429"}, milliseconds=20)
    AgentRun.objects.filter(pk=run.pk).update(
        tokens_in=1200, tokens_cached=800, tokens_out=85, cost=Decimal("0.0012")
    )
    page = _page(run, admin_page).replace("\N{NO-BREAK SPACE}", " ")
    assert page.count("1,200 tokens in (800 from the cache), 85 out") == 2
    assert page.count("0.0012 USD") == 2
    for words in ("1.4 s", "90 ms", "gpt-test", "The provider takes no more requests"):
        assert words in page
    # The first answer in words was not sent: only our checks have a model asked once more.
    assert page.count("Held back by our checks") == 1
    assert page.count("<strong>gpt-test</strong>") == 3


def test_what_was_turned_down_of_an_answer_stands_with_it(
    run: AgentRun, admin_page: Client
) -> None:
    _model(run, 0, {"content": "", "tool_calls": [{"name": "check_and_book"}]})
    _model(run, 1, {"content": "Te hago un descuento"})
    _model(run, 2, {"content": "¿Qué día te queda?"})
    remarks = [
        {"call": 0, "kind": "tool", "name": "check_and_book", "reason": "no_meeting"},
        {"call": 1, "kind": "gate", "name": "price", "detail": "for the model"},
    ]
    AgentRun.objects.filter(pk=run.pk).update(decision={"remarks": remarks}, problem="")
    run.steps.filter(kind="gate").delete()
    page = admin_page.get(reverse("admin:agent_agentrun_change", args=[run.pk]))
    said = [line.said[1:] for line in page.context["steps"] if line.name == "gpt-test"]
    assert said == [
        ("Turned down (Booked a time): The playbook offers this lead no meeting yet.",),
        (
            "Held back by our checks: it was asked once more.",
            "It named or promised a price that the playbook does not state.",
        ),
        (),
    ]
    held_back = f"{reverse('admin:agent_agentrun_changelist')}?happened=vetoed"
    assert str(run.pk) in admin_page.get(held_back).content.decode()


def test_checks_of_today_stand_like_those_of_older_runs(run: AgentRun, admin_page: Client) -> None:
    run.steps.all().delete()
    AgentRun.objects.filter(pk=run.pk).update(problem="")
    verdicts = tuple(Verdict(name, name != "price", "for the model") for name in GATES)
    steps = runs.steps_of(run, verdicts, now=rows.now(), first_index=0)
    AgentStep.objects.bulk_create(steps)
    assert run.steps.count() == 2
    page = _page(run, admin_page)
    assert f"{len(GATES) - 1} checks passed" in page
    assert "Prices of the playbook only" in page


def test_facts_before_and_after_with_the_words_they_came_from(
    run: AgentRun, admin_page: Client
) -> None:
    run.effects.all().delete()
    AgentRun.objects.filter(pk=run.pk).update(
        context={"facts": [{"key": "budget", "value": 50000}, {"key": "city", "value": "Puebla"}]}
    )
    heard = [
        {"key": "budget", "value": 60000, "quote": "mejor 60 mil"},
        {"key": "pets", "value": True, "quote": "dos perros"},
        {"key": "city", "value": "Lima", "quote": "en Lima"},
        {"key": "age", "value": 7, "quote": "siete"},
    ]
    result = {
        "saved": ["budget", "pets"],
        "rejected": {"age": "no"},
        "proposed": ["city"],
        "facts": [
            {"key": "budget", "value": 60000, "quote": "mejor 60 mil"},
            {"key": "city", "value": "Puebla", "quote": ""},
            {"key": "pets", "value": True, "quote": "dos perros"},
        ],
    }
    _call(run, "save_answers", {"answers": heard}, result)
    page = admin_page.get(reverse("admin:agent_agentrun_change", args=[run.pk])).context
    got = {row.name: row for row in page["facts"]}
    assert [row.before for row in got.values()] == ["50,000", "Puebla", "–", "–"]
    assert [row.after for row in got.values()] == ["60,000", "Puebla", "Yes", "–"]
    changes = {name: str(row.change) for name, row in got.items()}
    for name, word in {
        "Budget": "changed",
        "Pets": "added",
        "City": "proposed",
        "Age": "not kept",
    }.items():
        assert f">{word}" in changes[name]
    assert (got["City"].heard, got["City"].quote) == ("Lima", "en Lima")
    assert got["Budget"].quote == "mejor 60 mil"


def test_two_engines_have_their_own_checks(run: AgentRun, admin_page: Client) -> None:
    AgentStep.objects.create(
        run=run,
        kind="fallback",
        index=0,
        name="guided",
        result={"problem": "FaultError: day_budget"},
        created_at=rows.now(),
    )
    AgentStep.objects.create(
        run=run,
        kind="gate",
        index=100,
        name="price",
        result={"passed": True},
        created_at=rows.now(),
    )
    page = _page(run, admin_page)
    assert "Language model: 11 checks passed" in page
    assert "Guided: 1 check passed" in page
    assert "Budget of the day used up" in page


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("vetoed by price", "Stopped by: Prices of the playbook only"),
        ("VetoError: price, language", "Prices of the playbook only, In the lead's language"),
        ("FaultError: lead_hour", "This lead's calls of the model within an hour are used up"),
        ("FaultError: deadline", "The language model took too long."),
        ("FaultError: RateLimitError 429", "The provider takes no more requests from us for now."),
        (
            "FaultError: RateLimitError 429 insufficient_quota",
            "The account at the provider cannot pay.",
        ),
        ("AuthenticationError 401 invalid_api_key", "The provider turned our key down."),
        ("InternalServerError 503", "The provider had a fault of its own."),
        ("APITimeoutError", "The language model took too long."),
        ("FaultError: APIConnectionError", "The provider could not be reached."),
        (
            "LimitError: find_slots was called too often",
            "The language model went round in circles.",
        ),
        ("something else", "something else"),
        ("", ""),
    ],
)
def test_problems_in_words(stored: str, words: str) -> None:
    with translation.override("en"):
        assert problem(stored).endswith(words)
        assert bool(problem(stored)) == bool(stored)


def test_filters_find_what_happened(admin_page: Client) -> None:
    version = rows.make_version(7, published_at=rows.now())
    plain, fell, vetoed, refused, paid = (
        rows.make_run(rows.make_message(rows.make_conversation(number)), version)
        for number in range(1, 6)
    )
    now = rows.now()
    AgentStep.objects.create(run=fell, kind="fallback", index=0, name="guided", created_at=now)
    stopped = {"passed": False}
    AgentStep.objects.create(
        run=vetoed, kind="gate", index=5, name="price", result=stopped, created_at=now
    )
    AgentRun.objects.filter(pk=refused.pk).update(problem="FaultError: lead_budget")
    AgentRun.objects.filter(pk=paid.pk).update(cost=Decimal("0.01"), engine="llm", attempts=2)
    everything = {plain.pk, fell.pk, vetoed.pk, refused.pk, paid.pk}
    for query, found in {
        "happened=fell_back": {fell.pk},
        "happened=vetoed": {vetoed.pk},
        "happened=refused": {refused.pk},
        "happened=again": {paid.pk},
        "engine=llm": {paid.pk},
        "cost=paid": {paid.pk},
        "cost=free": everything - {paid.pk},
        f"version={version.pk}": everything,
        "version=x": set(),
        "version=999999": set(),
    }.items():
        page = admin_page.get(f"{reverse('admin:agent_agentrun_changelist')}?{query}")
        assert {row.pk for row in page.context["cl"].result_list} == found, query


def test_every_bubble_of_the_agent_leads_to_why(admin_page: Client, run: AgentRun) -> None:
    said = rows.make_message(
        rows.make_conversation(2), "¿Sigues ahí?", author="bot", turn_id=uuid4(), turn_index=0
    )
    why = reverse("admin:agent_agentrun_change", args=[said.turn_id])
    thread = reverse("admin:conversations_conversation_thread", args=[said.conversation_id])
    assert why in admin_page.get(thread).content.decode()
    # Words after turns that failed are nobody's decision: the last of those turns tells why.
    failed = rows.make_run(rows.make_message(said.conversation), run.playbook_version)
    AgentRun.objects.filter(pk=failed.pk).update(created_at=said.created_at)
    assert admin_page.get(why).headers["Location"].endswith(f"/{failed.pk}/change/")
    seller = rows.make_user("seller", groups=(SALES,))
    host = rows.make_salesperson(seller)
    meeting = rows.make_meeting(said.conversation.lead, host)
    nudge = rows.make_follow_up(meeting, message=said, state="queued")
    assert admin_page.get(why).headers["Location"].endswith(f"/followup/{nudge.pk}/change/")
