"""What a POST brought, byte for byte, and what we understood of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from integrations.messaging import WebhookEvents
from integrations.models import WebhookDelivery

# A hostile body can be wrong in a hundred thousand places; the raw bytes are kept anyway.
MOST_PROBLEMS = 200


def keep(*, events: WebhookEvents, body: bytes, now: datetime) -> None:
    """Keep the raw bytes; by hand, since `create` takes a sixth of a webhook's time."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, columns(events=events, body=body, now=now))


def columns(*, events: WebhookEvents, body: bytes, now: datetime) -> dict[str, Any]:
    """What INSERT asks for."""
    said = outcome(events)
    return {
        "body": body,
        "now": now,
        "outcome": said["state"],
        "counts": orjson.dumps(said["counts"]).decode(),
        "problems": orjson.dumps(said["problems"]).decode(),
    }


INSERT = """
    INSERT INTO integrations_webhookdelivery (provider, body, received_at, state, counts, problems)
    SELECT 'whatsapp', %(body)s, %(now)s, %(outcome)s, %(counts)s::jsonb, %(problems)s::jsonb
"""


def keep_rejected(*, body: bytes, reason: str, now: datetime) -> None:
    """Keep a POST that could not be read at all, for staff to see and replay."""
    WebhookDelivery.objects.create(
        body=body,
        state=WebhookDelivery.State.REJECTED,
        problems=[{"pointer": "", "reason": reason}],
        received_at=now,
    )


def outcome(events: WebhookEvents) -> dict[str, Any]:
    """What a delivery row says of these events."""
    states = WebhookDelivery.State
    parts = ("messages", "receipts", "echoes", "preferences", "unsupported")
    return {
        "state": states.PARTIAL if events.quarantined else states.PROCESSED,
        "counts": {name: len(getattr(events, name)) for name in parts if getattr(events, name)},
        "problems": _problems(events)[:MOST_PROBLEMS],
    }


def _problems(events: WebhookEvents) -> list[dict[str, str]]:
    """What staff should know about a delivery: first what was lost, then what was left alone."""
    return [
        *({"pointer": each.pointer, "reason": each.reason} for each in events.quarantined),
        *({"pointer": each.pointer, "reason": each.reason} for each in events.notices),
        *({"pointer": each.field, "reason": each.reason} for each in events.unsupported),
    ]
