"""What another event says of a message: other words, none at all, a call's end.

Any order of the same events ends alike, also when the message itself comes last: what became of it
is told by the edits and deletions that are stored. The latest edit holds; a call begins when it
began.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection

from conversations.models import Direction
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
    touched = [(said[0], target) for said in new if (target := _touches(said, now))]
    if touched:
        parameters = {
            "ids": [contact.conversation_id for contact, _target in touched],
            "targets": [target for _contact, target in touched],
            "direction": direction,
            "until": now + AWAITED,
        }
        _run(SETTLE, parameters)
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
)
UPDATE conversations_conversation c SET awaits_original_until = %(until)s
  FROM touched t
 WHERE c.id = t.id
   AND NOT EXISTS (SELECT FROM conversations_message m
                    WHERE m.conversation_id = t.id AND m.provider_message_id = t.target
                      AND m.direction = %(direction)s)
"""
CALL = """
    UPDATE conversations_message m
       SET content = m.content || a.content, occurred_at = least(m.occurred_at, a.at)
      FROM unnest(%(ids)s::uuid[], %(targets)s::text[], %(contents)s::jsonb[],
                  %(times)s::timestamptz[]) AS a(id, target, content, at)
     WHERE m.conversation_id = a.id AND m.provider_message_id = a.target
       AND m.direction = %(direction)s AND m.kind = 'call'
"""
