"""New messages and the state of their conversations, a whole batch in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from conversations import queue
from conversations.models import HandoffReason, State
from conversations.models.ids import uuid7
from conversations.services import handoff
from conversations.services.contacts import Contact
from integrations.messaging import InboundMessage

WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Arrival:
    """A message on its way into the table."""

    contact: Contact
    message: InboundMessage
    state: State
    id: UUID = field(default_factory=uuid7)

    @property
    def conversation_id(self) -> UUID:
        """Where it belongs."""
        return self.contact.conversation_id


def store(
    arrivals: Sequence[Arrival], *, after_last: timedelta, at_most: timedelta, now: datetime
) -> list[Arrival]:
    """Insert in order, bring the conversations up to date, return what was not there yet.

    Windows, unread counts, last words, when the agent is due, and a hint at its turn. One query,
    rarely two. The conversations are locked.
    """
    if not arrivals:
        return []
    with connection.cursor() as cursor:
        cursor.execute(STORE, columns(arrivals, after_last=after_last, at_most=at_most, now=now))
        stored = {row[0] for row in cursor.fetchall()}
    new = [arrival for arrival in arrivals if arrival.id in stored]
    _give_late_ones_to_staff(new, now)
    return new


def columns(
    arrivals: Sequence[Arrival], *, after_last: timedelta, at_most: timedelta, now: datetime
) -> dict[str, Any]:
    """What ARRIVALS and WRITE ask for."""
    return queue.columns(queue.ANSWER, at=now + after_last) | {
        "arrivals": [orjson.dumps(_line(arrival)).decode() for arrival in arrivals],
        "now": now,
        "due": now + after_last,
        "at_most": at_most,
        "window": WINDOW,
    }


def _line(arrival: Arrival) -> dict[str, object]:
    message = arrival.message
    return {
        "id": arrival.id,
        "conversation_id": arrival.conversation_id,
        "kind": message.kind,
        "text": message.text,
        "content": content_of(message),
        "state": arrival.state,
        "wamid": message.provider_message_id,
        "in_reply_to": message.in_reply_to,
        "occurred_at": message.occurred_at,
        "opens_window": message.opens_window,
    }


ARRIVALS = """
    SELECT position, a.*
      FROM unnest(%(arrivals)s::json[]) WITH ORDINALITY AS each(line, position)
     CROSS JOIN json_to_record(line)
           AS a(id uuid, conversation_id uuid, kind text, text text, content jsonb, state text,
                wamid text, in_reply_to text, occurred_at timestamptz, opens_window bool)
"""
# `before` holds the conversations as they are locked. A turn that is due later anyway has its hint,
# and puts itself off when it finds that it came too early (lanes.put_off).
WRITE = f"""stored AS (
    INSERT INTO conversations_message (
        direction, author, attempt, failures, error_text, duplicate_ids, pricing, created_at,
        id, conversation_id, kind, text, content, state, provider_message_id, in_reply_to,
        occurred_at)
    SELECT 'inbound', 'lead', 0, 0, '', '[]', '{{}}', %(now)s,
           id, conversation_id, kind, text, content, state, wamid, in_reply_to,
           occurred_at
      FROM arrival
     ORDER BY position
        ON CONFLICT (provider_message_id) DO NOTHING
 RETURNING id
), news AS (
    SELECT conversation_id,
           count(*) AS unread,
           max(occurred_at) FILTER (WHERE opens_window) AS inbound_at,
           bool_or(state = 'received') AS turn,
           (array_agg(left(CASE WHEN text = '' OR kind IN ('system', 'flow_reply')
                                THEN '[' || kind || ']' ELSE text END, 200)
                      ORDER BY position DESC))[1] AS text
      FROM arrival JOIN stored USING (id)
     GROUP BY conversation_id
), conversation AS (
    UPDATE conversations_conversation c
       SET last_inbound_at = greatest(c.last_inbound_at, news.inbound_at),
           window_expires_at = greatest(c.window_expires_at, news.inbound_at + %(window)s),
           last_message_at = %(now)s,
           last_message_text = news.text,
           unread_count = c.unread_count + news.unread,
           answer_pending_since = CASE WHEN news.turn
               THEN coalesce(c.answer_pending_since, %(now)s) ELSE c.answer_pending_since END,
           answer_due_at = CASE WHEN news.turn
               THEN least(%(due)s, coalesce(c.answer_pending_since, %(now)s) + %(at_most)s)
               ELSE c.answer_due_at END
      FROM news
     WHERE c.id = news.conversation_id
 RETURNING c.id, news.turn, c.answer_due_at
), hint AS (
    SELECT {queue.DEFER}
      FROM (SELECT id
              FROM conversation JOIN before USING (id)
             WHERE turn AND NOT coalesce(due > %(now)s AND due <= answer_due_at, false)) AS turns
    HAVING count(*) > 0
)"""  # noqa: S608  # our own words only
STORE = f"""
WITH arrival AS (
    {ARRIVALS}
), before AS (
    SELECT id, answer_due_at AS due FROM conversations_conversation
     WHERE id IN (SELECT conversation_id FROM arrival)
), {WRITE}
SELECT id, (SELECT count(*) FROM hint) FROM stored
"""  # noqa: S608  # our own words


def _give_late_ones_to_staff(new: Sequence[Arrival], now: datetime) -> None:
    """A message whose window closed before we got it: the agent may not answer it any more."""
    late = {each.conversation_id for each in new if _came_too_late(each, now)}
    handoff.give_all_to_staff(conversation_ids=late, reason=HandoffReason.WINDOW_CLOSED, now=now)


def content_of(message: InboundMessage) -> dict[str, object]:
    """What is kept of a message beside its words."""
    content = dict(message.content)
    if message.reply_id:
        content["reply_id"] = message.reply_id
    if message.target_message_id:
        content["target"] = message.target_message_id
    if message.is_group:
        content["group"] = True
    if message.referral:
        content["referral"] = {
            name: getattr(message.referral, name) for name in message.referral.__dataclass_fields__
        }
    return content


def can_be_answered(
    message: InboundMessage, *, now: datetime, closes_at: datetime | None = None
) -> bool:
    """Whether it asks for an answer, and its window, or one opened since, is open for one."""
    own = message.occurred_at + WINDOW
    return message.starts_turn and max(own, closes_at or own) > now


def _came_too_late(arrival: Arrival, now: datetime) -> bool:
    """It asks for an answer, but the window closed before we got it: only staff can help."""
    message, closes_at = arrival.message, arrival.contact.window_expires_at
    return message.starts_turn and not can_be_answered(message, closes_at=closes_at, now=now)
