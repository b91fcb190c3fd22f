"""What a later event says of a message that is stored: other words, none at all, a call's end.

Any order of the same events ends alike: the latest edit holds, and a call begins when it began.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from conversations.models import Direction
from integrations.messaging import InboundMessage, MessageKind

# What was said, and in which conversation.
Said = tuple[UUID, InboundMessage]


def apply(new: Iterable[Said], again: Iterable[Said], *, direction: Direction) -> None:
    """Change what that side said in the same conversation. `again` were stored before.

    A query for each kind of change that occurs.
    """
    new = list(new)
    _amend(EDIT, _of(MessageKind.EDIT, new), direction)
    _amend(REVOKE, _of(MessageKind.REVOKE, new), direction)
    _amend(CALL, _of(MessageKind.CALL, again), direction)


def _of(kind: MessageKind, said: Iterable[Said]) -> Sequence[Said]:
    return [each for each in said if each[1].kind == kind]


def _amend(statement: str, said: Sequence[Said], direction: Direction) -> None:
    if not said:
        return
    messages = [message for _conversation, message in said]
    parameters: dict[str, Any] = {
        "ids": [conversation_id for conversation_id, _message in said],
        "targets": [each.target_message_id or each.provider_message_id for each in messages],
        "texts": [each.text for each in messages],
        "contents": [orjson.dumps(dict(each.content)).decode() for each in messages],
        "times": [each.occurred_at for each in messages],
        "direction": direction,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


# An edit without words, as of a picture, leaves those that we have.
EDIT = """
    UPDATE conversations_message m
       SET text = coalesce(nullif(a.text, ''), m.text), edited_at = a.at
      FROM (SELECT DISTINCT ON (id, target) id, target, text, at
              FROM unnest(%(ids)s::uuid[], %(targets)s::text[], %(texts)s::text[],
                          %(times)s::timestamptz[]) AS each(id, target, text, at)
             ORDER BY id, target, at DESC) AS a
     WHERE m.conversation_id = a.id AND m.provider_message_id = a.target
       AND m.direction = %(direction)s AND (m.edited_at IS NULL OR m.edited_at <= a.at)
"""
REVOKE = """
    UPDATE conversations_message m SET revoked_at = a.at
      FROM (SELECT id, target, min(at) AS at
              FROM unnest(%(ids)s::uuid[], %(targets)s::text[],
                          %(times)s::timestamptz[]) AS each(id, target, at)
             GROUP BY id, target) AS a
     WHERE m.conversation_id = a.id AND m.provider_message_id = a.target
       AND m.direction = %(direction)s AND m.revoked_at IS NULL
"""
CALL = """
    UPDATE conversations_message m
       SET content = m.content || a.content, occurred_at = least(m.occurred_at, a.at)
      FROM unnest(%(ids)s::uuid[], %(targets)s::text[], %(contents)s::jsonb[],
                  %(times)s::timestamptz[]) AS a(id, target, content, at)
     WHERE m.conversation_id = a.id AND m.provider_message_id = a.target
       AND m.direction = %(direction)s AND m.kind = 'call'
"""
