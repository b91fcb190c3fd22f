"""What is asked of which provider, how often, and what is trimmed."""

from __future__ import annotations

import json
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agent.engines.llm import LlmEngine, LlmSettings
from agent.engines.llm.desk import Desk
from agent.engines.llm.pictures import show_pictures
from agent.engines.llm.provider import chat_models
from agent.engines.llm.tools import TOOLS
from agent.engines.llm.turn_state import Turn
from agent.model_calls import Refusal
from agent.outcome import Witness
from agent.turn import EngineError, HistoryLine, InboundText
from tests.agent.llm.world import NOW, FakeRecorder, FakeToolbox, moment_of, settings_for
from tests.fakes.openai_server import FAILURES, FakeOpenAI, Step, fail, say


def test_a_short_retry_after_is_waited_for() -> None:
    script = [fail(429, "rate_limit_exceeded", retry_after="0.3"), say("¿Qué buscas?")]
    started = monotonic()
    with FakeOpenAI(script) as server:
        LlmEngine(settings_for(server.url)).decide(moment_of("Hola"), FakeToolbox())
    assert monotonic() - started >= 0.3


@pytest.mark.parametrize("responses", [False, True])
def test_tools_go_out_as_the_library_would_send_them(responses: bool) -> None:
    with FakeOpenAI([say("¿Qué buscas?")]) as server:
        engine = LlmEngine(settings_for(server.url, responses=responses))
        engine.decide(moment_of("Hola"), FakeToolbox())
        library = ChatOpenAI(
            model="main",
            base_url=server.url,
            api_key=SecretStr("x"),
            use_responses_api=responses,
        )
        library.bind_tools(list(TOOLS)).invoke("Hola")
    ours, theirs = (body["tools"] for body in server.requests)
    assert ours == theirs
    assert len(ours) == len(TOOLS)


def completion(message: dict[str, Any], **more: Any) -> Step:
    """A whole answer on chat/completions, as it was written by hand."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}
    return Step(raw=json.dumps({"id": "x", "object": "x", "choices": [choice], **more}).encode())


CALL = {"id": "one", "type": "function", "function": {"name": "find_slots", "arguments": "{}"}}


@pytest.mark.parametrize(
    "step",
    [
        completion({"content": "¿Qué buscas?"}, padding="x" * 2_500_000),
        completion({"content": "", "tool_calls": [CALL, CALL]}),
    ],
    ids=["too large", "two calls with one id"],
)
def test_what_is_no_answer_is_not_acted_on(step: Step) -> None:
    toolbox = FakeToolbox()
    with FakeOpenAI([step]) as server:
        engine = LlmEngine(settings_for(server.url))
        with pytest.raises(EngineError):
            engine.decide(moment_of("Hola"), toolbox)
    assert toolbox.calls == []


@pytest.mark.parametrize(("seconds", "shown"), [(0, ("2", "3", "4")), (10, ("2", "3"))])
def test_the_last_pictures_are_loaded_as_far_as_there_is_time(
    seconds: float, shown: tuple[str, ...]
) -> None:
    context = replace(moment_of(), inbound=(InboundText("m1", "mira", images=tuple("1234")),))
    settings = settings_for("", deadline_seconds=30)
    turn = Turn(context, settings, Desk(30), Witness(FakeToolbox()), None)

    def read(file: str) -> tuple[str, bytes]:
        turn.desk.ends_at -= seconds
        return "image/png", file.encode()

    show_pictures(turn, read)
    assert tuple(picture.data.decode() for picture in turn.pictures) == shown
    assert turn.context.inbound[0].images == shown


def test_without_money_no_other_model_is_asked() -> None:
    recorder = FakeRecorder(refusals={"main": Refusal.DAY_BUDGET})
    with FakeOpenAI([say("¿Qué buscas?")]) as server:
        engine = LlmEngine(settings_for(server.url, fallback_model="spare"), recorder)
        with pytest.raises(EngineError):
            engine.decide(moment_of("Hola"), FakeToolbox())
    assert server.requests == []


def test_history_goes_when_the_context_is_too_long() -> None:
    history = (HistoryLine("lead", "hace mucho", NOW), HistoryLine("bot", "¿Y bien?", NOW))
    with FakeOpenAI([FAILURES["context_length"], say("¿Qué buscas?")]) as server:
        LlmEngine(settings_for(server.url)).decide(
            moment_of("Hola", history=history), FakeToolbox()
        )
    before, after = (body["messages"] for body in server.requests)
    assert [len(before), len(after)] == [4, 2]
    assert "<situation>" in after[-1]["content"]


def test_openai_gets_the_responses_api_and_stores_nothing() -> None:
    settings = LlmSettings(api_key="k", model="gpt-5.6-luna", fallback_model="gpt-4.1-mini")
    main, spare = (model._get_request_payload("Hola") for model in chat_models(settings))
    assert main["reasoning"] == {"effort": "low"}
    assert main["include"] == ["reasoning.encrypted_content"]
    assert main["max_output_tokens"] == settings.max_tokens
    assert "reasoning" not in spare
    for payload in (main, spare):
        assert payload["store"] is False
        assert "temperature" not in payload
        assert "input" in payload


@pytest.mark.parametrize(
    ("model", "limit"),
    [
        ("llama", "max_tokens"),
        ("mistral-small", "max_tokens"),
        ("openai/gpt-5.6-luna", "max_completion_tokens"),
    ],
)
def test_another_base_url_gets_only_what_every_server_knows(model: str, limit: str) -> None:
    with FakeOpenAI([say("¿Qué buscas?")]) as server:
        settings = replace(settings_for(server.url), model=model)
        LlmEngine(settings).decide(moment_of("Hola"), FakeToolbox())
    (body,) = server.requests
    assert set(body) == {limit, "messages", "model", "stream", "tools"}
    assert body[limit] == settings.max_tokens


def test_the_key_is_in_no_repr() -> None:
    assert "secret" not in repr(LlmSettings(api_key="secret"))
