"""Turns out of messages alone, for a conversation that no run of the agent tells of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from agent import context
from agent.playbook.schema import Playbook
from agent.replay import then
from agent.replay.line import named_by
from agent.replay.turns import PastTurn
from agent.turn import InboundText, KnownFact, LeadView, TurnContext
from conversations.models import Author, Conversation, Direction, Fact, Message
from conversations.services import optout
from conversations.services.consent_words import consent_in
from conversations.services.inbound import Pace

AT_MOST = Pace.at_most


def turns(
    conversation: Conversation, messages: Sequence[Message], playbook: Playbook
) -> list[PastTurn]:
    """Bursts as the agent would have met them, until a human wrote."""
    found: list[PastTurn] = []
    for burst in _bursts(messages):
        last = burst[-1]
        inbound = tuple(map(context.inbound_text, burst))
        at = min(last.created_at + _pause(), burst[0].created_at + AT_MOST)
        anchor = None
        if not found:
            earlier = [message for message in messages if message.number < burst[0].number]
            anchor = _opening(conversation, earlier, playbook, inbound, at)
        before = then.words_after(messages, last.number)
        found.append(PastTurn(last.number, at, inbound, before, anchor))
    return found


def consent(message: Message) -> bool | None:
    """What an inbound message says about writing to its author, if anything."""
    is_said = message.direction == Direction.INBOUND and message.kind in optout.WORDS
    return consent_in(message.text) if is_said else None


def _pause() -> timedelta:
    return timedelta(seconds=settings.AGENT_DEBOUNCE_SECONDS)


def _bursts(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The coalescing rule: what follows within the pause, for ten seconds at most, unanswered."""
    burst: list[Message] = []
    for message in messages:
        if message.author == Author.STAFF:
            break
        if burst and not _goes_on(burst, message):
            yield burst
            burst = []
        if _is_answered(message):
            burst.append(message)
    if burst:
        yield burst


def _goes_on(burst: Sequence[Message], message: Message) -> bool:
    return (
        message.direction == Direction.INBOUND
        and message.created_at <= burst[-1].created_at + _pause()
        and message.created_at <= burst[0].created_at + AT_MOST
    )


def _is_answered(message: Message) -> bool:
    return (
        message.direction == Direction.INBOUND
        and message.kind not in context.NOT_SAID
        and message.revoked_at is None
        and "group" not in message.content
        and consent(message) is None
    )


def _opening(
    conversation: Conversation,
    earlier: Sequence[Message],
    playbook: Playbook,
    inbound: tuple[InboundText, ...],
    at: datetime,
) -> TurnContext:
    lead = conversation.lead
    facts = _facts_at(conversation, at)
    lines = [line for line in map(context.history_line, earlier) if line.text]
    return TurnContext(
        now=at,
        language=context.language_of(conversation),
        playbook=playbook,
        lead=named_by(
            facts,
            LeadView(
                profile_name=lead.profile_name,
                time_zone=lead.time_zone or context.DEFAULT_ZONE,
            ),
        ),
        inbound=inbound,
        history=tuple(lines[-context.HISTORY :]),
        facts=facts,
        first_turn=not any(line.author != "lead" for line in lines),
    )


def _facts_at(conversation: Conversation, at: datetime) -> tuple[KnownFact, ...]:
    """What was known before that moment; later answers are left to be found again."""
    rows = Fact.objects.filter(lead=conversation.lead, created_at__lt=at).exclude(
        superseded_at__lt=at
    )
    return tuple(KnownFact(row.key, row.value, row.quote) for row in rows.order_by("created_at"))
