"""The only place that defers jobs: hints by task name. Rows are the truth (docs/adr/0002)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection

ANSWER = "agent.answer"
DELIVER = "conversations.deliver"
FETCH_MEDIA = "conversations.fetch_media"
# Turns may wait for a model for half a minute: they have lanes of their own in the worker.
QUEUES = {ANSWER: "turns"}
OTHERS = "default"
# Nobody waits for a file as they do for an answer.
LATER = -10


def hint_answer(conversation_ids: Collection[UUID], *, at: datetime | None = None) -> None:
    """These conversations have messages to answer, from `at` on."""
    _hint(ANSWER, conversation_ids, at)


def hint_deliver(conversation_ids: Collection[UUID], *, at: datetime | None = None) -> None:
    """These conversations have messages to send, from `at` on."""
    _hint(DELIVER, conversation_ids, at)


def hint_media(attachment_ids: Collection[UUID]) -> None:
    """These files wait to be fetched."""
    _hint(FETCH_MEDIA, attachment_ids, None, argument="attachment_id", priority=LATER)


def _hint(
    task: str,
    ids: Collection[UUID],
    at: datetime | None,
    *,
    argument: str = "conversation_id",
    priority: int = 0,
) -> None:
    if ids:
        with connection.cursor() as cursor:
            queue = QUEUES.get(task, OTHERS)
            cursor.execute(DEFER, [queue, task, priority, argument, at, list(ids)])


# The door that Procrastinate's own `defer` uses, without the Python before it, which took a tenth
# of every webhook. A test holds the two equal.
DEFER = """
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
               %s, %s, %s, NULL, NULL, jsonb_build_object(%s::text, id), %s
           )::procrastinate_job_to_defer_v1))
      FROM unnest(%s::uuid[]) AS id
"""
