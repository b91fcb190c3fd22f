"""The chat models of one configuration, and an HTTP client that obeys the turn's clock."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextvars import ContextVar
from functools import lru_cache
from time import monotonic
from typing import Any

import httpx2
import openai
from langchain_core.language_models import LanguageModelInput
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agent.engines.llm.settings import LlmSettings

# A chat answer is a few kilobytes; whatever is larger is not one.
BODY_LIMIT = 2_000_000
# OpenAI's newer models, at whoever serves them, refuse `max_tokens`; many other servers know no
# other name, and refuse or pass over the newer one (then nothing would limit an answer's price).
NEW_LIMIT = ("gpt-5", "gpt-6", "o1", "o3", "o4")
cutoff: ContextVar[float] = ContextVar("llm_cutoff")


class _TimedBody(httpx2.SyncByteStream):
    """A response body that ends in a time-out however slowly it trickles."""

    def __init__(self, body: httpx2.SyncByteStream, ends_at: float) -> None:
        self._body = body
        self._ends_at = ends_at

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._body:
            size += len(chunk)
            if monotonic() > self._ends_at:
                raise httpx2.ReadTimeout("The answer took too long.")
            if size > BODY_LIMIT:
                raise httpx2.ReadError("The answer is too large.")
            yield chunk

    def close(self) -> None:
        self._body.close()


class ChatModel(ChatOpenAI):
    """Sends the tools as they are: the SDK would walk through their schemas, 5 ms a call."""

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        payload = super()._get_request_payload(input_, stop=stop, **kwargs)
        if "tools" in payload:
            extra = payload.get("extra_body") or {}
            payload["extra_body"] = {**extra, "tools": payload.pop("tools")}
        return payload


@lru_cache(maxsize=1)
def http_client() -> openai.DefaultHttpxClient:
    """The one client of this process, made after any fork."""
    client = openai.DefaultHttpxClient(
        follow_redirects=False,
        event_hooks={"request": [_limit_request], "response": [_limit_response]},
    )
    atexit.register(client.close)
    return client


@lru_cache(maxsize=1)
def _unused_client() -> openai.DefaultAsyncHttpxClient:
    """ChatOpenAI builds one per model, certificates and all, unless it is given one."""
    return openai.DefaultAsyncHttpxClient()


@lru_cache(maxsize=4)
def chat_models(settings: LlmSettings) -> tuple[ChatOpenAI, ...]:
    """The model and, if there is one, its fallback."""
    names = dict.fromkeys(filter(None, (settings.model, settings.fallback_model)))
    return tuple(_chat_model(settings, name) for name in names)


def _chat_model(settings: LlmSettings, name: str) -> ChatOpenAI:
    extra: dict[str, Any] = {"max_completion_tokens": settings.max_tokens}
    if settings.responses:
        extra["store"] = False
    elif not (settings.official or name.rpartition("/")[2].startswith(NEW_LIMIT)):
        extra = {"extra_body": {"max_tokens": settings.max_tokens}}
    reasons = settings.official and name.startswith(("gpt-5", "gpt-6", "o"))
    if settings.responses and reasons:
        extra["include"] = ["reasoning.encrypted_content"]
        extra["reasoning"] = {"effort": settings.reasoning_effort}
    elif reasons:
        # Tools on chat/completions answer 400 with any other effort (notes/agent.md 6).
        extra["reasoning_effort"] = "none"
    return ChatModel(
        model=name,
        base_url=settings.base_url,
        api_key=SecretStr(settings.api_key or "none"),
        use_responses_api=settings.responses,
        timeout=settings.call_seconds,
        # The SDK sleeps for as long as Retry-After says; calls.py retries within the deadline.
        max_retries=0,
        http_client=http_client(),
        http_async_client=_unused_client(),
        **extra,
    )


def _limit_request(request: httpx2.Request) -> None:
    left = cutoff.get() - monotonic()
    if left <= 0:
        raise httpx2.ReadTimeout("No time left for a request.")
    given = request.extensions.get("timeout", {})
    kinds = ("connect", "read", "write", "pool")
    request.extensions["timeout"] = {kind: min(given.get(kind) or left, left) for kind in kinds}


def _limit_response(response: httpx2.Response) -> None:
    body = response.stream
    if isinstance(body, httpx2.SyncByteStream):
        response.stream = _TimedBody(body, cutoff.get())
