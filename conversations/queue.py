"""The only place that defers jobs: hints by task name. Rows are the truth (docs/adr/0002)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

ANSWER = "agent.answer"
DELIVER = "conversations.deliver"


def hint_answer(conversation_ids: Collection[UUID], *, at: datetime | None = None) -> None:
    """These conversations have messages to answer, from `at` on."""
    _hint(ANSWER, conversation_ids, at)


def hint_deliver(conversation_ids: Collection[UUID], *, at: datetime | None = None) -> None:
    """These conversations have messages to send, from `at` on."""
    _hint(DELIVER, conversation_ids, at)


def _hint(task: str, conversation_ids: Collection[UUID], at: datetime | None) -> None:
    if conversation_ids:
        jobs: list[dict[str, JSONValue]] = [{"conversation_id": str(e)} for e in conversation_ids]
        app.configure_task(task, schedule_at=at).batch_defer(*jobs)
