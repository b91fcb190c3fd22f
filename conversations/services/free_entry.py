"""Free entry points: who comes from an ad and is answered within a day costs nothing for 72 hours.

Meta opens it when our answer is delivered, and not for every device: so it counts once a status
says it, not by the click alone. Nothing but the price depends on it: the 24 h window stays.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import connection

from integrations.messaging import Receipt

ANSWER_WITHIN = timedelta(hours=24)
LASTS = timedelta(hours=72)
HOUR = timedelta(hours=1)
# Of a `pricing` that went through our parser, which alone writes `free_entry_until`.
IS_FREE_ENTRY = """(
    {0}->>'type' = 'free_entry_point' OR {0}->>'category' = 'referral_conversion'
    OR {0} ? 'free_entry_until')"""


def is_told_by(receipt: Receipt) -> bool:
    """Whether this status speaks of one."""
    said = receipt.pricing
    return (
        said.get("type") == "free_entry_point"
        or said.get("category") == "referral_conversion"
        or "free_entry_until" in said
    )


def note(conversation_ids: Collection[UUID]) -> None:
    """Note until when these are free, by all that statuses said. One query, or none.

    Needs them locked.
    """
    if not conversation_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"ids": sorted(conversation_ids), "hours": LASTS // HOUR})


# Without an end from Meta it is 72 h after the first of the messages that can have been in it.
NOTE = f"""
WITH free AS (
    SELECT conversation_id, coalesce(sent_at, occurred_at) AS at,
           (pricing->>'free_entry_until')::timestamptz AS until
      FROM conversations_message
     WHERE conversation_id = ANY(%(ids)s::uuid[]) AND direction = 'outbound'
       AND {IS_FREE_ENTRY.format("pricing")}
), last AS (
    SELECT conversation_id, max(at) AS at, max(until) AS until FROM free GROUP BY 1
), told AS (
    SELECT last.conversation_id AS id,
           CASE WHEN last.until > last.at THEN last.until
                ELSE min(free.at) + make_interval(hours => %(hours)s) END AS until
      FROM last JOIN free ON free.conversation_id = last.conversation_id
       AND free.at > last.at - make_interval(hours => %(hours)s)
     GROUP BY last.conversation_id, last.until, last.at
)
UPDATE conversations_conversation c SET free_entry_until = told.until
  FROM told
 WHERE c.id = told.id AND c.free_entry_until IS DISTINCT FROM told.until
"""  # noqa: S608  # our own words
