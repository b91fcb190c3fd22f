"""A model or a provider that misbehaves: faults, loops, claims, the wrong language."""

from __future__ import annotations

import json
from time import monotonic

import pytest

from agent.engines.llm import LlmEngine
from agent.turn import (
    EngineError,
    HistoryLine,
)
from tests.agent.llm.world import (
    MEETING,
    NOW,
    SLOTS,
    FakeToolbox,
    moment_of,
    settings_for,
)
from tests.fakes.openai_server import FAILURES, FakeOpenAI, Step, fail, say, tools

BOTH = pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
ENGLISH = "Sure, is it for your home or for a business? I can look for a time."


@BOTH
@pytest.mark.parametrize("name", FAILURES)
def test_every_failure_is_saved_by_the_fallback_model(name: str, responses: bool) -> None:
    script = {"main": FAILURES[name], "spare": say("¿Es para casa o negocio?")}
    with FakeOpenAI([fail(500)], by_model=script) as server:
        settings = settings_for(server.url, responses=responses, fallback_model="spare")
        result = LlmEngine(settings).decide(moment_of("Hola"), FakeToolbox())
    assert result.replies[0].text == "¿Es para casa o negocio?"
    assert [body["model"] for body in server.requests][-1] == "spare"


@BOTH
def test_one_retry_heals_a_passing_fault(responses: bool) -> None:
    with FakeOpenAI([fail(500), say("¿Es para casa o negocio?")]) as server:
        LlmEngine(settings_for(server.url, responses=responses)).decide(
            moment_of("Hola"), FakeToolbox()
        )
    assert len(server.requests) == 2


@BOTH
def test_a_trickling_answer_ends_at_its_time(responses: bool) -> None:
    with FakeOpenAI([say("Hola", trickle=0.05)]) as server:
        settings = settings_for(
            server.url, responses=responses, deadline_seconds=1.5, call_seconds=0.7
        )
        started = monotonic()
        with pytest.raises(EngineError):
            LlmEngine(settings).decide(moment_of("Hola"), FakeToolbox())
        # The whole answer would take more than ten seconds.
        assert monotonic() - started < 6


def test_a_slow_model_leaves_time_for_the_fallback() -> None:
    script = {"main": say("tarde", delay=3), "spare": say("¿Es para casa o negocio?")}
    with FakeOpenAI([fail(500)], by_model=script) as server:
        settings = settings_for(
            server.url, fallback_model="spare", deadline_seconds=2, call_seconds=0.6
        )
        result = LlmEngine(settings).decide(moment_of("Hola"), FakeToolbox())
    assert result.replies[0].text == "¿Es para casa o negocio?"
    assert [body["model"] for body in server.requests] == ["main", "spare"]


def test_nobody_listening_is_an_engine_error() -> None:
    with FakeOpenAI([say("x")]) as server:
        url = server.url
    with pytest.raises(EngineError):
        LlmEngine(settings_for(url)).decide(moment_of("Hola"), FakeToolbox())


@BOTH
@pytest.mark.parametrize(
    "step",
    [
        tools(("find_slots", {})),
        tools(("save_answers", {"answers": []})),
        tools(("delete_everything", {"table": "leads"})),
        tools(*[("check_and_book", {"slot_id": "x"})] * 4),
        tools(("find_slots", {"day": "mañana"})),
        tools(("find_slots", {"part": "midnight"})),
        tools(("check_and_book", {"slot": 3})),
    ],
    ids=["slots", "answers", "unknown", "bookings", "bad_day", "bad_part", "bad_args"],
)
def test_loops_end(step: Step, responses: bool) -> None:
    toolbox = FakeToolbox(offered=())
    with FakeOpenAI([step]) as server:
        settings = settings_for(server.url, responses=responses)
        with pytest.raises(EngineError):
            LlmEngine(settings).decide(moment_of("Hola"), toolbox)
    assert len(server.requests) <= settings.max_calls
    assert toolbox.names.count("check_and_book") <= 2


def test_what_happened_is_told_even_if_the_model_fails_afterwards() -> None:
    toolbox = FakeToolbox()
    script = [tools(("check_and_book", {"slot_id": SLOTS[0].id})), fail(401)]
    with FakeOpenAI(script) as server:
        result = LlmEngine(settings_for(server.url)).decide(
            moment_of("el martes", offered=SLOTS), toolbox
        )
    assert "24 de noviembre" in result.replies[0].text


def test_a_veto_gives_one_corrective_call() -> None:
    script = [say("¡Listo! Tu cita quedó agendada."), say("¿Qué día te queda mejor?")]
    with FakeOpenAI(script) as server:
        result = LlmEngine(settings_for(server.url)).decide(moment_of("Mañana"), FakeToolbox())
    assert result.replies[0].text == "¿Qué día te queda mejor?"
    assert "no meeting is confirmed" in json.dumps(server.requests[1])
    assert [(each.call, each.kind, each.name) for each in result.remarks] == [(0, "gate", "booked")]


