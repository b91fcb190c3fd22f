"""The only place that defers jobs: hints by task name. Rows are the truth (docs/adr/0002)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

ANSWER = "agent.answer"
DELIVER = "conversations.deliver"
DELIVER_FILE = "conversations.deliver_file"
FETCH_MEDIA = "conversations.fetch_media"
SYNC_TEMPLATES = "conversations.sync_templates"
NOTICES = "conversations.send_notices"
RESCORE = "agent.rescore"
REPLAY = "agent.replay"
CHECK_MEETINGS = "agent.check_meetings"
# Turns may wait for a model for half a minute, files take minutes: none of them holds up sends.
QUEUES = {
    ANSWER: "turns",
    REPLAY: "turns",
    FETCH_MEDIA: "files",
    DELIVER_FILE: "files",
    NOTICES: "files",
}
OTHERS = "default"
# Nobody waits for a file as they do for an answer.
LATER = -10


def hint_answer(conversation_ids: Collection[UUID], *, at: datetime | None = None) -> None:
    """These conversations have messages to answer, from `at` on."""
    _hint(ANSWER, conversation_ids, at)


def hint_deliver(conversation_ids: Collection[UUID], *, at: datetime | None = None) -> None:
    """These conversations have messages to send, from `at` on."""
    _hint(DELIVER, conversation_ids, at)


def hint_file(conversation_id: UUID) -> None:
    """This conversation's next message has a file to upload."""
    _hint(DELIVER_FILE, [conversation_id], None, statement=HINT_ONCE_EACH)


def hint_media(attachment_ids: Collection[UUID]) -> None:
    """These files wait to be fetched."""
    _hint(
        FETCH_MEDIA,
        attachment_ids,
        None,
        argument="attachment_id",
        priority=LATER,
        statement=HINT_ONCE_EACH,
    )


def hint_templates() -> None:
    """The templates changed: ask for them again, unless somebody is about to."""
    _hint_once(SYNC_TEMPLATES)


def hint_rescoring() -> None:
    """The rules of the score changed: rate the leads that have not been, unless it is in line."""
    _hint_once(RESCORE)


def hint_notices() -> None:
    """Colleagues are to be told of a lead that waits, unless a job for it is in line."""
    _hint_once(NOTICES, priority=0)


def hint_meeting_checks() -> None:
    """Something changed in a calendar, unless a job that looks is in line."""
    _hint_once(CHECK_MEETINGS, priority=0)


def hint_replays(replay_ids: Collection[UUID]) -> None:
    """These replays have turns to play, when no lead waits for one."""
    _hint(
        REPLAY,
        replay_ids,
        None,
        argument="replay_id",
        priority=LATER,
        statement=HINT_ONCE_EACH,
    )


def _hint_once(task: str, *, priority: int = LATER) -> None:
    asked: dict[str, str | int] = {
        "queue": QUEUES.get(task, OTHERS),
        "task": task,
        "priority": priority,
    }
    with connection.cursor() as cursor:
        cursor.execute(HINT_ONCE, asked)


def _hint(
    task: str,
    ids: Collection[UUID],
    at: datetime | None,
    *,
    argument: str = "conversation_id",
    priority: int = 0,
    statement: str | None = None,
) -> None:
    if ids:
        asked = columns(task, at=at, argument=argument, priority=priority)
        with connection.cursor() as cursor:
            cursor.execute(statement or HINT, asked | {"hinted": list(ids)})


def columns(
    task: str, *, at: datetime | None, argument: str = "conversation_id", priority: int = 0
) -> dict[str, Any]:
    """What DEFER asks for."""
    return {
        "queue": QUEUES.get(task, OTHERS),
        "task": task,
        "priority": priority,
        "argument": argument,
        "at": at,
    }


# The door that Procrastinate's own `defer` uses, without the Python before it, which took a tenth
# of every webhook. A test holds the two equal.
DEFER = """procrastinate_defer_jobs_v1(array_agg(ROW(
        %(queue)s, %(task)s, %(priority)s, NULL, NULL,
        jsonb_build_object(%(argument)s::text, id), %(at)s
    )::procrastinate_job_to_defer_v1))"""
HINT = f"SELECT {DEFER} FROM unnest(%(hinted)s::uuid[]) AS hinted (id)"  # noqa: S608  # our own words only
# While files hold their lane for minutes, every sweep would leave another hint for those in line.
HINT_ONCE_EACH = f"""
    {HINT}
     WHERE NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs AS jobs
         WHERE jobs.task_name = %(task)s AND jobs.status = 'todo'
           AND jobs.args ->> %(argument)s::text = hinted.id::text
    )
    HAVING count(*) > 0
"""  # noqa: S608  # our own words only
HINT_ONCE = """
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
        %(queue)s, %(task)s, %(priority)s, NULL, NULL, '{}'::jsonb, NULL
    )::procrastinate_job_to_defer_v1])
     WHERE NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs WHERE task_name = %(task)s AND status = 'todo'
    )
"""
