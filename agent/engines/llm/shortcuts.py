"""What needs no model, or must not be left to one: a tap, words for a person, an unheard voice."""

from __future__ import annotations

import re

from agent.engines.llm.replies import compose
from agent.engines.llm.turn_state import Turn
from agent.gates import disclose
from agent.outcome import SETTLED
from agent.prompts.text import fold
from agent.turn import BookingResult, HandoffWhy, Reply, TurnResult
from agent.wording import handing_over, say, taken, unheard


def without_model(turn: Turn) -> TurnResult | None:
    """The answer where code knows it; None when the model has to be asked."""
    return _answer_policy(turn) or _answer_tap(turn) or _answer_unheard(turn)


def _answer_policy(turn: Turn) -> TurnResult | None:
    """Words that the business wants a person for: at once, and whatever a model would make of it."""
    context = turn.context
    said = "\n".join(fold(message.text) for message in context.inbound)
    words = (re.escape(fold(word)) for word in context.playbook.hand_off.words if fold(word))
    if not any(re.search(rf"(?<!\w){word}(?!\w)", said) for word in words):
        return None
    turn.witness.hand_off(HandoffWhy.POLICY)
    told = handing_over(HandoffWhy.POLICY, context, context.language)
    return disclose(turn.result((Reply(told),)), context)


def _answer_tap(turn: Turn) -> TurnResult | None:
    """A tap on an offered row, and nothing else, is an order: no model needed or asked."""
    slot_id = _tapped(turn)
    if slot_id is None or len(turn.context.inbound) != 1:
        return None
    result = _book(turn, slot_id)
    if result.status in SETTLED:
        return disclose(turn.result(compose("", turn.context, turn.witness.outcome)), turn.context)
    if not result.alternatives:
        return None
    lead = turn.context.lead
    offer = taken(
        result.alternatives,
        zone=lead.time_zone,
        language=turn.context.language,
        certain=lead.time_zone_certain,
    )
    return turn.result((offer,))


def _answer_unheard(turn: Turn) -> TurnResult | None:
    """Nothing but voice notes that nobody made words of: honest words, and no model needed."""
    context = turn.context
    if not context.unheard:
        return None
    said = unheard(context, context.language)
    text = say(said, context.language)
    if said == "audio_person":
        turn.witness.hand_off(HandoffWhy.STUCK)
        text = handing_over(HandoffWhy.STUCK, context, context.language, text=text)
    return disclose(turn.result((Reply(text),)), context)


def take_named_tap(turn: Turn) -> None:
    """The model forgot the tap that ended a burst: book it, unless it did something else."""
    slot_id = _tapped(turn)
    outcome = turn.witness.outcome
    if slot_id and not (outcome.bookings or outcome.slots or outcome.handed_off):
        turn.desk.call(lambda: _book(turn, slot_id))


def _tapped(turn: Turn) -> str | None:
    reply_id = turn.context.inbound[-1].reply_id if turn.context.inbound else ""
    if turn.context.meeting is None and not turn.may_meet:
        return None
    return next((slot.id for slot in turn.context.offered if slot.id == reply_id), None)


def _book(turn: Turn, slot_id: str) -> BookingResult:
    if turn.context.meeting is not None:
        return turn.witness.reschedule(slot_id)
    return turn.witness.check_and_book(slot_id)
