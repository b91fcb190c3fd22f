"""What is asked of which provider, how often, and what is trimmed."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import pytest

from agent.engines.llm import LlmEngine, LlmSettings
from agent.engines.llm.provider import chat_models
from agent.model_calls import Refusal
from agent.turn import EngineError, HistoryLine
from tests.agent.llm.world import NOW, FakeRecorder, FakeToolbox, moment_of, settings_for
from tests.fakes.openai_server import FAILURES, FakeOpenAI, fail, say


def test_a_short_retry_after_is_waited_for() -> None:
    script = [fail(429, "rate_limit_exceeded", retry_after="0.3"), say("¿Qué buscas?")]
    started = monotonic()
    with FakeOpenAI(script) as server:
        LlmEngine(settings_for(server.url)).decide(moment_of("Hola"), FakeToolbox())
    assert monotonic() - started >= 0.3


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
