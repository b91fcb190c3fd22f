"""The replayed line of a conversation: what a turn leaves to the next one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from pydantic import TypeAdapter

from agent.context import HISTORY
from agent.playbook.schema import Playbook
from agent.replay.calendar import StoredCalendar
from agent.replay.freezing import Frozen
from agent.replay.play import Before, PlayedTurn
from agent.replay.turns import PastTurn
from agent.turn import (
    HistoryLine,
    InboundText,
    KnownFact,
    Language,
    LeadView,
    MeetingView,
    SlotView,
    TurnContext,
)
from conversations.services.facts import COLUMN_LIMIT, COLUMNS
from conversations.services.meeting_offers import OFFER_LASTS


@dataclass(frozen=True)
class Offer:
    """A time on offer until it runs out."""

    slot: SlotView
    expires_at: datetime


@dataclass(frozen=True)
class Line:
    """What is known, said and agreed in the replay, whatever happened then.

    `offered` are the times of the latest offer, `offers` all that can still be had. `handed_off`:
    a human has the conversation, and the agent says nothing more of its own.
    """

    language: Language = "es"
    lead: LeadView = field(default_factory=LeadView)
    facts: tuple[KnownFact, ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    meeting: MeetingView | None = None
    offered: tuple[SlotView, ...] = ()
    offers: tuple[Offer, ...] = ()
    changes: tuple[datetime, ...] = ()
    history: tuple[HistoryLine, ...] = ()
    handed_off: bool = False
    opted_out: bool = False


STORED = TypeAdapter(Line)


def context_of(
    turn: PastTurn, line: Line, playbook: Playbook, calendar: StoredCalendar
) -> TurnContext:
    """What the agent sees: the lead's own words of then, all else as the line has it."""
    if turn.anchor is not None:
        return turn.anchor
    at, meeting = turn.at, line.meeting
    return TurnContext(
        now=at,
        language=line.language,
        playbook=playbook,
        lead=line.lead,
        inbound=_taps(turn.inbound, line.offered, calendar),
        history=line.history,
        facts=_with(line.facts, turn.corrected),
        state=line.state,
        meeting=meeting if meeting and meeting.ends_at > at else None,
        offered=tuple(
            slot for slot in line.offered if slot.starts_at > at and slot.id in _open(line, at)
        ),
        first_turn=all(each.author == "lead" for each in line.history),
    )


def dump(line: Line) -> dict[str, Any]:
    """As it is stored with the turn that it comes after."""
    return cast(dict[str, Any], STORED.dump_python(line, mode="json"))


def load(stored: Any) -> Line:
    """The line that was dumped."""
    return STORED.validate_python(stored)


def beside(turn: PastTurn, line: Line, frozen: Frozen) -> Before:
    """What the tools find beside the context."""
    bookable = tuple(offer.slot for offer in line.offers if offer.expires_at > turn.at)
    return Before(frozen.calendar, bookable, line.changes, frozen.locked_at(turn.at))


def after(turn: PastTurn, seen: TurnContext, line: Line, played: PlayedTurn) -> Line:
    """The line that the next turn goes on from."""
    until = turn.at + OFFER_LASTS
    fresh = tuple(Offer(slot, until) for slot in played.slots)
    return Line(
        language=played.language,
        lead=_lead(seen.lead, played),
        facts=played.facts,
        state=played.state,
        meeting=played.meeting,
        offered=played.offered,
        offers=(*(offer for offer in line.offers if offer.expires_at > turn.at), *fresh),
        changes=played.changes,
        history=(*seen.history, *_lines(turn, played))[-HISTORY:],
        handed_off=played.handed_off is not None,
    )


def begun(turn: PastTurn, frozen: Frozen) -> Line:
    """A line as the first turn finds it; all else is in that turn's own context."""
    until = turn.at + OFFER_LASTS
    return Line(offers=tuple(Offer(slot, until) for slot in frozen.offered), changes=frozen.changes)


def named_by(facts: Iterable[KnownFact], lead: LeadView) -> LeadView:
    """The lead with those answers that are columns of theirs."""
    columns: dict[str, Any] = {
        COLUMNS[fact.key]: str(fact.value)[:COLUMN_LIMIT] for fact in facts if fact.key in COLUMNS
    }
    return replace(lead, **columns)


def unanswered(turn: PastTurn, line: Line) -> Line:
    """Stop and resume change who may be written to, and nothing else."""
    return replace(
        line,
        opted_out=line.opted_out if turn.consent is None else not turn.consent,
        history=(*line.history, *_heard(turn))[-HISTORY:],
    )


def _open(line: Line, at: datetime) -> set[str]:
    return {offer.slot.id for offer in line.offers if offer.expires_at > at}


def _taps(
    inbound: Sequence[InboundText], offered: Sequence[SlotView], calendar: StoredCalendar
) -> tuple[InboundText, ...]:
    """A tapped time is the same time in the line, whatever its id is here."""
    return tuple(_tap(message, offered, calendar) for message in inbound)


def _tap(
    message: InboundText, offered: Sequence[SlotView], calendar: StoredCalendar
) -> InboundText:
    tapped = calendar.time_of(message.reply_id) if message.reply_id else None
    same = [slot for slot in offered if tapped and slot.starts_at == tapped.starts_at]
    return replace(message, reply_id=same[0].id) if same else message


def _with(facts: Sequence[KnownFact], corrected: Sequence[KnownFact]) -> tuple[KnownFact, ...]:
    known = {fact.key: fact for fact in (*facts, *corrected)}
    return tuple(known.values())


def _lead(lead: LeadView, played: PlayedTurn) -> LeadView:
    """A zone that they named is theirs from then on."""
    zone = played.state.get("zone") or lead.time_zone
    return named_by(played.facts, replace(lead, time_zone=zone))


def _lines(turn: PastTurn, played: PlayedTurn) -> tuple[HistoryLine, ...]:
    said = (HistoryLine("bot", reply.text, turn.at) for reply in played.replies)
    return (*_heard(turn), *said)


def _heard(turn: PastTurn) -> tuple[HistoryLine, ...]:
    return tuple(
        HistoryLine("lead", message.text, turn.at) for message in turn.inbound if message.text
    )
