"""A turn's replies as the gates look at them, and what the business itself has stated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agent.claims import hosts, numbers, price_promises
from agent.outcome import Outcome
from agent.playbook.schema import Playbook
from agent.turn import MeetingView, TurnContext, TurnResult

# A shorter phrase of the playbook could be part of any sentence.
OURS_FROM = 12


@dataclass(frozen=True)
class Stated:
    """What the playbook itself says of money, links and numbers."""

    numbers: frozenset[int]
    promises: frozenset[str]
    hosts: frozenset[str]
    digits: str


@dataclass(frozen=True)
class Draft:
    """Everything a gate may look at."""

    result: TurnResult
    context: TurnContext
    outcome: Outcome

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(reply.text for reply in self.result.replies)

    @cached_property
    def ours(self) -> tuple[str, ...]:
        """What the business itself wrote."""
        return tuple(_playbook_texts(self.context.playbook))

    @property
    def stated(self) -> Stated:
        """What that says of money, links and numbers."""
        return _stated(self.ours)

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """The texts without what the business itself wrote: its words are its own promise."""
        ours = (*self.ours, *self.links)
        return tuple(without(text, ours) for text in self.texts)

    @cached_property
    def links(self) -> tuple[str, ...]:
        """The meetings' own links: «19%3a» in one is no discount, an id in it none of ours."""
        settled = self.outcome.settled
        meetings = (self.context.meeting, settled.meeting if settled else None)
        urls = [(each.join_url, each.file_url) for each in meetings if each]
        return tuple(url for both in urls for url in both if url)

    @property
    def meeting(self) -> MeetingView | None:
        """The meeting as the rows have it after this turn."""
        settled = self.outcome.settled
        return settled.meeting if settled else self.context.meeting


@lru_cache(maxsize=4)
def _stated(ours: tuple[str, ...]) -> Stated:
    """Read once for each version: it takes ten times as long as all else here."""
    text = " ".join(ours)
    return Stated(
        numbers=frozenset(numbers(text)),
        promises=frozenset(price_promises(text)),
        hosts=frozenset(hosts(text)),
        digits=re.sub(r"\D", "", text),
    )


def _playbook_texts(playbook: Playbook) -> list[str]:
    texts = [playbook.business_name, *playbook.about.values()]
    for topic in playbook.topics:
        texts += topic.answer.values()
    for question in playbook.questions:
        texts += [*question.label.values(), *question.ask.values(), *question.again.values()]
        for choice in question.choices:
            texts += [choice.value, *choice.label.values()]
    return texts


def without(text: str, ours: Sequence[str]) -> str:
    for phrase in sorted(ours, key=len, reverse=True):
        if len(phrase) >= OURS_FROM:
            text = text.replace(phrase, " ")
    return text


def lead_texts(draft: Draft) -> list[str]:
    """What the lead themself said about money may be said back."""
    context = draft.context
    return [
        *(line.text for line in context.history if line.author == "lead"),
        *(message.text for message in context.inbound),
        *(str(fact.value) for fact in (*context.facts, *draft.outcome.facts)),
    ]
