"""What the agent said and did back then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from agent import decisions
from agent.deciding import FOR_MODELS
from agent.engines.guided.engine import GuidedEngine
from agent.models import AgentRun, AgentStep, Effect
from agent.outcome import SETTLED
from agent.playbook.schema import parse_playbook
from agent.playbook.scoring import score
from agent.replay.sides import Said, Side, money, said, starts, values
from agent.tools.toolbox import BOOKED, FALLBACK_FROM, SAVED, SLOTS
from agent.turn import BookingResult, BookingStatus, TurnContext
from conversations.models import Direction, Message
from conversations.services import words

BOOKINGS = ("check_and_book", "reschedule", "cancel_meeting")


def side_of(run: AgentRun, seen: TurnContext) -> Side:
    """A turn that was finished, out of its rows."""
    done = sorted(
        (effect for effect in run.effects.all() if effect.done_at), key=lambda each: each.index
    )
    facts = next(
        (SAVED.validate_python(each.result).facts for each in _last(done, "save_answers")),
        seen.facts,
    )
    searches = [SLOTS.validate_python(each.result) for each in _last(done, "find_slots")]
    handed = [str(each.arguments.get("why", "")) for each in _last(done, "hand_off")]
    bookings = [BOOKED.validate_python(each.result) for each in _last(done, *BOOKINGS)]
    rated = score(parse_playbook(run.playbook_version.content), facts)
    return Side(
        said=said(decisions.load(run.decision).replies),
        facts=values(facts),
        score=rated.points,
        temperature=rated.temperature,
        slots=starts(searches[0].slots) if searches else (),
        handed_off=handed[0] if handed else "",
        booking=bookings[0].status if bookings else "",
        meeting_at=_meeting_at(bookings, seen),
        vetoes=_vetoes(run, bookings),
        engine=run.engine,
        tokens_in=run.tokens_in,
        tokens_out=run.tokens_out,
        cost=money(run.cost),
        problem=run.problem,
    )


def _last(effects: Sequence[Effect], *tools: str) -> list[Effect]:
    return [effect for effect in effects if effect.tool in tools][-1:]


def _vetoes(run: AgentRun, bookings: Sequence[BookingResult]) -> tuple[str, ...]:
    """Of the engine that decided: deciding.vetoes, read from its rows."""
    if any(booking.status in SETTLED for booking in bookings):
        return ()
    first = FALLBACK_FROM if run.problem else 0
    ignored = FOR_MODELS if run.engine == GuidedEngine.name else frozenset()
    return tuple(
        step.name
        for step in run.steps.all()
        if step.kind == AgentStep.Kind.GATE
        and step.index >= first
        and step.name not in ignored
        and not step.result.get("passed", True)
    )


def _meeting_at(bookings: Sequence[BookingResult], seen: TurnContext) -> datetime | None:
    meeting = seen.meeting
    for booking in bookings:
        if booking.status in SETTLED:
            meeting = None if booking.status is BookingStatus.CANCELLED else booking.meeting
    return meeting.starts_at if meeting else None


def words_after(messages: Sequence[Message], number: int) -> Side:
    """What was said until the lead wrote again, where no run tells more."""
    later = (message for message in messages if message.number > number)
    ours = takewhile(lambda message: message.direction == Direction.OUTBOUND, later)
    texts = (words.of(message) for message in ours)
    return Side(said=tuple(Said(text) for text in texts if text), is_known=False)
