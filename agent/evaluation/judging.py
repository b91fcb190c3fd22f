"""What came of a scenario, by the rows and by the words: every way in which it fell short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from agent.evaluation.scenario import Expected
from agent.evaluation.stage import Line
from agent.prompts.rules import CANARY
from conversations.models import TAKES_TIME, Conversation, Fact, Meeting

# Words of ours that no lead may ever read.
NEVER = (re.escape(CANARY), "traceback", r"\bexception\b", r"\bnone\b", r"\{\w*\}")


def shortcomings(
    expected: Expected, conversation: Conversation, lines: list[Line]
) -> tuple[str, ...]:
    """Nothing when the rows equal the reference and the required things were said."""
    return (
        *_facts(expected, conversation),
        *_meeting(expected, conversation),
        *_standing(expected, conversation),
        *_words(expected, lines),
    )


def _facts(expected: Expected, conversation: Conversation) -> Iterator[str]:
    current = Fact.objects.filter(lead=conversation.lead, superseded_at=None)
    known = dict(current.values_list("key", "value"))
    for key in sorted({*expected.facts, *known}):
        wanted, is_there = expected.facts.get(key), known.get(key)
        if not _equal(wanted, is_there):
            yield f"{key} is {is_there!r}, not {wanted!r}"


def _equal(wanted: Any, is_there: Any) -> bool:
    return is_there in wanted if isinstance(wanted, list) else bool(is_there == wanted)


def _meeting(expected: Expected, conversation: Conversation) -> Iterator[str]:
    meetings = Meeting.objects.filter(lead=conversation.lead).order_by("created_at")
    last = meetings.last()
    state = "none" if last is None else "booked" if last.state in TAKES_TIME else str(last.state)
    if state != expected.meeting:
        yield f"the meeting is {state}, not {expected.meeting}"
    if meetings.filter(state__in=TAKES_TIME).count() > 1:
        yield "two meetings stand"
    if expected.at and last is not None:
        zone = ZoneInfo(conversation.lead.time_zone or "America/Mexico_City")
        at = f"{last.during.lower.astimezone(zone):%Y-%m-%dT%H:%M}"
        if at != expected.at:
            yield f"the meeting is at {at}, not {expected.at}"


def _standing(expected: Expected, conversation: Conversation) -> Iterator[str]:
    lead = conversation.lead
    if conversation.handoff_reason != expected.handed_off:
        yield f"handed off for {conversation.handoff_reason or 'nothing'!r}, not {expected.handed_off or 'nothing'!r}"
    if (lead.opted_out_at is not None) != expected.opted_out:
        yield f"opted out is {lead.opted_out_at is not None}"
    if expected.language and conversation.language != expected.language:
        yield f"answered in {conversation.language!r}, not {expected.language!r}"
    if expected.stage and lead.stage != expected.stage:
        yield f"the stage is {lead.stage}, not {expected.stage}"


def _words(expected: Expected, lines: list[Line]) -> Iterator[str]:
    ours = [line.text for line in lines if line.author == "us"]
    everything = "\n".join(ours)
    for pattern in expected.said:
        if not re.search(pattern, everything, re.IGNORECASE):
            yield f"nothing like /{pattern}/ was said"
    for pattern in (*expected.never, *NEVER):
        if found := re.search(pattern, everything, re.IGNORECASE):
            yield f"{found[0]!r} was said"
    if expected.last and not (ours and re.search(expected.last, ours[-1], re.IGNORECASE)):
        yield f"the last words are not like /{expected.last}/"
    spoken = [(line.text, line.options) for line in lines if line.author == "us"]
    for earlier, (text, options) in pairwise(spoken):
        # The same times may be offered again.
        if earlier == (text, options) and not options:
            yield f"said twice in a row: {text[:60]!r}"
