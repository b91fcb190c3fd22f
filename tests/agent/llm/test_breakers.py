"""A model that keeps failing is left alone, tried by one turn, and asked again once it is well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.models import Breaker
from agent.spending import breakers
from conversations.models import Fact
from tests.agent.llm.stage import Stage
from tests.conversations.rows import NOW
from tests.fakes.openai_server import FakeOpenAI, fail, say, tools

pytestmark = pytest.mark.django_db


def fail_times(times: int, model: str = "main", **options: bool) -> None:
    for _failure in range(times):
        breakers.note_failure(model, "ServerError 500", **({"hopeless": False} | options), now=NOW)


def test_the_fifth_failure_in_a_row_opens_it() -> None:
    fail_times(breakers.FAILURES - 1)
    assert breakers.admits("main", now=NOW)
    breakers.note_success("main")
    fail_times(breakers.FAILURES - 1)
    assert breakers.admits("main", now=NOW)
    fail_times(1)
    assert not breakers.admits("main", now=NOW)
    assert breakers.admits("spare", now=NOW)


def test_a_refused_key_opens_it_at_once() -> None:
    fail_times(1, hopeless=True)
    assert not breakers.admits("main", now=NOW + breakers.HOPELESS - timedelta(seconds=1))


def test_one_turn_tries_and_the_others_wait_for_what_it_meets() -> None:
    fail_times(breakers.FAILURES)
    later = NOW + breakers.SHORTEST
    assert [breakers.admits("main", now=later) for _turn in range(3)] == [True, False, False]
    breakers.note_failure("main", "again", hopeless=False, now=later)
    assert not breakers.admits("main", now=later + breakers.SHORTEST)
    longer = later + 2 * breakers.SHORTEST
    assert breakers.admits("main", now=longer)
    breakers.note_success("main")
    assert [breakers.admits("main", now=longer) for _turn in range(3)] == [True] * 3


def test_a_probe_that_never_came_back_bars_nobody_for_ever() -> None:
    fail_times(breakers.FAILURES)
    later = NOW + breakers.SHORTEST
    assert breakers.admits("main", now=later)
    assert not breakers.admits("main", now=later + breakers.PROBE - timedelta(seconds=1))
    assert breakers.admits("main", now=later + breakers.PROBE)


class Life(RuleBasedStateMachine):
    """Whatever happens, a closed breaker lets through and an open one lets one through at most."""

    def __init__(self) -> None:
        super().__init__()
        Breaker.objects.all().delete()
        self.now = NOW
        self.in_a_row = 0
        self.probe: bool = False

    @rule()
    def wait(self) -> None:
        self.now += breakers.SHORTEST / 2

    @rule()
    def answer(self) -> None:
        breakers.note_success("main")
        self.in_a_row, self.probe = 0, False

    @precondition(lambda self: self.in_a_row < breakers.FAILURES or self.probe)
    @rule()
    def fail(self) -> None:
        breakers.note_failure("main", "x", hopeless=False, now=self.now)
        self.in_a_row, self.probe = self.in_a_row + 1, False

    @precondition(lambda self: self.in_a_row >= breakers.FAILURES)
    @rule()
    def ask(self) -> None:
        row = Breaker.objects.get()
        assert row.open_until is not None
        due = row.open_until <= self.now
        trying = row.trying_until is not None and row.trying_until > self.now
        admitted = breakers.admits("main", now=self.now)
        assert admitted is (due and not trying)
        self.probe = self.probe or admitted

    @invariant()
    def lets_through_while_closed(self) -> None:
        if self.in_a_row < breakers.FAILURES:
            assert breakers.admits("main", now=self.now)

    @invariant()
    def never_waits_longer_than_the_longest(self) -> None:
        row = Breaker.objects.first()
        assert (
            row is None or row.open_until is None or row.open_until - self.now <= breakers.LONGEST
        )


def test_any_life_of_a_breaker() -> None:
    Life.TestCase.settings = hypothesis_settings(max_examples=10, stateful_step_count=15)
    Life.TestCase("runTest").runTest()


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_tries() -> None:
    fail_times(breakers.FAILURES)
    admitted: list[bool] = []
    start = threading.Barrier(6)

    def ask() -> None:
        start.wait()
        try:
            admitted.append(breakers.admits("main", now=NOW + breakers.SHORTEST))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(admitted) == [False] * 5 + [True]


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI([say("¿Y en qué ciudad estás?")]) as server:
        yield server


def need(quote: str) -> dict[str, object]:
    return {"answers": [{"key": "need", "value": "home", "quote": quote}]}


def test_a_conversation_goes_from_the_model_to_the_guided_flow_and_back(model: FakeOpenAI) -> None:
    stage = Stage(model.url)
    model.script = [tools(("save_answers", need("para mi casa"))), say("¿Cómo te llamas?")]
    stage.say("Hola, es para mi casa")
    assert stage.run().engine == "llm"
    model.script = [fail(500)]
    for text in ("Soy Ana Torres", "pago 3,200 pesos", "¿siguen ahí?"):
        assert stage.say(text)
        assert stage.run().engine == "guided"
    known = set(Fact.objects.values_list("key", flat=True))
    assert {"need", "name"} <= known
    asked = len(model.requests)
    # Two calls a turn: the fifth failure opened it, and the third turn made one call only.
    assert asked == 2 + breakers.FAILURES
    assert stage.say("¿hola?")
    assert len(model.requests) == asked
    assert stage.run().problem.endswith("model_down")
    stage.now += breakers.SHORTEST
    model.script = [say("¡Gracias, Ana! ¿En qué ciudad es?")]
    assert stage.say("Perdón, ya volví") == ["¡Gracias, Ana! ¿En qué ciudad es?"]
    assert stage.run().engine == "llm"
    assert not Breaker.objects.filter(open_until__isnull=False).exists()
    # What the guided flow learned stands in the moment that the model reads.
    moment = model.requests[-1]["messages"][-1]["content"]
    assert '"name": "Ana Torres"' in moment
    assert set(Fact.objects.values_list("key", flat=True)) == known


def test_while_one_model_is_left_alone_the_other_answers(model: FakeOpenAI) -> None:
    model.by_model = {"main": fail(503), "spare": say("¿Y en qué ciudad estás?")}
    stage = Stage(model.url, options={"fallback_model": "spare"})
    for number in range(4):
        model.by_model["spare"] = say(f"¿Y en qué ciudad estás, {number}?")
        assert stage.say(f"Hola {number}")
        assert stage.run().engine == "llm"
    asked = [body["model"] for body in model.requests]
    assert asked.count("main") == breakers.FAILURES
    assert asked[-2:] == ["spare", "spare"]
