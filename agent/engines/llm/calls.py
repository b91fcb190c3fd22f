"""Every call of the model: replayed or recorded, judged, retried once, then the fallback."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Sequence
from itertools import takewhile
from time import monotonic
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    SystemMessage,
    ToolMessage,
    message_to_dict,
    messages_from_dict,
)
from langchain_openai import ChatOpenAI

from agent.engines.llm.faults import FaultError, judge, wait_before_retry
from agent.engines.llm.metering import begin, fail, keep, plan, usage_of
from agent.engines.llm.provider import chat_models, cutoff
from agent.engines.llm.tools import SCHEMAS
from agent.engines.llm.turn_state import Turn
from agent.model_calls import NOTHING_USED
from agent.prompts import system_prompt

logger = logging.getLogger(__name__)
Handler = Callable[[ModelRequest[Turn]], ModelResponse[Any]]
# Less time than this cannot bring an answer; better to leave it to the guided engine.
SHORTEST_CALL = 0.5
# Marks the message that says what holds now; ids of human messages are not sent.
MOMENT = "moment"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Calls(AgentMiddleware[AgentState[Any], Turn, Any]):
    """Wraps the model: nothing acts on an answer that was not stored first."""

    def wrap_model_call(self, request: ModelRequest[Turn], handler: Handler) -> ModelResponse[Any]:
        turn = request.runtime.context
        _note_errors(request.messages, turn)
        index = turn.next_index()
        message = _stored(turn, index)
        if message is None:
            message = _ask(_with_prompt(request, turn), handler, turn)
            keep(turn, index, message)
        usage = usage_of(message) or NOTHING_USED
        turn.tokens_in += usage.tokens_in
        turn.tokens_out += usage.tokens_out
        return ModelResponse(result=[message])


def _note_errors(messages: Sequence[AnyMessage], turn: Turn) -> None:
    """Tools of the last answer that there are not, or that were not called in their form."""
    asked = takewhile(lambda message: isinstance(message, ToolMessage), reversed(messages))
    for message in reversed(list(asked)):
        if getattr(message, "status", "") == "error":
            turn.note("tool", message.name or "", "arguments", message.text)


def _stored(turn: Turn, index: int) -> AIMessage | None:
    recorder = turn.recorder
    stored = turn.desk.call(lambda: recorder.load(index)) if recorder else None
    if stored is None:
        return None
    (message,) = messages_from_dict([dict(stored)])
    if not isinstance(message, AIMessage):
        raise FaultError("stored answer is not one of the model")
    return message


def _storable(message: AIMessage) -> AIMessage:
    """Postgres refuses NUL, lone surrogates and NaN, and a replay must equal the first try."""
    try:
        (cleaned,) = messages_from_dict([_without_unstorable(message_to_dict(message))])
    except RecursionError:
        raise FaultError("broken tool call", usage=usage_of(message)) from None
    return cast(AIMessage, cleaned)


def _without_unstorable(value: Any) -> Any:
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {_without_unstorable(key): _without_unstorable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_unstorable(item) for item in value]
    return value


def _with_prompt(request: ModelRequest[Turn], turn: Turn) -> ModelRequest[Turn]:
    prompt = SystemMessage(system_prompt(turn.context.playbook))
    return request.override(system_message=prompt, tools=SCHEMAS)


def _ask(request: ModelRequest[Turn], handler: Handler, turn: Turn) -> AIMessage:
    """Climb down the ladder: the model, once more if that can help, then the fallback."""
    models = chat_models(turn.settings)
    fault = FaultError("no model")
    for model in models:
        for attempt in (1, 2):
            try:
                return _attempt(request.override(model=model), handler, turn)
            except FaultError as error:
                fault = error
                logger.warning(
                    "model call failed", extra={"model": model.model, "fault": fault.kind}
                )
            if fault.overflow:
                request = request.override(messages=_without_history(request.messages))
            if fault.final:
                raise fault
            pause = wait_before_retry(fault, turn.settings)
            if attempt == 2 or pause is None or (fault.slow and model is not models[-1]):
                break
            turn.desk.pause(pause)
    raise fault


def _attempt(request: ModelRequest[Turn], handler: Handler, turn: Turn) -> AIMessage:
    seconds = min(turn.settings.call_seconds, turn.desk.remaining)
    if seconds < SHORTEST_CALL:
        raise FaultError("deadline", retryable=False)
    sent = [*filter(None, [request.system_message]), *request.messages]
    begin(turn, plan(_name(request), sent, request.tools, turn.settings.max_tokens))
    try:
        return _storable(_called(request, handler, monotonic() + seconds))
    except FaultError as fault:
        fail(turn, fault)
        raise


def _called(request: ModelRequest[Turn], handler: Handler, ends_at: float) -> AIMessage:
    token = cutoff.set(ends_at)
    try:
        response = handler(request)
    except Exception as error:
        # Broken bodies come out of the SDK as any exception at all (notes/agent.md).
        raise FaultError.of(error) from error
    finally:
        cutoff.reset(token)
    message = response.result[0] if response.result else None
    if not isinstance(message, AIMessage):
        raise FaultError("no answer", sick=True)
    try:
        return judge(message)
    except FaultError as fault:
        fault.usage = usage_of(message)
        raise


def _name(request: ModelRequest[Turn]) -> str:
    return cast(ChatOpenAI, request.model).model_name


def _without_history(messages: list[Any]) -> list[Any]:
    """Keep the moment and what followed it: the history is what made it too long."""
    at = next((i for i, message in enumerate(messages) if message.id == MOMENT), 0)
    return messages[at:]
