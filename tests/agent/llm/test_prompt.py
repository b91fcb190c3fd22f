"""What the model reads: the playbook first, byte for byte the same, and the moment last."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time, timedelta

import pytest

from agent.engines.llm import LlmEngine
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import (
    Disqualifier,
    HandOffRules,
    OpenHours,
    Playbook,
    ScoreRule,
    parse_playbook,
)
from agent.prompts import moment, system_prompt
from agent.turn import HandoffWhy, HistoryLine, InboundText, KnownFact, LeadView
from agent.wording import say as say_text
from tests.agent.llm.world import (
    MEETING,
    NOW,
    PLAYBOOK,
    SLOTS,
    FakeToolbox,
    moment_of,
    settings_for,
)
from tests.fakes.openai_server import FakeOpenAI, say, tools

EDITED = replace(
    PLAYBOOK,
    tone={"es": "Tranquila y sin rodeos.", "en": "Calm and plain.", "pt": "Calma e direta."},
    languages=("es", "pt"),
    disqualifiers=(
        Disqualifier(
            "bill",
            "at_most",
            {"es": "Recibo bajo", "pt": "Conta baixa"},
            300,
            {"es": "Hoy no te convienen los paneles."},
        ),
    ),
    hand_off=HandOffRules(words=("abogado", "reembolso"), stuck_after=2, off_topic_after=4),
    opening_hours=(OpenHours(0, time(9), time(18, 30)),),
)


def test_what_the_business_edits_reaches_the_model() -> None:
    prompt = system_prompt(EDITED)
    for said in (
        "Tone (es): Tranquila y sin rodeos.",
        "Tone (pt): Calma e direta.",
        "Languages you may answer in: Spanish, Brazilian Portuguese.",
        "- Monday 09:00 to 18:30",
        "America/Mexico_City",
        "bill at most 300 (es: Recibo bajo / pt: Conta baixa)",
        "then say: es: Hoy no te convienen los paneles.",
        "at once, when the lead brings up: abogado, reembolso",
        "off_topic after 4 messages",
        "- el mejor del país",
    ):
        assert said in prompt
    # A language that is not spoken is not paid for.
    assert "Calm and plain." not in prompt
    assert "never call find_slots" in system_prompt(replace(EDITED, meetings_offered=False))


def test_the_start_of_every_request_is_the_same_bytes() -> None:
    """Providers cache what requests of one playbook version have in common, from the start."""
    moments = [
        moment_of("Hola", playbook=EDITED),
        moment_of("¿y bien?", playbook=EDITED, lead=LeadView(name="Otra"), meeting=MEETING),
        moment_of("10", playbook=EDITED, now=NOW + timedelta(days=40), offered=SLOTS),
        moment_of("Olá", playbook=EDITED, language="pt", facts=(KnownFact("need", "x"),)),
    ]
    with FakeOpenAI([say("¿Es para casa o negocio? É pra casa ou negócio?")]) as server:
        for each in moments:
            LlmEngine(settings_for(server.url)).decide(each, FakeToolbox())
    starts = {
        json.dumps([body["messages"][0], body["tools"]], sort_keys=False)
        for body in server.requests
    }
    assert len(starts) == 1
    assert len({body["messages"][-1]["content"] for body in server.requests}) == len(moments)


def test_the_history_before_the_moment_is_as_it_was_said() -> None:
    history = (HistoryLine("lead", "Hola", NOW), HistoryLine("bot", "¿Qué buscas?", NOW))
    later = (*history, HistoryLine("lead", "paneles", NOW), HistoryLine("bot", "¿Ciudad?", NOW))
    with FakeOpenAI([say("¿Es para casa o negocio?")]) as server:
        for lines in (history, later):
            LlmEngine(settings_for(server.url)).decide(
                moment_of("ok", history=lines), FakeToolbox()
            )
    first, second = (body["messages"][:-1] for body in server.requests)
    assert second[: len(first)] == first


def test_the_default_playbook_fits_in_what_is_cached_and_cheap() -> None:
    assert len(system_prompt(parse_playbook(DEFAULT_PLAYBOOK))) < 32_000


@pytest.mark.parametrize(
    ("playbook", "facts", "told"),
    [
        (EDITED, (), "a meeting may be offered: yes"),
        (EDITED, (KnownFact("bill", 200),), "no, this lead is ruled out"),
        (replace(EDITED, meetings_offered=False), (), "no, a person arranges meetings"),
        (replace(EDITED, meeting_from=10), (), "no, go on with the questions"),
    ],
)
def test_the_moment_says_whether_a_meeting_may_be_offered(
    playbook: Playbook, facts: tuple[KnownFact, ...], told: str
) -> None:
    assert told in moment(moment_of("Hola", playbook=playbook, facts=facts))


def test_the_moment_says_when_people_are_there() -> None:
    open_now = moment_of("Hola", playbook=EDITED)
    closed = replace(open_now, now=NOW + timedelta(hours=12))
    assert "people of the business: there now" in moment(open_now)
    assert "away, back Monday 2026-11-30 09:00" in moment(closed)
    assert "no hours known" in moment(moment_of("Hola"))


@pytest.mark.parametrize("tool", ["find_slots", "check_and_book", "reschedule"])
@pytest.mark.parametrize(
    ("playbook", "facts"),
    [
        (EDITED, (KnownFact("bill", 200),)),
        (replace(EDITED, meetings_offered=False), ()),
        (replace(EDITED, meeting_from=10), ()),
    ],
    ids=["ruled_out", "no_meetings", "too_few_points"],
)
def test_no_meeting_is_offered_against_the_playbook(
    tool: str, playbook: Playbook, facts: tuple[KnownFact, ...]
) -> None:
    arguments = {} if tool == "find_slots" else {"slot_id": SLOTS[0].id}
    toolbox = FakeToolbox()
    context = moment_of("el martes", playbook=playbook, facts=facts, offered=SLOTS)
    tapped = replace(context.inbound[0], reply_id=SLOTS[0].id)
    with FakeOpenAI([tools((tool, arguments)), say("Gracias, lo anoto.")]) as server:
        LlmEngine(settings_for(server.url)).decide(replace(context, inbound=(tapped,)), toolbox)
    assert toolbox.calls == []
    assert "offers this lead no meeting" in json.dumps(server.requests[1])


def test_what_is_learned_in_this_turn_counts() -> None:
    rules = (ScoreRule("need", "known", 10, {"es": "Necesidad"}),)
    playbook = replace(PLAYBOOK, rules=rules, meeting_from=10)
    answers = [{"key": "need", "value": "paneles", "quote": "paneles"}]
    toolbox = FakeToolbox()
    script = [tools(("save_answers", {"answers": answers})), tools(("find_slots", {})), say("Va:")]
    with FakeOpenAI(script) as server:
        LlmEngine(settings_for(server.url)).decide(
            moment_of("busco paneles", playbook=playbook), toolbox
        )
    assert toolbox.names == ["save_answers", "find_slots"]


def test_the_model_may_say_that_it_is_not_about_the_business() -> None:
    toolbox = FakeToolbox()
    script = [tools(("hand_off", {"reason": "off_topic"})), say("Te paso con el equipo.")]
    with FakeOpenAI(script) as server:
        LlmEngine(settings_for(server.url)).decide(moment_of("¿y la tarea?"), toolbox)
    assert toolbox.calls == [("hand_off", HandoffWhy.OFF_TOPIC)]


@pytest.mark.parametrize(
    ("text", "handed_over"),
    [
        ("Los voy a DEMANDAR, hablen con mi Abogado.", True),
        ("quiero mi\nreembolso", True),
        ("vendo abogados de peluche", False),
        ("¿cuánto cuesta?", False),
    ],
)
def test_words_for_a_person_need_no_model(text: str, handed_over: bool) -> None:
    toolbox = FakeToolbox()
    with FakeOpenAI([say("¿Es para casa o negocio?")]) as server:
        result = LlmEngine(settings_for(server.url)).decide(
            moment_of(text, playbook=EDITED), toolbox
        )
    assert toolbox.calls == ([("hand_off", HandoffWhy.POLICY)] if handed_over else [])
    assert bool(server.requests) is not handed_over
    assert result.replies[0].text


def test_who_needs_a_person_out_of_hours_hears_when_somebody_is_back_without_a_model() -> None:
    night = NOW.replace(hour=6)
    voice = InboundText("m1", "", "audio")
    asked = HistoryLine("bot", say_text("audio", "es"), night - timedelta(minutes=5))
    for words in (
        moment_of("Quiero mi reembolso", playbook=EDITED, now=night),
        moment_of(playbook=EDITED, now=night, inbound=(voice,), history=(asked,)),
    ):
        toolbox = FakeToolbox()
        with FakeOpenAI([]) as server:
            result = LlmEngine(settings_for(server.url)).decide(words, toolbox)
        assert [name for name, _why in toolbox.calls] == ["hand_off"]
        assert "vuelven" in result.replies[0].text
