"""Raw webhook deliveries: replaying what was not understood, and pruning."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from conversations.services import inbound, raw_deliveries
from conversations.services.inbound import Pace
from integrations import registry
from integrations.messaging import WebhookError
from integrations.models import WebhookDelivery

KEPT = timedelta(days=30)


@transaction.atomic
def replay(*, delivery_id: int, pace: Pace, now: datetime) -> WebhookDelivery:
    """Read a stored POST again, with today's code. What is known already stays as it is."""
    delivery = WebhookDelivery.objects.select_for_update().get(id=delivery_id)
    delivery.replayed_at = now
    try:
        # The signature was checked when it came; the clock is the one it came at, so that a
        # message without a usable time keeps the time of its arrival.
        events = registry.parse_stored_webhook(body=bytes(delivery.body), now=delivery.received_at)
    except WebhookError as error:
        delivery.state = WebhookDelivery.State.REJECTED
        delivery.problems = [{"pointer": "", "reason": str(error)}]
    else:
        for name, value in raw_deliveries.outcome(events).items():
            setattr(delivery, name, value)
        inbound.process(events=events, pace=pace, now=now)
    delivery.save()
    return delivery


def prune(*, now: datetime) -> int:
    """Delete raw bodies after 30 days."""
    deleted, _per_model = WebhookDelivery.objects.filter(received_at__lt=now - KEPT).delete()
    return deleted
