"""What another event says of a message: other words, none at all, a call's end.

Any order of the same events ends alike, also when the message itself comes last: what became of it
is told by the edits and deletions that are stored. The latest edit holds; a call begins when it
began. The inbox shows no other words of it either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import QuerySet

from conversations.models import Direction, Message
from conversations.services.contacts import Contact
from integrations.messaging import InboundMessage, MessageKind

# WhatsApp tries for seven days to bring a message.
AWAITED = timedelta(days=8)
AMENDMENTS = {MessageKind.EDIT, MessageKind.REVOKE}

# What was said, and with whom.
Said = tuple[Contact, InboundMessage]


def apply(
    new: Sequence[Said], again: Sequence[Said], *, direction: Direction, now: datetime
) -> None:
    """Change what that side said in the same conversation. `again` were stored before.

    At most a query for edits and deletions, and one for calls. Needs the conversations locked.
    """
    touched = [(said[0].conversation_id, target) for said in new if (target := _touches(said, now))]
    _settle(touched, direction, now)
    calls = [said for said in again if said[1].kind is MessageKind.CALL]
    if calls:
        parameters = {
            "ids": [contact.conversation_id for contact, _call in calls],
            "targets": [call.provider_message_id for _contact, call in calls],
            "contents": [orjson.dumps(dict(call.content)).decode() for _contact, call in calls],
            "times": [call.occurred_at for _contact, call in calls],
            "direction": direction,
        }
        _run(CALL, parameters)


def amended_in(conversation_id: UUID) -> QuerySet[Message]:
    """The messages there of which an edit or a deletion there speaks."""
    messages = Message.objects.filter(conversation_id=conversation_id)
    told = messages.filter(kind__in=AMENDMENTS).values_list("content__target", flat=True)
    return messages.filter(provider_message_id__in=list(told))


def settle(originals: Iterable[Message], *, now: datetime) -> None:
    """Change these as what is stored about them tells: it came for another lead than they did."""
    for direction in Direction:
        theirs = [each for each in originals if each.direction == direction]
        _settle(
            [(each.conversation_id, each.provider_message_id or "") for each in theirs],
            direction,
            now,
        )


def _settle(targets: Sequence[tuple[UUID, str]], direction: Direction, now: datetime) -> None:
    if targets:
        parameters = {
            "ids": [conversation_id for conversation_id, _target in targets],
            "targets": [target for _conversation_id, target in targets],
            "direction": direction,
            "until": now + AWAITED,
        }
        _run(SETTLE, parameters)


def _touches(said: Said, now: datetime) -> str:
    """The message that may look different now: what is amended, or what may have been before."""
    contact, message = said
    if message.kind in AMENDMENTS:
        return message.target_message_id
    awaited = contact.awaits_original_until
    return message.provider_message_id if awaited and awaited > now else ""


def _run(statement: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


# An edit without words, as of a picture, leaves those that we have. Nobody answers what was deleted
# before its turn. What an edit or a deletion said is never changed: its words are the original's.
# The inbox shows the last words of leads only: those of the original, if it came last.
SETTLE = """
WITH touched AS (
    SELECT DISTINCT id, target
      FROM unnest(%(ids)s::uuid[], %(targets)s::text[]) AS each(id, target)
), amended AS (
    SELECT t.id, t.target,
           max(a.occurred_at) FILTER (WHERE a.kind = 'edit') AS edited_at,
           min(a.occurred_at) FILTER (WHERE a.kind = 'revoke') AS revoked_at,
           (array_agg(a.text ORDER BY a.occurred_at DESC, a.provider_message_id DESC)
            FILTER (WHERE a.kind = 'edit' AND a.text <> ''))[1] AS text
      FROM touched t
      JOIN conversations_message a
        ON a.conversation_id = t.id AND a.content ->> 'target' = t.target
     WHERE a.kind IN ('edit', 'revoke') AND a.direction = %(direction)s
     GROUP BY t.id, t.target
), settled AS (
    UPDATE conversations_message m
       SET text = coalesce(a.text, m.text), edited_at = a.edited_at, revoked_at = a.revoked_at,
           state = CASE WHEN a.revoked_at IS NOT NULL AND m.state = 'received'
               THEN 'handled' ELSE m.state END
      FROM amended a
     WHERE m.conversation_id = a.id AND m.provider_message_id = a.target
       AND m.direction = %(direction)s AND m.kind NOT IN ('edit', 'revoke')
 RETURNING m.conversation_id AS id, m.direction, m.number, m.text, m.revoked_at
), shown AS (
    SELECT s.id, CASE WHEN s.revoked_at IS NOT NULL THEN '[revoke]'
                      WHEN s.text <> '' THEN left(s.text, 200) END AS text
      FROM settled s
     WHERE s.direction = 'inbound'
       AND NOT EXISTS (SELECT FROM conversations_message m
                        WHERE m.conversation_id = s.id AND m.number > s.number)
), awaiting AS (
    SELECT DISTINCT t.id, %(until)s::timestamptz AS until
      FROM touched t
     WHERE NOT EXISTS (SELECT FROM conversations_message m
                        WHERE m.conversation_id = t.id AND m.provider_message_id = t.target
                          AND m.direction = %(direction)s)
)
UPDATE conversations_conversation c
   SET awaits_original_until = coalesce(awaiting.until, c.awaits_original_until),
       last_message_text = coalesce(shown.text, c.last_message_text)
  FROM shown FULL JOIN awaiting USING (id)
 WHERE c.id = coalesce(shown.id, awaiting.id)
"""
CALL = """
    UPDATE conversations_message m
       SET content = m.content || a.content, occurred_at = least(m.occurred_at, a.at)
      FROM unnest(%(ids)s::uuid[], %(targets)s::text[], %(contents)s::jsonb[],
                  %(times)s::timestamptz[]) AS a(id, target, content, at)
     WHERE m.conversation_id = a.id AND m.provider_message_id = a.target
       AND m.direction = %(direction)s AND m.kind = 'call'
"""
