"""What is asked of which provider, how often, and what is trimmed."""

from __future__ import annotations

from time import monotonic

from agent.engines.llm import LlmEngine, LlmSettings
from agent.engines.llm.provider import chat_models
from agent.turn import HistoryLine
from tests.agent.llm.world import NOW, FakeToolbox, moment_of, settings_for
from tests.fakes.openai_server import FAILURES, FakeOpenAI, fail, say


def test_a_short_retry_after_is_waited_for() -> None:
    script = [fail(429, "rate_limit_exceeded", retry_after="0.3"), say("¿Qué buscas?")]
    started = monotonic()
    with FakeOpenAI(script) as server:
        LlmEngine(settings_for(server.url)).decide(moment_of("Hola"), FakeToolbox())
    assert monotonic() - started >= 0.3


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


def test_another_base_url_gets_only_what_every_server_knows() -> None:
    settings = LlmSettings(api_key="k", base_url="http://127.0.0.1:1/v1", model="llama")
    (model,) = chat_models(settings)
    assert set(model._get_request_payload("Hola")) == {
        "max_completion_tokens",
        "messages",
        "model",
        "stream",
    }


def test_the_key_is_in_no_repr() -> None:
    assert "secret" not in repr(LlmSettings(api_key="secret"))
