"""Stored receipts applied to our messages: any order and repetition ends the same."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from conversations.models import Author, State
from conversations.services import free_entry, prices


class Moved(NamedTuple):
    """What became of one of our messages."""

    conversation_id: UUID
    was: str
    state: str
    author: str
    error_code: int | None
    is_free_entry: bool

    @property
    def lost_an_answer(self) -> bool:
        """The lead did not get what they were told, and nobody of ours knows."""
        return self.state == State.FAILED != self.was and self.author != Author.STAFF


def apply_stored(provider_message_ids: Collection[str], *, now: datetime) -> list[Moved]:
    """Apply what is stored about these ids. One query."""
    rates = prices.rates()
    with connection.cursor() as cursor:
        cursor.execute(
            APPLY,
            {
                "ids": list(provider_message_ids),
                "now": now,
                "categories": list(rates),
                "rates": list(rates.values()),
            },
        )
        return [Moved(*row) for row in cursor.fetchall()]


# A receipt belongs to the message with its provider id or, when a send was cut off before we
# learned that id, to the one whose callback token it carries. All receipts of a message count,
# so the result does not depend on which came first. WhatsApp charges what arrived: of several
# prices that of `delivered` counts, and what arrived twice is paid for twice.
APPLY = """
WITH mine AS (
    SELECT m.id, m.state AS was
      FROM conversations_message m
     WHERE m.direction = 'outbound'
       AND (m.provider_message_id = ANY(%(ids)s)
            OR m.send_token IN (SELECT send_token FROM conversations_storedreceipt
                                 WHERE provider_message_id = ANY(%(ids)s)
                                   AND send_token IS NOT NULL))
     ORDER BY m.id
       FOR UPDATE
), said AS (
    SELECT m.id, mine.was,
           min(r.provider_message_id) FILTER (WHERE r.status <> 'failed') AS reached,
           min(r.provider_message_id) AS any_id,
           array_agg(DISTINCT r.provider_message_id) AS ids,
           count(DISTINCT r.provider_message_id) FILTER (WHERE r.status = 'failed')
               = count(DISTINCT r.provider_message_id) AS all_failed,
           min(r.occurred_at) FILTER (WHERE r.status = 'sent') AS sent_at,
           min(r.occurred_at) FILTER (WHERE r.status = 'delivered') AS delivered_at,
           min(r.occurred_at) FILTER (WHERE r.status = 'read') AS read_at,
           min(r.occurred_at) FILTER (WHERE r.status = 'failed') AS failed_at,
           max(r.error_code) FILTER (WHERE r.status = 'failed') AS error_code,
           max(r.error_text) FILTER (WHERE r.status = 'failed') AS error_text,
           count(DISTINCT r.provider_message_id)
               FILTER (WHERE r.status IN ('delivered', 'read')) AS arrived,
           (array_agg(r.pricing ORDER BY array_position(
                ARRAY['delivered', 'read', 'sent'], r.status::text), r.provider_message_id)
            FILTER (WHERE r.pricing <> '{}'))[1]
           || jsonb_strip_nulls(jsonb_build_object(
                'free_entry_until', max(r.pricing->>'free_entry_until'))) AS pricing
      FROM mine
      JOIN conversations_message m ON m.id = mine.id
      JOIN conversations_storedreceipt r
        ON r.provider_message_id = m.provider_message_id OR r.send_token = m.send_token
     GROUP BY m.id, mine.was
), moved AS (
    UPDATE conversations_message m
       SET state = CASE
               WHEN said.read_at IS NOT NULL OR m.state = 'read' THEN 'read'
               WHEN said.delivered_at IS NOT NULL OR m.state = 'delivered' THEN 'delivered'
               WHEN said.all_failed THEN 'failed'
               ELSE 'sent' END,
           provider_message_id = coalesce(m.provider_message_id, said.reached, said.any_id),
           duplicate_ids = to_jsonb(array_remove(
               said.ids, coalesce(m.provider_message_id, said.reached, said.any_id)::text)),
           sent_at = coalesce(m.sent_at, said.sent_at),
           delivered_at = coalesce(m.delivered_at, said.delivered_at),
           read_at = coalesce(m.read_at, said.read_at),
           failed_at = coalesce(m.failed_at, said.failed_at),
           error_code = CASE WHEN said.failed_at IS NULL THEN m.error_code ELSE said.error_code END,
           error_text = CASE WHEN said.failed_at IS NULL THEN m.error_text ELSE said.error_text END,
           pricing = coalesce(said.pricing, m.pricing),
           price_category = left(coalesce(said.pricing->>'category', m.price_category), 40),
           cost = CASE
               WHEN said.pricing IS NULL THEN m.cost
               WHEN said.pricing->>'billable' = 'false'
                 OR starts_with(said.pricing->>'type', 'free_') THEN 0
               WHEN said.all_failed AND said.arrived = 0 THEN 0
               WHEN rates.rate IS NOT NULL THEN least(9999, greatest(said.arrived, 1) * rates.rate)
               END,
           unknown_at = NULL
      FROM said
      LEFT JOIN unnest(%(categories)s::text[], %(rates)s::numeric[]) AS rates(category, rate)
        ON rates.category = said.pricing->>'category'
     WHERE m.id = said.id
 RETURNING m.conversation_id, said.was, m.state, m.author, m.error_code,
           coalesce(IS_FREE_ENTRY, false)
), noted AS (
    UPDATE conversations_storedreceipt r
       SET applied_at = %(now)s
     WHERE r.applied_at IS NULL AND r.provider_message_id = ANY(%(ids)s)
       AND EXISTS (SELECT 1 FROM said WHERE r.provider_message_id = ANY(said.ids))
)
SELECT * FROM moved
""".replace("IS_FREE_ENTRY", free_entry.IS_FREE_ENTRY.format("said.pricing"))
