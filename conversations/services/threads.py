"""New messages and the state of their conversations, a whole batch in one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import F

from conversations.models import Conversation, HandoffReason, Mode, State
from conversations.models.ids import uuid7
from conversations.services.identities import Contact
from integrations.messaging import InboundMessage, MessageKind

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


def insert(arrivals: Sequence[Arrival], *, now: datetime) -> list[Arrival]:
    """Insert in order and return those that were not there yet. One query."""
    if not arrivals:
        return []
    columns: list[Any] = [
        [arrival.id for arrival in arrivals],
        [arrival.conversation_id for arrival in arrivals],
        [str(arrival.message.kind) for arrival in arrivals],
        [arrival.message.text for arrival in arrivals],
        [orjson.dumps(_content(arrival.message)).decode() for arrival in arrivals],
        [str(arrival.state) for arrival in arrivals],
        [arrival.message.provider_message_id for arrival in arrivals],
        [arrival.message.in_reply_to for arrival in arrivals],
        [arrival.message.occurred_at for arrival in arrivals],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [now, *columns])
        stored = {row[0] for row in cursor.fetchall()}
    return [arrival for arrival in arrivals if arrival.id in stored]


INSERT = """
    INSERT INTO conversations_message (
        direction, author, attempt, failures, error_text, duplicate_ids, pricing, created_at,
        id, conversation_id, kind, text, content, state, provider_message_id, in_reply_to,
        occurred_at)
    SELECT 'inbound', 'lead', 0, 0, '', '[]', '{}', %s,
           a.id, a.conversation_id, a.kind, a.text, a.content::jsonb, a.state, a.wamid,
           a.in_reply_to, a.occurred_at
      FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
                  %s::text[], %s::text[], %s::timestamptz[]) WITH ORDINALITY
           AS a(id, conversation_id, kind, text, content, state, wamid, in_reply_to,
                occurred_at, position)
     ORDER BY a.position
        ON CONFLICT (provider_message_id) DO NOTHING
 RETURNING id
"""


def _content(message: InboundMessage) -> dict[str, object]:
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


def update(
    new: Sequence[Arrival], after_last: timedelta, at_most: timedelta, *, now: datetime
) -> None:
    """Windows, unread counts, last words and when the agent is due. One query, rarely two."""
    rows = [
        _summary(list(group))
        for _id, group in groupby(
            sorted(new, key=attrgetter("conversation_id")), key=attrgetter("conversation_id")
        )
    ]
    if not rows:
        return
    parameters: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    parameters |= {"now": now, "due": now + after_last, "at_most": at_most, "window": WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, parameters)
    late = {each.conversation_id for each in new if _came_too_late(each, now)}
    if late:
        Conversation.objects.filter(id__in=late, mode=Mode.BOT).update(
            mode=Mode.STAFF,
            epoch=F("epoch") + 1,
            handoff_reason=HandoffReason.WINDOW_CLOSED,
            handoff_at=now,
        )


UPDATE = """
    UPDATE conversations_conversation c
       SET last_inbound_at = greatest(c.last_inbound_at, a.inbound_at),
           window_expires_at = greatest(c.window_expires_at, a.inbound_at + %(window)s),
           last_message_at = %(now)s,
           last_message_text = a.text,
           unread_count = c.unread_count + a.unread,
           answer_pending_since = CASE WHEN a.turn
               THEN coalesce(c.answer_pending_since, %(now)s) ELSE c.answer_pending_since END,
           answer_due_at = CASE WHEN a.turn
               THEN least(%(due)s, coalesce(c.answer_pending_since, %(now)s) + %(at_most)s)
               ELSE c.answer_due_at END
      FROM unnest(%(ids)s::uuid[], %(inbound_at)s::timestamptz[], %(texts)s::text[],
                  %(unread)s::int[], %(turns)s::bool[]) AS a(id, inbound_at, text, unread, turn)
     WHERE c.id = a.id
"""


def _summary(arrivals: list[Arrival]) -> dict[str, Any]:
    opening = [each.message.occurred_at for each in arrivals if each.message.opens_window]
    last = arrivals[-1].message
    return {
        "ids": arrivals[0].conversation_id,
        "inbound_at": max(opening, default=None),
        "texts": (last.text or f"[{last.kind}]")[:200],
        "unread": len(arrivals),
        "turns": any(each.state == State.RECEIVED for each in arrivals),
    }


def _came_too_late(arrival: Arrival, now: datetime) -> bool:
    """It wants an answer, but the window closed before we got it: only staff can help."""
    return arrival.message.starts_turn and arrival.message.occurred_at + WINDOW <= now


def apply_edits(new: Sequence[Arrival], *, now: datetime) -> None:
    """Edits and deletions touch only messages of the same lead. At most two queries."""
    for kind, statement in ((MessageKind.EDIT, EDIT), (MessageKind.REVOKE, REVOKE)):
        hits = [each for each in new if each.message.kind == kind]
        if hits:
            with connection.cursor() as cursor:
                cursor.execute(
                    statement,
                    {
                        "now": now,
                        "ids": [each.conversation_id for each in hits],
                        "targets": [each.message.target_message_id for each in hits],
                        "texts": [each.message.text for each in hits],
                    },
                )


EDIT = """
    UPDATE conversations_message m SET text = a.text, edited_at = %(now)s
      FROM unnest(%(ids)s::uuid[], %(targets)s::text[], %(texts)s::text[]) AS a(id, target, text)
     WHERE m.conversation_id = a.id AND m.provider_message_id = a.target
       AND m.direction = 'inbound'
"""
REVOKE = """
    UPDATE conversations_message m SET revoked_at = %(now)s
      FROM unnest(%(ids)s::uuid[], %(targets)s::text[]) AS a(id, target)
     WHERE m.conversation_id = a.id AND m.provider_message_id = a.target
       AND m.direction = 'inbound'
"""
