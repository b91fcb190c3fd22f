"""Says before each call what it may take and after it what it took, on the engine's own thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, message_to_dict
from langchain_core.messages.utils import count_tokens_approximately

from agent.engines.llm.faults import FaultError
from agent.model_calls import Failure, PlannedCall, Refusal, Usage

if TYPE_CHECKING:
    from agent.engines.llm.turn_state import Turn

# Spanish and JSON take more tokens than the four characters a token of English.
CHARACTERS_PER_TOKEN = 3.0
# More than a picture takes in full detail.
TOKENS_PER_IMAGE = 1600
# A turn's calls together must fit a column, whatever a server claims.
MOST_TOKENS = 50_000_000


@dataclass(frozen=True)
class OpenCall:
    """A call under way: the recorder's ticket and when it began."""

    ticket: int
    began: float

    @property
    def milliseconds(self) -> int:
        return int((monotonic() - self.began) * 1000)


def plan(model: str, messages: list[Any], tools: list[Any], tokens_out: int) -> PlannedCall:
    """The most that a call will take.

    No tokenizer makes more tokens than a text has bytes: each byte beyond a character's first
    counts as one, so that a lead's emojis are not undercounted.
    """
    counted = count_tokens_approximately(
        messages,
        chars_per_token=CHARACTERS_PER_TOKEN,
        tokens_per_image=TOKENS_PER_IMAGE,
        tools=tools,
    )
    wide = sum(len(text.encode("utf-8", "replace")) - len(text) for text in map(_text, messages))
    return PlannedCall(model, counted + wide, tokens_out)


def usage_of(message: AIMessage) -> Usage | None:
    """What the provider says that it took; None when it says nothing."""
    told = message.usage_metadata
    if told is None:
        return None
    details: Mapping[str, Any] = told.get("input_token_details") or {}
    tokens_in = _sane(told.get("input_tokens"))
    cached = min(_sane(details.get("cache_read")), tokens_in)
    return Usage(tokens_in, cached, _sane(told.get("output_tokens")))


def begin(turn: Turn, planned: PlannedCall) -> None:
    """Ask for the money. Raises FaultError when the call may not be made."""
    recorder = turn.recorder
    if recorder is None:
        return

    def ask() -> Refusal | None:
        answer = recorder.begin(planned)
        if isinstance(answer, Refusal):
            return answer
        turn.open_call = OpenCall(answer, monotonic())
        return None

    if refusal := turn.desk.call(ask):
        raise FaultError(refusal.value, retryable=False, final=not refusal.of_one_model)


def keep(turn: Turn, index: int, message: AIMessage) -> None:
    """Store the answer with what it took."""
    stored, usage = message_to_dict(message), usage_of(message)

    def save() -> None:
        call = turn.open_call
        if turn.recorder is not None and call is not None:
            turn.recorder.save(
                index, stored, ticket=call.ticket, usage=usage, milliseconds=call.milliseconds
            )
            turn.open_call = None

    turn.desk.call(save)


def fail(turn: Turn, fault: FaultError) -> None:
    """Store that the call under way failed."""
    turn.desk.call(lambda: _close(turn, fault))


def abandon(turn: Turn) -> None:
    """The turn is over and its call was not: nobody will ever know what it took."""
    _close(turn, FaultError("deadline", sick=True))


def _close(turn: Turn, fault: FaultError) -> None:
    call = turn.open_call
    if turn.recorder is None or call is None:
        return
    failure = Failure(
        fault.kind, usage=fault.usage, free=fault.free, sick=fault.sick, hopeless=fault.hopeless
    )
    turn.recorder.fail(failure, ticket=call.ticket, milliseconds=call.milliseconds)
    turn.open_call = None


def _text(message: Any) -> str:
    return str(message.text)


def _sane(value: Any) -> int:
    return max(0, min(value, MOST_TOKENS)) if isinstance(value, int) else 0
