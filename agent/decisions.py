"""An engine's result as JSON, and as messages to queue."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from pydantic import TypeAdapter

from agent.turn import Reply, TurnResult
from conversations.services.outbound import Draft
from integrations.messaging import MessageKind

STORED = TypeAdapter(TurnResult)


def dump(result: TurnResult) -> dict[str, Any]:
    """What the run stores before anything acts on it."""
    return cast(dict[str, Any], STORED.dump_python(result, mode="json"))


def load(stored: dict[str, Any]) -> TurnResult:
    """The decision that was dumped."""
    return STORED.validate_python(stored)


def drafts(result: TurnResult) -> list[Draft]:
    """The replies as the outbox takes them."""
    return [draft(reply) for reply in result.replies]


def draft(reply: Reply) -> Draft:
    """One reply as the outbox takes it."""
    if reply.kind == "text":
        return Draft(reply.text)
    return Draft(
        reply.text,
        MessageKind(reply.kind),
        {
            "options": [asdict(option) for option in reply.options],
            "button_label": reply.button_label,
        },
    )