@BOTH
def test_what_was_not_carried_out_is_told_to_staff(responses: bool) -> None:
    no_words = {"answers": [{"key": "need", "value": "x", "quote": "nunca lo dijo"}]}
    script = [
        tools(("save_answers", no_words), ("find_slots", {"day": "2020-01-01"})),
        tools(("cancel_meeting", {}), ("run_sql", {}), ("find_slots", {"part": "midnight"})),
        say("¿Qué día te queda mejor?"),
    ]
    toolbox = FakeToolbox()
    with FakeOpenAI(script) as server:
        engine = LlmEngine(settings_for(server.url, responses=responses))
        result = engine.decide(moment_of("Hola", meeting=MEETING), toolbox)
    assert toolbox.calls == []
    assert [(each.call, each.name, each.reason) for each in result.remarks] == [
        (0, "save_answers", "quote"),
        (0, "find_slots", "past"),
        (1, "cancel_meeting", "unasked"),
        (1, "run_sql", "arguments"),
        (1, "find_slots", "arguments"),
    ]


def test_a_second_veto_is_an_engine_error() -> None:
    with (
        FakeOpenAI([say("¡Listo! Tu cita quedó agendada."), say("Te doy un descuento.")]) as server,
        pytest.raises(EngineError, match="booked, price"),
    ):
        LlmEngine(settings_for(server.url)).decide(moment_of("Mañana"), FakeToolbox())
    assert len(server.requests) == 2


def test_the_wrong_language_is_corrected() -> None:
    with FakeOpenAI([say(ENGLISH), say("¿Es para casa o negocio?")]) as server:
        result = LlmEngine(settings_for(server.url)).decide(
            moment_of("Quiero paneles"), FakeToolbox()
        )
    assert result.replies[0].text == "¿Es para casa o negocio?"
    assert "The lead reads Spanish" in json.dumps(server.requests[1])


def test_a_model_that_insists_on_the_wrong_language_is_not_heard() -> None:
    with FakeOpenAI([say(ENGLISH)]) as server, pytest.raises(EngineError, match="language"):
        LlmEngine(settings_for(server.url)).decide(moment_of("Quiero paneles"), FakeToolbox())


def test_who_asks_for_a_person_is_not_talked_on_to() -> None:
    script = [
        say("¿En qué ciudad es?"),
        tools(("hand_off", {"reason": "asked"})),
        say("Te paso con el equipo."),
    ]
    toolbox = FakeToolbox()
    with FakeOpenAI(script) as server:
        engine = LlmEngine(settings_for(server.url))
        result = engine.decide(moment_of("Quiero hablar con una persona"), toolbox)
    assert result.replies[0].text == "Te paso con el equipo."
    assert [each.name for each in result.remarks] == ["asked"]
    with FakeOpenAI([say("¿En qué ciudad es?"), say("¿Y qué buscas?")]) as server:
        engine = LlmEngine(settings_for(server.url))
        with pytest.raises(EngineError, match="asked"):
            engine.decide(moment_of("Quiero hablar con una persona"), FakeToolbox())


@pytest.mark.parametrize("words", ["I want solar panels for my house", "do you speak english?"])
def test_who_writes_english_is_answered_in_english(words: str) -> None:
    with FakeOpenAI([say(ENGLISH)]) as server:
        result = LlmEngine(settings_for(server.url)).decide(moment_of(words), FakeToolbox())
    assert result.replies[0].text == ENGLISH


@pytest.mark.parametrize("words", ["Hola", "¿cuánto cuesta?", "gracias, ahí nos vemos"])
def test_a_meeting_that_nobody_wants_cancelled_stays(words: str) -> None:
    toolbox = FakeToolbox()
    script = [tools(("cancel_meeting", {})), say("¿Quieres que la cancele?")]
    with FakeOpenAI(script) as server:
        LlmEngine(settings_for(server.url)).decide(moment_of(words, meeting=MEETING), toolbox)
    assert toolbox.calls == []
    assert "ask them first" in json.dumps(server.requests[1])


def test_a_yes_to_the_question_cancels() -> None:
    toolbox = FakeToolbox()
    history = (HistoryLine("lead", "cancela", NOW), HistoryLine("bot", "¿La cancelo?", NOW))
    with FakeOpenAI([tools(("cancel_meeting", {})), say("Listo")]) as server:
        LlmEngine(settings_for(server.url)).decide(
            moment_of("sí por favor", meeting=MEETING, history=history), toolbox
        )
    assert toolbox.names == ["cancel_meeting"]


def test_the_disclosure_is_added_by_code() -> None:
    with FakeOpenAI([say("¿Qué estás buscando?")]) as server:
        result = LlmEngine(settings_for(server.url)).decide(
            moment_of("Hola", first_turn=True), FakeToolbox()
        )
    assert "asistente virtual" in result.replies[0].text
    assert len(server.requests) == 1
