"""Must show 3: whatever a provider does, on either API, the lead gets an answer in time."""

from __future__ import annotations

from time import monotonic

import pytest

from agent.engines.llm import LlmEngine
from agent.models import Breaker, Reservation
from agent.tools.recorder import StepRecorder
from agent.turn import EngineError
from conversations.models import Conversation
from conversations.services import lanes
from tests.agent.llm.stage import PAUSE, Stage, make_run
from tests.agent.llm.world import FakeToolbox, moment_of, settings_for
from tests.conversations.rows import NOW, write
from tests.fakes.openai_server import FAILURES, OWN_FAULT, SLOW, FakeOpenAI, Step, say

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
# Provider's words, ours for errors, and anything that looks like code.
NOT_FOR_LEADS = ("did not work", "error", "exception", "traceback", "cannot help", "{", "<")
# What the settings of these tests allow for a turn, and what a busy machine may add to it.
DEADLINE, BUSY = 5.0, 5.0
# Asking again would not help.
ONCE = frozenset(
    (
        *("401", "403", "404", "400", "quota", "429_retry_after", "redirect"),
        *("content_filter", "refusal", "length"),
    )
)
# Turned down, or never got through: nothing is owed.
FREE = frozenset(name for name, step in FAILURES.items() if step.status >= 300)


def answered(stage: Stage, text: str = "Hola, ¿me pueden ayudar?") -> float:
    """Seconds that the answer took."""
    began = monotonic()
    answer = " ".join(stage.say(text))
    seconds = monotonic() - began
    assert answer
    assert not [word for word in NOT_FOR_LEADS if word in answer.lower()]
    return seconds


def engine_of(url: str, *, responses: bool) -> LlmEngine:
    """One with a recorder of rows, for a turn that has begun."""
    write("Hola", now=NOW)
    conversation = Conversation.objects.get()
    claim = lanes.claim(conversation_id=conversation.pk, lane="answer", now=NOW + PAUSE)
    assert claim is not None
    recorder = StepRecorder(run=make_run(conversation), claim=claim, clock=lambda: NOW + PAUSE)
    return LlmEngine(settings_for(url, responses=responses), recorder)


@BOTH
@pytest.mark.parametrize("name", FAILURES)
def test_a_provider_that_fails_is_given_up(name: str, responses: bool) -> None:
    with FakeOpenAI([FAILURES[name]]) as server:
        engine = engine_of(server.url, responses=responses)
        began = monotonic()
        with pytest.raises(EngineError) as raised:
            engine.decide(moment_of("Hola, ¿me pueden ayudar?"), FakeToolbox())
        assert monotonic() - began < DEADLINE + BUSY
    assert len(server.requests) == (1 if name in ONCE else 2)
    assert "did not work" not in str(raised.value)
    # An answer without an output is an empty text in the one API and nothing at all in the other.
    own = name in OWN_FAULT or (name == "empty_choices" and responses)
    assert Breaker.objects.filter(failures__gt=0).exists() is not own
    calls = Reservation.objects.all()
    assert len(calls) == len(server.requests)
    assert all(call.settled_at and (call.cost == 0) is (name in FREE) for call in calls)


@BOTH
@pytest.mark.parametrize("name", ["401", "500", "html", "tool_args_list", "reset"])
def test_the_lead_is_answered(name: str, responses: bool) -> None:
    """Whatever it was: given up is given up."""
    with FakeOpenAI([FAILURES[name]]) as server:
        stage = Stage(server.url, responses=responses)
        assert answered(stage) < DEADLINE + BUSY
    run = stage.run()
    assert run.engine == "guided"
    assert run.problem
    assert "did not work" not in run.problem
    assert len(Reservation.objects.all()) == len(server.requests)


ANSWER = '{"answers": [{"key": "bill", "value": %s, "quote": "Hola"}]}'
UNSTORABLE = {
    "nan": ANSWER % "NaN",
    "infinity": ANSWER % "1e999",
    "nested": ANSWER % f"{'[' * 600}{']' * 600}",
    "bottomless": ANSWER % f"{'[' * 5000}{']' * 5000}",
}


@BOTH
@pytest.mark.parametrize("name", UNSTORABLE)
def test_arguments_that_no_row_holds_stop_no_turn(name: str, responses: bool) -> None:
    bad = Step(calls=(("save_answers", UNSTORABLE[name]),))
    with FakeOpenAI([bad, say("¿Es para casa o negocio?")]) as server:
        stage = Stage(server.url, responses=responses)
        answered(stage)
    assert stage.run().engine == "llm"
    assert not Breaker.objects.exists()


@BOTH
@pytest.mark.parametrize("name", SLOW)
def test_who_makes_us_wait_is_not_waited_for(name: str, responses: bool) -> None:
    with FakeOpenAI([SLOW[name]]) as server:
        options = {"call_seconds": 0.6, "deadline_seconds": 1.1}
        stage = Stage(server.url, responses=responses, options=options)
        # Hanging takes five seconds and trickling more than ten.
        assert answered(stage) < 1.1 + 2.5
    assert stage.run().engine == "guided"
    assert Breaker.objects.get().failures == len(server.requests)
    assert all(call.cost == call.amount for call in Reservation.objects.all())


def test_nobody_there_costs_nothing() -> None:
    with FakeOpenAI([say("x")]) as server:
        url = server.url
    stage = Stage(url)
    assert answered(stage) < DEADLINE + BUSY
    assert {call.cost for call in Reservation.objects.all()} == {0}
    assert Breaker.objects.get().failures == 2


@BOTH
def test_a_usage_that_nobody_tells_is_charged_in_full(responses: bool) -> None:
    with FakeOpenAI([say("¿Es para casa o negocio?", tokens=None)]) as server:
        stage = Stage(server.url, responses=responses)
        answered(stage)
    assert stage.run().engine == "llm"
    (call,) = Reservation.objects.all()
    assert call.cost == call.amount > 0
