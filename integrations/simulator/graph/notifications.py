"""What subscribers are told, in Graph's words; the simulator's dispatcher takes it there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from integrations.models import SimulatedMailbox, SimulatedSubscription
from integrations.simulator import chaos, webhooks
from integrations.simulator.graph.wire import write_instant

LIFECYCLE = ("missed", "reauthorizationRequired", "subscriptionRemoved")


def tell_change(
    *, mailbox: SimulatedMailbox, event_id: str, etag: str, change: str, now: datetime
) -> None:
    """Tell whoever subscribed that an event was created, updated or deleted."""
    path = f"Users/{mailbox.address}/Events/{event_id}"
    news = {
        "changeType": change,
        "resource": path,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": path,
            "@odata.etag": etag,
            "id": event_id,
        },
    }
    for subscription in alive(now).filter(mailbox=mailbox, change_types__contains=change):
        draw = chaos.draw(sends=False)
        if draw.is_notification_lost():
            continue
        delay = timedelta(seconds=draw.chaos.notification_delay_seconds)
        _post(subscription, subscription.notification_url, news, due_at=now + delay)


def tell_lifecycle(
    kind: str, subscriptions: Iterable[SimulatedSubscription], *, now: datetime
) -> int:
    """Tell subscribers something of their subscriptions; say how many have an address for it."""
    told = 0
    for subscription in subscriptions:
        if subscription.lifecycle_url:
            news = {"lifecycleEvent": kind, "resource": subscription.resource}
            _post(subscription, subscription.lifecycle_url, news, due_at=now)
            told += 1
        if kind == "subscriptionRemoved":
            subscription.delete()
    return told


def alive(now: datetime) -> QuerySet[SimulatedSubscription]:
    """The subscriptions that have not expired."""
    return SimulatedSubscription.objects.filter(expires_at__gt=now).order_by("created_at", "id")


def _post(
    subscription: SimulatedSubscription, url: str, news: Mapping[str, Any], *, due_at: datetime
) -> None:
    item = {
        "subscriptionId": str(subscription.pk),
        "subscriptionExpirationDateTime": write_instant(subscription.expires_at),
        "clientState": subscription.client_state or None,
        "tenantId": subscription.tenant_id,
        **news,
    }
    body = json.dumps({"value": [item]}, ensure_ascii=False).encode()
    webhooks.post(body, lane=f"subscription {subscription.pk}", due_at=due_at, url=url)
