"""The real agent and the real client against an OpenAI-shaped server, both APIs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import time

import pytest

from agent.engines.llm import LlmEngine
from agent.playbook.schema import OpenHours
from agent.turn import (
    BookingStatus,
    HandoffWhy,
    HistoryLine,
    InboundText,
    LeadView,
    SlotWish,
)
from tests.agent.llm.world import (
    MEETING,
    NOW,
    PLAYBOOK,
    SLOTS,
    FakeRecorder,
    FakeToolbox,
    moment_of,
    settings_for,
)
from tests.fakes.openai_server import FakeOpenAI, fail, say, tools

BOTH = pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
GREETING = "¡Hola, Sol! Soy Luna, asistente virtual de Casa Verde. ¿Qué estás buscando?"


@BOTH
def test_text_becomes_the_reply(responses: bool) -> None:
    with FakeOpenAI([say(GREETING)]) as server:
        engine = LlmEngine(settings_for(server.url, responses=responses))
        result = engine.decide(moment_of("Hola", first_turn=True), FakeToolbox())
    assert [reply.text for reply in result.replies] == [GREETING]
    assert (result.tokens_in, result.tokens_out, result.engine) == (100, 20, "llm")
    assert server.paths == ["/v1/responses" if responses else "/v1/chat/completions"]
    assert "temperature" not in server.requests[0]
    assert server.requests[0].get("store") is (False if responses else None)


@BOTH
def test_answers_are_saved_with_the_message_and_words_they_came_from(responses: bool) -> None:
    given = [
        {"key": "need", "value": "paneles", "quote": "busco PANELES  solares"},
        {"key": "size", "value": "home", "quote": "para mi oficina"},
    ]
    script = [tools(("save_answers", {"answers": given})), say("¿Es para casa o negocio?")]
    toolbox = FakeToolbox()
    with FakeOpenAI(script) as server:
        engine = LlmEngine(settings_for(server.url, responses=responses))
        result = engine.decide(moment_of("Hola", "Busco paneles solares, gracias"), toolbox)
    ((_, answers),) = toolbox.calls
    assert [(a.key, a.message_id, a.quote) for a in answers] == [
        ("need", "m2", "Busco paneles solares")
    ]
    assert result.replies[0].text == "¿Es para casa o negocio?"
    assert result.tokens_in == 200
    assert "copy it character for character" in json.dumps(server.requests[1])


@BOTH
def test_found_slots_are_attached_as_a_list_with_the_models_words(responses: bool) -> None:
    script = [
        tools(("find_slots", {"day": "2026-11-24", "part": "morning", "at": "10:00"})),
        say("¡Perfecto! ¿Cuál te queda mejor?"),
    ]
    toolbox = FakeToolbox()
    with FakeOpenAI(script) as server:
        result = LlmEngine(settings_for(server.url, responses=responses)).decide(
            moment_of("¿Qué horarios tienes mañana?"), toolbox
        )
    (reply,) = result.replies
    assert reply.kind == "list"
    assert [option.id for option in reply.options] == [slot.id for slot in SLOTS]
    assert reply.text.startswith("¡Perfecto! ¿Cuál te queda mejor?")
    assert toolbox.calls == [
        ("find_slots", SlotWish(day=NOW.date().replace(day=24), part="morning", at=time(10)))
    ]


def test_times_that_are_not_on_offer_never_reach_the_list() -> None:
    script = [tools(("find_slots", {})), say("Tengo a las 3:33 pm, ¿te va?")]
    with FakeOpenAI(script) as server:
        result = LlmEngine(settings_for(server.url)).decide(moment_of("¿Cuándo?"), FakeToolbox())
    assert "3:33" not in result.replies[0].text
    assert result.replies[0].kind == "list"


@BOTH
def test_a_booking_is_told_from_the_row_whatever_the_model_says(responses: bool) -> None:
    script = [
        tools(("check_and_book", {"slot_id": SLOTS[1].id})),
        say("Reservado para el 31 de diciembre a las 23:00, con 50% de descuento"),
    ]
    toolbox = FakeToolbox()
    context = moment_of("el miércoles a las 11", offered=SLOTS)
    with FakeOpenAI(script) as server:
        result = LlmEngine(settings_for(server.url, responses=responses)).decide(context, toolbox)
    assert toolbox.calls == [("check_and_book", SLOTS[1].id)]
    assert "25 de noviembre" in result.replies[0].text
    assert "diciembre" not in result.replies[0].text


def test_a_tap_on_an_offered_row_books_without_a_model() -> None:
    context = replace(
        moment_of(offered=SLOTS), inbound=(InboundText("m1", "mar", "list_reply", SLOTS[0].id),)
    )
    toolbox = FakeToolbox()
    with FakeOpenAI([fail(500)]) as server:
        result = LlmEngine(settings_for(server.url)).decide(context, toolbox)
    assert server.requests == []
    assert toolbox.names == ["check_and_book"]
    assert "24 de noviembre" in result.replies[0].text


def test_a_tap_with_a_meeting_moves_it() -> None:
    context = replace(
        moment_of(offered=SLOTS, meeting=MEETING),
        inbound=(InboundText("m1", "jue", "list_reply", SLOTS[2].id),),
    )
    toolbox = FakeToolbox()
    with FakeOpenAI([fail(500)]) as server:
        LlmEngine(settings_for(server.url)).decide(context, toolbox)
    assert toolbox.names == ["reschedule"]


def test_a_lost_tap_offers_what_is_left() -> None:
    context = replace(
        moment_of(offered=SLOTS), inbound=(InboundText("m1", "mar", "list_reply", SLOTS[0].id),)
    )
    toolbox = FakeToolbox(status=BookingStatus.TAKEN, alternatives=SLOTS[1:])
    with FakeOpenAI([fail(500)]) as server:
        (reply,) = LlmEngine(settings_for(server.url)).decide(context, toolbox).replies
    assert [option.id for option in reply.options] == [slot.id for slot in SLOTS[1:]]


def test_a_tap_of_an_id_that_was_never_offered_is_only_text() -> None:
    context = replace(
        moment_of(offered=SLOTS), inbound=(InboundText("m1", "mar", "list_reply", "not-ours"),)
    )
    toolbox = FakeToolbox()
    with FakeOpenAI([say("¿Me dices qué día prefieres?")]) as server:
        LlmEngine(settings_for(server.url)).decide(context, toolbox)
    assert toolbox.calls == []
    assert "not-ours" not in json.dumps(server.requests)


def test_a_tap_that_ends_a_burst_is_booked_when_the_model_forgets() -> None:
    inbound = (
        InboundText("m1", "este está bien"),
        InboundText("m2", "mar", "list_reply", SLOTS[0].id),
    )
    toolbox = FakeToolbox()
    with FakeOpenAI([say("¡Gracias!")]) as server:
        context = replace(moment_of(offered=SLOTS), inbound=inbound)
        result = LlmEngine(settings_for(server.url)).decide(context, toolbox)
    assert toolbox.names == ["check_and_book"]
    assert "24 de noviembre" in result.replies[0].text
    assert f"chose slot {SLOTS[0].id}" in json.dumps(server.requests[0])


@BOTH
def test_hand_off_and_cancel_reach_the_toolbox(responses: bool) -> None:
    toolbox = FakeToolbox()
    script = [
        tools(("cancel_meeting", {}), ("hand_off", {"reason": "asked"})),
        say("Listo."),
    ]
    with FakeOpenAI(script) as server:
        result = LlmEngine(settings_for(server.url, responses=responses)).decide(
            moment_of("Cancela y pásame con alguien", meeting=MEETING), toolbox
        )
    assert toolbox.calls == [("cancel_meeting", None), ("hand_off", HandoffWhy.ASKED)]
    assert len(result.replies) == 2


@pytest.mark.parametrize(
    ("reason", "words", "told"),
    [
        ("frustrated", "¿En qué ciudad es?", ["¿En qué ciudad es?", "Lamento la molestia"]),
        (
            "asked",
            "Una persona del equipo sigue aquí.",
            ["Una persona", "vuelven mañana"],
        ),
    ],
)
def test_whoever_is_handed_over_hears_so_and_when(reason: str, words: str, told: list[str]) -> None:
    hours = (OpenHours(1, time(9), time(18)),)
    closed = replace(moment_of("ya me cansé"), playbook=replace(PLAYBOOK, opening_hours=hours))
    with FakeOpenAI([tools(("hand_off", {"reason": reason})), say(words)]) as server:
        result = LlmEngine(settings_for(server.url)).decide(closed, FakeToolbox())
    (reply,) = result.replies
    assert all(part in reply.text for part in told)


def test_a_model_that_says_itself_when_somebody_is_back_is_not_talked_over() -> None:
    hours = (OpenHours(1, time(9), time(18)),)
    closed = replace(moment_of("persona"), playbook=replace(PLAYBOOK, opening_hours=hours))
    words = "Te escribe el equipo mañana a las 9:00."
    with FakeOpenAI([tools(("hand_off", {"reason": "asked"})), say(words)]) as server:
        result = LlmEngine(settings_for(server.url)).decide(closed, FakeToolbox())
    assert [reply.text for reply in result.replies] == [words]


@BOTH
def test_a_retried_turn_pays_nothing(responses: bool) -> None:
    script = [tools(("find_slots", {})), say("Mira estos:")]
    recorder = FakeRecorder()
    with FakeOpenAI(script) as server:
        engine = LlmEngine(settings_for(server.url, responses=responses), recorder)
        first = engine.decide(moment_of("¿Cuándo?"), FakeToolbox())
        recorder.rows = json.loads(json.dumps(recorder.rows), object_hook=_int_keys)
        second = engine.decide(moment_of("¿Cuándo?"), FakeToolbox())
    assert first == second
    assert len(server.requests) == 2


def test_an_answer_is_stored_before_tools_act_on_it() -> None:
    order: list[str] = []
    recorder = FakeRecorder(before=lambda name, index: order.append(f"{name} {index}"))
    toolbox = FakeToolbox()
    toolbox.calls = _Spy(order)
    with FakeOpenAI([tools(("find_slots", {})), say("Mira estos:")]) as server:
        LlmEngine(settings_for(server.url), recorder).decide(moment_of("¿Cuándo?"), toolbox)
    assert order == ["load 0", "save 0", "find_slots", "load 1", "save 1"]


def test_tools_and_recorder_run_on_the_callers_thread() -> None:
    toolbox, recorder = FakeToolbox(), FakeRecorder()
    calls = [("find_slots", {}), ("hand_off", {"reason": "asked"})]
    with FakeOpenAI([tools(*calls), say("Una persona del equipo sigue aquí.")]) as server:
        LlmEngine(settings_for(server.url), recorder).decide(moment_of("Hola"), toolbox)
    assert toolbox.threads | recorder.threads == {threading.get_ident()}


def test_what_our_own_side_raises_comes_out_unchanged() -> None:
    class LostLeaseError(Exception):
        pass

    with FakeOpenAI([tools(("find_slots", {})), say("x")]) as server:
        engine = LlmEngine(settings_for(server.url))
        with pytest.raises(LostLeaseError):
            engine.decide(moment_of("Hola"), FakeToolbox(error=LostLeaseError()))

        def refuse(name: str, index: int) -> None:
            raise LostLeaseError

        engine = LlmEngine(settings_for(server.url), FakeRecorder(before=refuse))
        with pytest.raises(LostLeaseError):
            engine.decide(moment_of("Hola"), FakeToolbox())
    assert len(server.requests) == 1


def test_the_prompt_starts_with_what_never_changes() -> None:
    history = (HistoryLine("lead", "Hola", NOW), HistoryLine("bot", "¿Qué buscas?", NOW))
    with FakeOpenAI([say("¿Es para casa o negocio?")]) as server:
        engine = LlmEngine(settings_for(server.url))
        engine.decide(moment_of("paneles", history=history), FakeToolbox())
        engine.decide(
            moment_of("algo", lead=LeadView(name="Otra"), now=NOW.replace(day=25)), FakeToolbox()
        )
    first, second = (body["messages"] for body in server.requests)
    assert first[0] == second[0]
    assert server.requests[0]["tools"] == server.requests[1]["tools"]
    assert "2026" not in first[0]["content"]
    assert "now: Monday 2026-11-23 10:00" in first[-1]["content"]


def test_identity_is_in_no_tool_argument() -> None:
    with FakeOpenAI([say("¿Es para casa o negocio?")]) as server:
        LlmEngine(settings_for(server.url)).decide(moment_of("Hola"), FakeToolbox())
    arguments = {
        name
        for tool in server.requests[0]["tools"]
        for name in tool["function"]["parameters"]["properties"]
    }
    assert arguments == {"answers", "at", "day", "part", "slot_id", "reason"}


def test_engines_without_a_model_do_not_load_langchain() -> None:
    code = (
        "import sys, agent.gates, agent.turn, agent.engines\n"
        "bad = [m for m in sys.modules if m.startswith(('langchain', 'langgraph', 'openai'))]\n"
        "sys.exit(', '.join(bad) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))


class _Spy(list[tuple[str, object]]):
    """A list that tells another one what is appended."""

    def __init__(self, order: list[str]) -> None:
        super().__init__()
        self._order = order

    def append(self, item: tuple[str, object]) -> None:
        self._order.append(item[0])


def _int_keys(value: dict[str, object]) -> dict[object, object]:
    return {int(key) if key.isdigit() else key: item for key, item in value.items()}
