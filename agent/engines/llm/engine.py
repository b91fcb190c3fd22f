"""Decide a turn with a model: LangChain's agent, our limits, gates and clock around it."""

from __future__ import annotations

import base64
import logging
from dataclasses import replace
from functools import lru_cache
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langgraph.graph.state import CompiledStateGraph

from agent.engines.guided.languages import choose_language
from agent.engines.guided.persons import asks_for_person
from agent.engines.llm.calls import MOMENT, Calls
from agent.engines.llm.desk import DeadlineError, Desk, WorkError
from agent.engines.llm.faults import FaultError
from agent.engines.llm.metering import abandon
from agent.engines.llm.pictures import show_pictures
from agent.engines.llm.provider import chat_models
from agent.engines.llm.replies import compose, in_other_language, rescue
from agent.engines.llm.settings import LlmSettings, Picture, ReadPicture
from agent.engines.llm.shortcuts import take_named_tap, without_model
from agent.engines.llm.tools import TOOLS
from agent.engines.llm.turn_state import NAME, LimitError, Turn
from agent.gates import Verdict, check, disclose, vetoes
from agent.model_calls import ModelRecorder
from agent.outcome import Witness
from agent.prompts import moment
from agent.prompts.playbook import LANGUAGES
from agent.prompts.text import as_data
from agent.turn import (
    EngineError,
    HistoryLine,
    Toolbox,
    TurnContext,
    TurnResult,
)

logger = logging.getLogger(__name__)


class LlmEngine:
    """Implements Engine. What the toolbox or the recorder raise leaves `decide` unchanged."""

    name = NAME

    def __init__(
        self,
        settings: LlmSettings,
        recorder: ModelRecorder | None = None,
        read_picture: ReadPicture | None = None,
    ) -> None:
        self._settings = settings
        self._recorder = recorder
        self._read_picture = read_picture

    def decide(self, context: TurnContext, toolbox: Toolbox) -> TurnResult:
        """Answer within the deadline or raise EngineError.

        Once a booking, a cancellation or a hand-off went through, the lead is told by code even
        if the model fails afterwards: an error would hide what happened.
        """
        turn = Turn(
            context=replace(context, language=choose_language(context)),
            settings=self._settings,
            desk=Desk(self._settings.deadline_seconds),
            witness=Witness(toolbox),
            recorder=self._recorder,
        )
        if (answer := without_model(turn)) is not None:
            return answer
        show_pictures(turn, self._read_picture)
        try:
            return turn.desk.serve(lambda: _converse(turn))
        except (DeadlineError, WorkError) as error:
            abandon(turn)
            return _rescue(turn, error.__cause__ or error)


class VetoError(Exception):
    """The gates refused both answers. Names the gates."""


@lru_cache(maxsize=4)
def _agent(settings: LlmSettings) -> CompiledStateGraph[Any, Turn, Any, Any]:
    """The graph holds no turn: everything of one travels in the runtime context."""
    limit: Any = ModelCallLimitMiddleware(run_limit=settings.max_calls, exit_behavior="error")
    return create_agent(
        chat_models(settings)[0], list(TOOLS), middleware=[limit, Calls()], context_schema=Turn
    )


def _converse(turn: Turn) -> TurnResult:
    """Ask, judge, and ask once more when a gate refuses."""
    messages = _run(turn, _messages(turn))
    take_named_tap(turn)
    text = _text(messages)
    result = _finish(turn, text)
    refused = _refused(turn, result, text)
    if not refused:
        return result
    logger.info("reply vetoed", extra={"gates": [verdict.gate for verdict in refused]})
    for verdict in refused:
        turn.note("gate", verdict.gate, detail=verdict.reason)
    messages = _run(turn, [*messages, _correction(refused)])
    text = _text(messages)
    result = _finish(turn, text)
    if again := _refused(turn, result, text):
        raise VetoError(", ".join(dict.fromkeys(each.gate for each in (*refused, *again))))
    return result


def _run(turn: Turn, messages: list[BaseMessage]) -> list[BaseMessage]:
    state = _agent(turn.settings).invoke(
        {"messages": messages},
        # create_agent would allow 9,999 steps; one call takes at most four.
        {"recursion_limit": 5 * turn.settings.max_calls, "max_concurrency": 1},
        context=turn,
    )
    return list(state["messages"])


def _text(messages: list[BaseMessage]) -> str:
    last = messages[-1]
    return last.text if isinstance(last, AIMessage) else ""


def _finish(turn: Turn, text: str) -> TurnResult:
    replies = compose(text, turn.context, turn.witness.outcome)
    return disclose(turn.result(replies), turn.context)


def _refused(turn: Turn, result: TurnResult, text: str) -> tuple[Verdict, ...]:
    outcome = turn.witness.outcome
    if outcome.settled is not None:
        # Rendered from the row: nothing of it is the model's to correct.
        return ()
    refused = vetoes(check(result, turn.context, outcome))
    return (*refused, *_in_another_language(turn, text), *_asked_in_vain(turn))


def _in_another_language(turn: Turn, text: str) -> tuple[Verdict, ...]:
    context = turn.context
    if not in_other_language(text, context):
        return ()
    wanted = LANGUAGES[context.language]
    return (Verdict("language", False, f"The lead reads {wanted}: say it in {wanted}."),)


def _asked_in_vain(turn: Turn) -> tuple[Verdict, ...]:
    if turn.witness.outcome.handed_off or not asks_for_person(turn.context.inbound):
        return ()
    told = "The lead asks for a person: call hand_off, and say that somebody will answer here."
    return (Verdict("asked", False, told),)


def _rescue(turn: Turn, error: BaseException) -> TurnResult:
    kind = str(error) if isinstance(error, FaultError | LimitError | VetoError) else ""
    logger.warning("model turn failed", extra={"error": type(error).__name__, "fault": kind})
    replies = rescue(turn.context, turn.witness.outcome)
    if replies:
        return disclose(turn.result(replies), turn.context)
    raise EngineError(f"{type(error).__name__}: {kind}".rstrip(": "), turn.remarks) from error


def _messages(turn: Turn) -> list[BaseMessage]:
    """History as said, then the moment: facts and tool outcomes live there, not in history."""
    context = turn.context
    history = context.history[-turn.settings.history_lines :]
    note = "".join(
        f"the tapped slot was tried: {booking.status.value}"
        for booking in turn.witness.outcome.bookings
    )
    text: dict[str, Any] = {"type": "text", "text": moment(context, note)}
    shown = [text, *map(_part, turn.pictures)] if turn.pictures else text["text"]
    last = HumanMessage(shown, id=MOMENT)
    return [*(_line(line) for line in history), last]


def _part(picture: Picture) -> dict[str, Any]:
    encoded = base64.b64encode(picture.data).decode("ascii")
    return {"type": "image", "base64": encoded, "mime_type": picture.mime_type}


def _line(line: HistoryLine) -> BaseMessage:
    if line.author == "bot":
        return AIMessage(line.text)
    tag = "staff_message" if line.author == "staff" else "lead_message"
    return HumanMessage(f"<{tag}>{as_data(line.text)}</{tag}>")


def _correction(refused: tuple[Verdict, ...]) -> HumanMessage:
    reasons = " ".join(verdict.reason for verdict in refused)
    return HumanMessage(
        f"<situation>Your reply was not sent. {reasons} Do what is missing with the tools, or "
        "write the reply again without it. The lead has seen nothing.</situation>"
    )
