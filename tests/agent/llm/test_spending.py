"""What the model may cost: put aside before each call, settled after it, and never exceeded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from langchain_core.messages import HumanMessage
from pytest_django import Settings

from agent.engines.llm.metering import plan
from agent.model_calls import PlannedCall, Refusal, Usage
from agent.models import AgentRun, AgentStep, Breaker, Purse, Reservation
from agent.spending import limits, prices, purses
from agent.tools.recorder import StepRecorder
from conversations.models import Conversation, HandoffReason
from conversations.services import lanes
from tests.agent.llm.stage import Stage, make_run
from tests.conversations.rows import NOW, make_conversation
from tests.fakes.openai_server import FakeOpenAI, say, tools

CENT, NOTHING = Decimal("0.01"), Decimal(0)
# 10,000 tokens in at 0.5 and 2,500 out at 2: one cent.
CALL = PlannedCall("main", 10_000, 2_500)
USUAL = say("¿Es para casa o negocio?", tokens=(6_000, 100))


@pytest.fixture
def run(db: None) -> AgentRun:
    return make_run(make_conversation())


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI([USUAL]) as server:
        yield server


def reserve(run: AgentRun, call: PlannedCall = CALL) -> Reservation | Refusal:
    with transaction.atomic():
        held = purses.reserve(run=run, lead_id=run.conversation_id, call=call, now=NOW)
        transaction.set_rollback(isinstance(held, Refusal))
    return held


def purse(kind: str) -> tuple[Decimal, Decimal]:
    spent, reserved = Purse.objects.values_list("spent", "reserved").get(kind=kind)
    return spent, reserved


def test_a_price_rounds_up_and_counts_the_cache() -> None:
    price = prices.parse("a=0.5/0.05/2, b=1/1/1")["a"]
    assert price.cost(Usage(1_000_000, 400_000, 0)) == Decimal("0.32")
    assert price.cost(Usage(1, 0, 0)) == Decimal("0.000001")
    # A provider that claims nonsense does not make us owe less.
    assert price.cost(Usage(10, 10_000_000, -5)) == Decimal("0.000001")


@pytest.mark.parametrize("text", ["a", "a=1", "a=1/2", "a=1/2/x", "a=1/2/3,a=1/2/3", "=1/2/3"])
def test_what_is_no_price_is_said(text: str) -> None:
    with pytest.raises(prices.PricesError):
        prices.parse(text)


def test_a_model_on_this_machine_is_free_unless_it_has_a_price(settings: Settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:11434/v1"
    assert prices.of("llama") == prices.FREE
    assert prices.of("main") != prices.FREE
    settings.OPENAI_BASE_URL = "https://llm.example/v1"
    assert prices.of("llama") is None


@pytest.mark.parametrize("text", ["ten", "-1", "1e3", "NaN", "0x10"])
def test_a_budget_is_an_amount(settings: Settings, text: str) -> None:
    settings.AGENT_BUDGET_PER_DAY_USD = text
    with pytest.raises(limits.BudgetError, match="AGENT_BUDGET_PER_DAY_USD"):
        limits.current()


def test_a_call_is_held_and_settled_by_what_it_took(run: AgentRun) -> None:
    held = reserve(run)
    assert isinstance(held, Reservation)
    assert {purse(kind) for kind in ("lead", "day", "total")} == {(NOTHING, CENT)}
    for _again in range(2):
        purses.settle(held=held, cost=Decimal("0.004"), now=NOW)
    assert {purse(kind) for kind in ("lead", "day", "total")} == {(Decimal("0.004"), NOTHING)}
    run.refresh_from_db()
    assert run.cost == Decimal("0.004")


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("AGENT_BUDGET_PER_LEAD_USD", Refusal.LEAD_BUDGET),
        ("AGENT_BUDGET_PER_DAY_USD", Refusal.DAY_BUDGET),
        ("AGENT_BUDGET_TOTAL_USD", Refusal.TOTAL_BUDGET),
    ],
)
def test_each_budget_holds_to_the_last_cent(
    settings: Settings, run: AgentRun, name: str, refusal: Refusal
) -> None:
    setattr(settings, name, "0.02")
    assert [isinstance(reserve(run), Reservation) for _call in range(2)] == [True, True]
    assert reserve(run) is refusal
    assert {purse(kind) for kind in ("lead", "day", "total")} == {(NOTHING, 2 * CENT)}
    setattr(settings, name, "0.009")
    Purse.objects.all().delete()
    assert reserve(run) is refusal
    assert not Purse.objects.exists()


@pytest.mark.django_db
def test_a_refused_turn_touches_no_purse_and_no_breaker(settings: Settings) -> None:
    settings.AGENT_BUDGET_PER_DAY_USD = "0.000001"
    Breaker.objects.create(model="main", failures=5, openings=1, open_until=NOW)
    with FakeOpenAI([USUAL]) as server:
        assert Stage(server.url).say("Hola")
    assert server.requests == []
    assert not Purse.objects.exists()
    assert Breaker.objects.get().trying_until is None


def test_no_letters_are_counted_for_less_than_they_may_take() -> None:
    thumbs, plain = ([HumanMessage(sign * 300)] for sign in ("\N{THUMBS UP SIGN}", "a"))
    counted = [plan("main", text, [], 10).tokens_in for text in (thumbs, plain)]
    assert counted[0] == counted[1] + 3 * 300


def test_without_a_price_no_budget_would_hold(settings: Settings, run: AgentRun) -> None:
    settings.OPENAI_BASE_URL = "https://llm.example/v1"
    assert reserve(run, PlannedCall("unheard-of", 1, 1)) is Refusal.NO_PRICE


def test_the_day_is_the_business_own(settings: Settings) -> None:
    settings.TIME_ZONE = "America/Mexico_City"
    assert purses.day_of(NOW.replace(hour=3)) == "2026-11-22"
    assert purses.day_of(NOW) == "2026-11-23"


def test_what_a_dead_turn_held_is_spent_in_full(run: AgentRun) -> None:
    reserve(run)
    assert purses.settle_lost(now=NOW + purses.LONGEST_CALL) == 0
    assert purses.settle_lost(now=NOW + purses.LONGEST_CALL + timedelta(seconds=1)) == 1
    assert purse("total") == (CENT, NOTHING)
    assert purses.settle_lost(now=NOW + timedelta(days=1)) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_hold_more_than_the_limit(settings: Settings) -> None:
    settings.AGENT_BUDGET_PER_DAY_USD = "0.305"
    settings.AGENT_BUDGET_PER_LEAD_USD = "0.055"
    runs = [make_run(make_conversation(phone=f"521555010{n:04}")) for n in range(8)]
    granted: list[int] = []
    seen: list[Decimal] = []

    def spend(run: AgentRun) -> None:
        try:
            for _call in range(8):
                held = reserve(run)
                spent, reserved = purse("day")
                seen.append(spent + reserved)
                if isinstance(held, Reservation):
                    granted.append(held.pk)
                    purses.settle(held=held, cost=None, now=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=spend, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(seen) <= Decimal("0.305")
    assert len(granted) == 30
    assert purse("day") == purse("total") == (30 * CENT, NOTHING)
    of_leads = Purse.objects.filter(kind="lead").values_list("spent", flat=True)
    assert max(of_leads) <= 5 * CENT
    assert sum(of_leads) == 30 * CENT


@pytest.mark.django_db
def test_a_turn_shows_each_call_with_tokens_and_cost(model: FakeOpenAI) -> None:
    model.script = [
        tools(("find_slots", {}), tokens=(5_000, 50), cached=4_000),
        say("¿Qué día te queda?", tokens=(5_200, 30), cached=5_000),
    ]
    stage = Stage(model.url)
    stage.say("Hola, quiero una cita")
    steps = list(AgentStep.objects.filter(kind="model").order_by("index"))
    assert [
        (s.name, s.tokens_in, s.tokens_cached, s.tokens_out, s.cost, s.milliseconds > 0)
        for s in steps
    ] == [
        ("main", 5_000, 4_000, 50, Decimal("0.0008"), True),
        ("main", 5_200, 5_000, 30, Decimal("0.00041"), True),
    ]
    run = stage.run()
    assert (run.engine, run.tokens_in, run.tokens_cached, run.tokens_out) == (
        "llm",
        10_200,
        9_000,
        80,
    )
    assert run.cost == Decimal("0.00121") == purse("lead")[0]
    assert purse("lead")[1] == 0
    # What was put aside is more than what a provider counted.
    assert all(held.amount > (held.cost or 0) for held in Reservation.objects.all())


@pytest.mark.django_db
def test_tokens_that_no_column_holds_stop_no_turn(settings: Settings, model: FakeOpenAI) -> None:
    settings.OPENAI_PRICES = "main=0/0/0"
    lies = (2_000_000_000, 2_000_000_000)
    model.script = [tools(("find_slots", {}), tokens=lies), say("¿Qué día te queda?", tokens=lies)]
    stage = Stage(model.url)
    assert stage.say("Hola, quiero una cita")
    assert stage.run().engine == "llm"


@pytest.mark.django_db
def test_a_spent_budget_leaves_the_lead_with_the_guided_flow(
    settings: Settings, model: FakeOpenAI
) -> None:
    stage = Stage(model.url)
    assert stage.say("Hola")
    assert stage.run().engine == "llm"
    settings.AGENT_BUDGET_PER_DAY_USD = "0.001"
    assert stage.say("Busco paneles para mi casa")
    run = stage.run()
    assert (run.engine, Refusal.named_in(run.problem)) == ("guided", Refusal.DAY_BUDGET)
    assert len(model.requests) == 1
    settings.AGENT_BUDGET_PER_DAY_USD = "10"
    assert stage.say("En Puebla")
    assert stage.run().engine == "llm"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "refusal", "later"),
    [
        ("AGENT_MODEL_CALLS_PER_HOUR", Refusal.LEAD_HOUR, timedelta(hours=1)),
        ("AGENT_MODEL_CALLS_PER_DAY", Refusal.LEAD_DAY, timedelta(days=1)),
    ],
)
def test_a_lead_who_floods_is_answered_without_the_model_and_staff_look_once(
    settings: Settings, model: FakeOpenAI, name: str, refusal: Refusal, later: timedelta
) -> None:
    setattr(settings, name, 2)
    model.script = [lambda _body: say(f"¿Y bien, qué buscas? ({len(model.requests)})")]
    stage = Stage(model.url)
    flagged = []
    for number in range(4):
        assert stage.say(f"mensaje {number}")
        conversation = stage.conversation()
        flagged.append((conversation.mode, conversation.handoff_reason))
        type(conversation).objects.update(handoff_reason="", handoff_at=None)
    assert len(model.requests) == 2
    assert Refusal.named_in(stage.run().problem) is refusal
    look = ("bot", HandoffReason.POLICY)
    assert flagged == [("bot", ""), ("bot", ""), look, ("bot", "")]
    assert stage.say("Hola, soy otra persona", phone="5215550109999")
    assert len(model.requests) == 3
    stage.now += later
    assert stage.say("¿Sigues ahí?")
    assert len(model.requests) == 4


def test_a_turn_that_is_taken_up_again_reads_the_answers_it_paid_for(run: AgentRun) -> None:
    Conversation.objects.update(answer_due_at=NOW)
    claim = lanes.claim(conversation_id=run.conversation_id, lane="answer", now=NOW)
    assert claim is not None
    paid = {"content": "¿Es para casa o negocio?"}
    AgentStep.objects.create(
        run=run, kind=AgentStep.Kind.MODEL, index=0, name="main", result=paid, created_at=NOW
    )
    run.attempts = 2
    recorder = StepRecorder(run=run, claim=claim, clock=lambda: NOW)
    assert [recorder.load(0), recorder.load(1)] == [paid, None]
