"""The words of people we know, which most POSTs are: one reading and one writing, no transaction.

Round trips are what a webhook costs (docs/performance.md). Whatever needs more than a message, its
conversation and a hint goes the long way, `inbound.process`, which could store these as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from conversations.services import optout, raw_deliveries, threads
from conversations.services.threads import Arrival
from integrations.messaging import InboundMessage, WebhookEvents


def takes(events: WebhookEvents, *, now: datetime) -> bool:
    """Whether nothing but words was said, so far as one can see without the database."""
    others = (events.receipts, events.echoes, events.preferences, events.templates, events.account)
    return (
        bool(events.messages)
        and not any(others)
        and all(_only_words(message, now) for message in events.messages)
    )


def _only_words(message: InboundMessage, now: datetime) -> bool:
    return (
        message.kind in optout.WORDS
        and threads.can_be_answered(message, now=now)
        and not message.referral
        and not message.media
        and not optout.decides(message)
    )


def store(
    arrivals: Sequence[Arrival],
    *,
    delivery: Mapping[str, Any],
    after_last: timedelta,
    at_most: timedelta,
    now: datetime,
) -> bool:
    """Store the raw delivery and the messages and hint at their turns; False: none of it.

    That is when a conversation is not as it was read: taken over, given back, merged into another
    or parted from it since. Nor where its lead said stop, as staff have to know that they write
    again; nor where an edit or a deletion waits for its original.
    """
    read = {arrival.conversation_id: arrival.contact for arrival in arrivals}
    guard: dict[str, Any] = {
        "read": list(read),
        "epochs": [contact.epoch for contact in read.values()],
        "modes": [str(contact.mode) for contact in read.values()],
    }
    written = threads.columns(arrivals, after_last=after_last, at_most=at_most, now=now)
    with connection.cursor() as cursor:
        cursor.execute(STORE, {**guard, **written, **delivery})
        stored, _hints = cursor.fetchone()
    return bool(stored)


# Conversations first and in order of id, as everywhere; then their leads. With a plain `=` between
# the modes, the planner would walk through an index that begins with them.
STORE = f"""
WITH before AS (
    SELECT c.id, c.answer_due_at AS due
      FROM unnest(%(read)s::uuid[], %(epochs)s::bigint[], %(modes)s::text[])
           AS r(id, epoch, mode)
      JOIN conversations_conversation c ON c.id = r.id
      JOIN conversations_lead l ON l.id = c.lead_id
     WHERE c.epoch = r.epoch AND c.mode IS NOT DISTINCT FROM r.mode
       AND l.opted_out_at IS NULL
       AND coalesce(c.awaits_original_until <= %(now)s, true)
     ORDER BY c.id
       FOR UPDATE OF c FOR NO KEY UPDATE OF l
), as_read AS (
    SELECT count(*) = cardinality(%(read)s::uuid[]) AS yes FROM before
), arrival AS (
    {threads.ARRIVALS} WHERE (SELECT yes FROM as_read)
), {threads.WRITE}, delivery AS (
    {raw_deliveries.INSERT} WHERE (SELECT yes FROM as_read)
)
SELECT yes, (SELECT count(*) FROM hint) FROM as_read
"""  # noqa: S608  # our own words only
