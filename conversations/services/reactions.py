"""Reactions: messages of their own that are shown beside the one they are about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from conversations.models import Conversation, Message
from integrations.messaging import MessageKind


@dataclass(frozen=True)
class Reaction:
    """What one side says of a message with an emoji; `author` is that side."""

    emoji: str
    author: str


def load(
    conversation: Conversation, provider_message_ids: Collection[str]
) -> Mapping[str, tuple[Reaction, ...]]:
    """The reactions to these messages, by the id that each is about. One query."""
    rows = Message.objects.filter(
        conversation=conversation,
        kind=MessageKind.REACTION,
        content__target__in=list(provider_message_ids),
    )
    return last_of_each_side(rows.order_by("number"))


def last_of_each_side(messages: Iterable[Message]) -> Mapping[str, tuple[Reaction, ...]]:
    """The last reaction of each side; an empty one took it back. Wants the oldest first."""
    found: dict[str, dict[str, str]] = {}
    for message in messages:
        target = message.content.get("target")
        if isinstance(target, str):
            found.setdefault(target, {})[message.author] = message.text
    return {
        target: tuple(Reaction(emoji, author) for author, emoji in said.items() if emoji)
        for target, said in found.items()
    }
