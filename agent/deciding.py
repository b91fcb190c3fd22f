"""Have an engine decide, and judge what it wants said: the one way, for leads and for replays."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from agent import gates
from agent.gates import Verdict
from agent.outcome import Outcome, Witness
from agent.turn import (
    Engine,
    EngineError,
    HandoffWhy,
    Reply,
    Toolbox,
    TurnContext,
    TurnResult,
)
from agent.wording import handing_over

logger = logging.getLogger(__name__)

# Only for a model: the flow without one may have to say the same thing again.
FOR_MODELS = frozenset({"repetition"})

KeepVerdicts = Callable[[tuple[Verdict, ...]], None]


def decide(
    engine: Engine, seen: TurnContext, toolbox: Toolbox, *, is_last: bool, keep: KeepVerdicts
) -> TurnResult:
    """What may leave. Vetoed: EngineError, or a human where this engine is the last to be asked."""
    witness = Witness(toolbox)
    result = gates.disclose(engine.decide(seen, witness), seen)
    verdicts = gates.check(result, seen, witness.outcome)
    keep(verdicts)
    refused = vetoes(verdicts, witness.outcome, is_last=is_last)
    if not refused:
        return result
    names = ", ".join(verdict.gate for verdict in refused)
    if is_last:
        return _handed_over(result, seen, toolbox, names)
    raise EngineError(f"vetoed by {names}", result.remarks)


def vetoes(
    verdicts: tuple[Verdict, ...], outcome: Outcome, *, is_last: bool
) -> tuple[Verdict, ...]:
    """The gates that hold the replies back."""
    # What has happened is told by code from its rows: holding that back would only mislead.
    if outcome.settled is not None:
        return ()
    ignored = FOR_MODELS if is_last else frozenset()
    return tuple(each for each in gates.vetoes(verdicts) if each.gate not in ignored)


def _handed_over(
    result: TurnResult, seen: TurnContext, toolbox: Toolbox, vetoes: str
) -> TurnResult:
    """Nobody is left to ask, and the lead must hear something: a human, and saying so."""
    logger.error("guided engine vetoed by %s", vetoes)
    toolbox.hand_off(HandoffWhy.STUCK)
    reply = Reply(handing_over(HandoffWhy.STUCK, seen, result.language))
    return gates.disclose(replace(result, replies=(reply,)), seen)
