"""Runs of the outbox, and what tests of it ask and say."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from conversations.models import Conversation
from conversations.services import delivery, inbound
from integrations.messaging import Receipt, ReceiptStatus, SendError, SendVerdict, WebhookEvents
from tests.conversations.rows import NOW, PACE
from tests.fakes.channel import FakeChannel

GRACE = timedelta(seconds=60)
UNKNOWN = SendError("cut off", verdict=SendVerdict.UNKNOWN)


def run(conversation: Conversation, channel: FakeChannel, *, now: datetime = NOW) -> None:
    delivery.deliver(
        conversation_id=conversation.pk, channel=channel, grace=GRACE, clock=lambda: now
    )


def states(conversation: Conversation) -> list[str]:
    return list(conversation.messages.order_by("number").values_list("state", flat=True))


def hear(*statuses: tuple[str, ReceiptStatus], callback: str = "", now: datetime = NOW) -> None:
    """The provider reports on our messages."""
    said = tuple(Receipt(wamid, status, now, callback_data=callback) for wamid, status in statuses)
    inbound.receive(events=WebhookEvents(receipts=said), body=b"{}", pace=PACE, now=now)


def hints() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'conversations.deliver'"
        )
        row = cursor.fetchone()
    return int(row[0])
