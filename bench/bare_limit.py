"""The limit of this Postgres: the rows of one webhook in one prepared statement, without web."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import psycopg

from bench import load, traffic

# The rows of a message of a known lead: raw delivery, message, conversation, job.
MESSAGE = """
WITH who AS (
    SELECT c.id FROM conversations_identity i
      JOIN conversations_conversation c ON c.lead_id = i.lead_id
     WHERE i.kind = 'bsuid' AND i.value = %(bsuid)s
), delivery AS (
    INSERT INTO integrations_webhookdelivery (provider, body, state, counts, problems, received_at)
    VALUES ('whatsapp', %(body)s, 'processed', '{"messages": 1}', '[]', %(now)s)
), message AS (
    INSERT INTO conversations_message (
        direction, author, attempt, failures, error_text, duplicate_ids, pricing, created_at,
        id, conversation_id, kind, text, content, state, provider_message_id, in_reply_to,
        occurred_at)
    SELECT 'inbound', 'lead', 0, 0, '', '[]', '{}', %(now)s, %(id)s, who.id, 'text', %(text)s, '{}',
           'received', %(wamid)s, '', %(now)s
      FROM who
        ON CONFLICT (provider_message_id) DO NOTHING
), conversation AS (
    UPDATE conversations_conversation c
       SET last_inbound_at = %(now)s, window_expires_at = %(closes)s, last_message_at = %(now)s,
           last_message_text = %(text)s, unread_count = c.unread_count + 1,
           answer_pending_since = coalesce(c.answer_pending_since, %(now)s),
           answer_due_at = %(due)s
      FROM who
     WHERE c.id = who.id
)
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
           'default', 'agent.answer', 0, NULL, NULL,
           jsonb_build_object('conversation_id', who.id), %(due)s
       )::procrastinate_job_to_defer_v1])
  FROM who
"""
# A new lead's come first, in the same transaction.
LEAD = """
WITH lead AS (
    INSERT INTO conversations_lead (
        id, name, profile_name, username, phone_number, email, company, language, time_zone, stage,
        score, score_lines, temperature, source, source_id, source_url, source_headline,
        ctwa_clid, created_at, updated_at)
    VALUES (%(lead)s, '', 'Ana Torres', '', %(phone)s, '', '', '', '', 'new', 0, '[]', 'cold',
            'direct', '', '', '', '', %(now)s, %(now)s)
), aliases AS (
    INSERT INTO conversations_identity (lead_id, kind, value, address, created_at)
    VALUES (%(lead)s, 'bsuid', %(bsuid)s, %(bsuid)s, %(now)s),
           (%(lead)s, 'phone', %(phone)s, %(phone)s, %(now)s)
)
INSERT INTO conversations_conversation (
    id, lead_id, mode, epoch, language, handoff_reason, agent_state, last_message_at,
    last_message_text, unread_count, answer_fence, answer_failures, deliver_fence, created_at)
VALUES (%(conversation)s, %(lead)s, 'bot', 0, '', '', '{}', %(now)s, '', 0, 0, 0, 0, %(now)s)
"""


def run(*, url: str, leads: int, connections: int, seconds: float, source: str) -> load.Sample:
    """Write as fast as this many connections can, from as many processes as the web has."""
    processes = min(load.PROCESSES, connections)
    threads = connections // processes
    return load.in_processes(
        [
            partial(_run, url, leads, threads, seconds, f"{source}.{index}")
            for index in range(processes)
        ]
    )


def _run(url: str, leads: int, threads: int, seconds: float, source: str) -> load.Sample:
    samples = [load.Sample() for _index in range(threads)]
    writers = [
        threading.Thread(
            target=_write, args=(url, traffic.known(leads, source=f"{source}.{index}"), seconds, s)
        )
        for index, s in enumerate(samples)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return load.merge(samples)


def _write(url: str, posts: Iterator[traffic.Post], seconds: float, sample: load.Sample) -> None:
    options = "-c search_path=leadbot"
    with psycopg.connect(url, autocommit=True, prepare_threshold=0, options=options) as connection:
        started = now = time.perf_counter()
        while now < started + seconds:
            store(connection, next(posts))
            finished = time.perf_counter()
            sample.latencies.append(finished - now)
            now = finished
        sample.seconds = now - started


def store(connection: psycopg.Connection[Any], post: traffic.Post) -> None:
    """Write one message's rows; for a known lead that is one statement and one commit."""
    values = _values(post)
    if not post.is_new:
        connection.execute(MESSAGE, values)
        return
    with connection.transaction():
        connection.execute(LEAD, values)
        connection.execute(MESSAGE, values)


def _values(post: traffic.Post) -> dict[str, Any]:
    now = datetime.now(UTC)  # noqa: TID251  # a bench is an edge
    return {
        "bsuid": post.bsuid,
        "phone": f"+{post.phone}",
        "wamid": post.wamid,
        "text": traffic.TEXT,
        "body": post.body(),
        "now": now,
        "due": now + timedelta(seconds=3),
        "closes": now + timedelta(hours=24),
        "id": _time_ordered_id(),
        "lead": _time_ordered_id(),
        "conversation": _time_ordered_id(),
    }


def _time_ordered_id() -> UUID:
    return UUID(int=(time.time_ns() // 1_000_000 << 80) | random.getrandbits(80))
