"""How fast messages may leave, ahead of WhatsApp's limits: for each person, and for the number.

A person takes one message in 6 seconds and bursts of 45: at most 45 within the 270 seconds in
which a burst is paid off. What was attempted lately says how much room is left. The number takes
N a second: its row holds when all that left is paid for, a quarter of a second's messages ahead at
most, and when the last of those in line comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from conversations.models import Message
from conversations.services.channel_state import WHATSAPP

BURST = 45
PAID_OFF_IN = timedelta(seconds=6 * BURST)
# The newest messages of a conversation, theirs included, among which ours are counted.
LOOKED_AT = 200
# No message is paid for further ahead than this: a clock was wrong, and must not stop us.
WRONG = timedelta(seconds=5)
LONGEST_LINE = timedelta(minutes=1)


@dataclass(frozen=True)
class Refusal:
    """It may not leave before this time. `in_line`: nobody comes back then without a hint."""

    until: datetime
    in_line: bool = True


def set_off(message: Message, *, now: datetime) -> Refusal | bool:
    """Write a queued message down as `sending` if there is room; False if it is not queued now.

    Needs its conversation locked. All sends of the number meet at one row: it is taken last, in
    the statement after which the transaction commits.
    """
    with connection.cursor() as cursor:
        cursor.execute(SET_OFF, _asked(message, now))
        row = cursor.fetchone()
    return _meant(*row)


def _meant(
    queued: bool,
    moved: bool,
    paused_until: datetime | None,
    person_until: datetime | None,
    line_until: datetime | None,
) -> Refusal | bool:
    if paused_until is not None and queued:
        return Refusal(paused_until, in_line=False)
    refused_until = person_until or line_until
    return Refusal(refused_until) if refused_until is not None and queued else moved


def _asked(message: Message, now: datetime) -> dict[str, Any]:
    rate = max(1, settings.WHATSAPP_MESSAGES_PER_SECOND)
    ahead = max(1, rate // 4)
    # In no second more than the rate: those that leave at once, and those paid for meanwhile.
    each = timedelta(seconds=1) / (rate - ahead + 1)
    return {
        "message": message.pk,
        "conversation": message.conversation_id,
        "attempt": message.attempt,
        "now": now,
        "channel": WHATSAPP,
        "each": each,
        "ahead": each * (ahead - 1),
        "burst": BURST,
        "paid_off_in": PAID_OFF_IN,
        "looked_at": LOOKED_AT,
        "wrong": WRONG,
        "line": LONGEST_LINE,
    }


PAID = """(CASE WHEN pace.paid_until > %(now)s::timestamptz + %(wrong)s THEN %(now)s
                 ELSE greatest(pace.paid_until, %(now)s) END)"""
ROOM = f"{PAID} <= %(now)s::timestamptz + %(ahead)s"
# The message before the row of the number: the order of locks everywhere. `has_room` is a column
# since RETURNING does not show what a row was.
SET_OFF = f"""
WITH mine AS (
    SELECT id FROM conversations_message
     WHERE id = %(message)s AND state = 'queued'
       FOR UPDATE
), paused AS (
    SELECT paused_until AS until FROM integrations_channelstate
     WHERE channel = %(channel)s AND paused_until > %(now)s
), person AS (
    SELECT (array_agg(attempted_at ORDER BY attempted_at DESC))[%(burst)s] + %(paid_off_in)s
           AS until
      FROM (SELECT attempted_at FROM conversations_message
             WHERE conversation_id = %(conversation)s
             ORDER BY number DESC LIMIT %(looked_at)s) AS newest
     WHERE attempted_at > %(now)s::timestamptz - %(paid_off_in)s
       AND attempted_at <= %(now)s::timestamptz + %(wrong)s
), number AS (
    INSERT INTO integrations_channelstate AS pace
           (channel, reason, failures, updated_at, paid_until, has_room)
    SELECT %(channel)s, '', 0, %(now)s, %(now)s::timestamptz + %(each)s, true
      FROM mine
     WHERE NOT EXISTS (SELECT FROM paused)
       AND NOT EXISTS (SELECT FROM person WHERE until > %(now)s)
        ON CONFLICT (channel) DO UPDATE SET
           has_room = {ROOM},
           paid_until = CASE WHEN {ROOM} THEN {PAID} + %(each)s ELSE pace.paid_until END,
           line_until = CASE WHEN {ROOM} THEN pace.line_until ELSE least(
               greatest(pace.line_until + %(each)s, pace.paid_until - %(ahead)s),
               %(now)s::timestamptz + %(line)s) END
 RETURNING has_room, line_until AS until
), moved AS (
    UPDATE conversations_message m
       SET state = 'sending', attempt = %(attempt)s, attempted_at = %(now)s
      FROM number
     WHERE m.id = %(message)s AND number.has_room
 RETURNING m.id
)
SELECT EXISTS (SELECT FROM mine), EXISTS (SELECT FROM moved), (SELECT until FROM paused),
       (SELECT until FROM person WHERE until > %(now)s),
       (SELECT until FROM number WHERE NOT has_room)
"""  # noqa: S608  # our own words only
