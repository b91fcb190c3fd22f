"""From the model's text and the turn's effects to messages; what happened is told by code."""

from __future__ import annotations

import re

from agent.claims import PEOPLE, clock_times
from agent.engines.guided.languages import count_words
from agent.outcome import Outcome
from agent.prompts.text import clean, fold
from agent.turn import BookingResult, BookingStatus, Language, Reply, TurnContext
from agent.wording import (
    cancelled,
    clock,
    confirmation,
    first_name,
    hand_off,
    handing_over,
    say,
    slot_list,
)

# The list's own text adds the zone to what the model wrote.
INTRO_LIMIT = 800
CLEARLY_FOREIGN = 4


def compose(text: str, context: TurnContext, outcome: Outcome) -> tuple[Reply, ...]:
    """A booking, move or cancellation replaces the text; times on offer follow it as a list."""
    words = plain(text)
    if outcome.settled is not None:
        return _settled(outcome.settled, context, outcome)
    if outcome.slots and not outcome.handed_off:
        return (_offer(words, context, outcome),)
    return (Reply(_telling(words, context, outcome)),)


def rescue(context: TurnContext, outcome: Outcome) -> tuple[Reply, ...]:
    """What must be said when the model fails after something has already happened."""
    if outcome.settled is not None:
        return _settled(outcome.settled, context, outcome)
    if outcome.handed_off:
        return (Reply(handing_over(outcome.why, context, context.language)),)
    if outcome.slots:
        return (_offer("", context, outcome),)
    return ()


def plain(text: str) -> str:
    """WhatsApp shows Markdown as it is typed; invisible characters have no business in it."""
    text = re.sub(r"\*\*(.+?)\*\*", r"*\1*", clean(text))
    text = re.sub(r"\[([^\]]+)\]\((https?://[^)\s]+)\)", r"\1: \2", text)
    return re.sub(r"(?m)^#{1,6} +", "", text).strip()


def in_other_language(text: str, context: TurnContext) -> bool:
    """Whether the model writes clearly in a language that the lead does not."""
    said = " ".join(message.text for message in context.inbound)
    counts, theirs, mine = count_words(text), count_words(said), context.language
    other = max(counts, key=counts.__getitem__)
    foreign = counts[other] >= CLEARLY_FOREIGN and counts[other] > 2 * counts[mine]
    return foreign and theirs[other] <= theirs[mine]


def _telling(words: str, context: TurnContext, outcome: Outcome) -> str:
    """Whoever is handed over hears so, and when somebody is there, also where a model forgot."""
    language = context.language
    if not (outcome.handed_off and words):
        return words
    knows = PEOPLE[language].search(fold(words))
    told = words if knows else f"{words}\n\n{hand_off(outcome.why, language)}"
    if clock_times(words):
        return told
    return handing_over(outcome.why, context, language, text=told)


def _settled(result: BookingResult, context: TurnContext, outcome: Outcome) -> tuple[Reply, ...]:
    told = [_settled_text(result, context, outcome)]
    if outcome.handed_off:
        told.append(handing_over(outcome.why, context, context.language))
    return tuple(Reply(text) for text in told)


def _settled_text(result: BookingResult, context: TurnContext, outcome: Outcome) -> str:
    language: Language = context.language
    if result.status is BookingStatus.CANCELLED or result.meeting is None:
        return cancelled(language)
    lead = context.lead
    return confirmation(
        result.meeting,
        language,
        name=first_name(lead.name),
        zone=lead.time_zone,
        moved=outcome.moved,
        note=context.playbook.meeting_note,
    )


def _offer(words: str, context: TurnContext, outcome: Outcome) -> Reply:
    lead = context.lead
    offered = {
        pair
        for slot in outcome.slots
        for pair in clock_times(clock(slot.starts_at, lead.time_zone, context.language))
    }
    named = clock_times(words)
    usable = words and len(words) <= INTRO_LIMIT and named <= offered
    return slot_list(
        outcome.slots,
        zone=lead.time_zone,
        language=context.language,
        certain=lead.time_zone_certain,
        intro=words if usable else say("slots", context.language),
    )
