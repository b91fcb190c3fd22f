"""Webhook POSTs: Meta's are built here; all are stored here and sent by the dispatcher."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from integrations.models import SimulatedMessage, SimulatedPhone, SimulatedWebhook
from integrations.simulator import chaos, dispatcher
from integrations.simulator.business import DISPLAY_PHONE_NUMBER, Business

OVERTAKEN_BY = timedelta(seconds=2)


def envelope(
    business: Business,
    *,
    contacts: Sequence[Mapping[str, Any]] = (),
    messages: Sequence[Mapping[str, Any]] = (),
    statuses: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """Wrap one `messages` change."""
    return change(
        business, "messages", {"contacts": contacts, "messages": messages, "statuses": statuses}
    )


def change(
    business: Business, name: str, parts: Mapping[str, Sequence[Mapping[str, Any]]]
) -> bytes:
    """Wrap one change of a field as Meta does: minified, escaped, slashes included."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": DISPLAY_PHONE_NUMBER,
            "phone_number_id": business.phone_number_id,
        },
    }
    value |= {name: list(items) for name, items in parts.items() if items}
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": business.account_id, "changes": [{"value": value, "field": name}]}],
    }
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def contact_of(phone: SimulatedPhone) -> dict[str, Any]:
    """Describe a person: the phone number is left out by those who hide it."""
    profile = {"name": phone.name}
    if phone.username:
        profile["username"] = f"@{phone.username}"
    contact: dict[str, Any] = {"profile": profile}
    if phone.wa_id:
        contact["wa_id"] = phone.wa_id
    contact["user_id"] = phone.user_id
    return contact


def enqueue(
    body: bytes,
    *,
    phone: SimulatedPhone,
    due_at: datetime,
    message: SimulatedMessage | None = None,
) -> None:
    """Tell the business of what happened on a phone."""
    post(body, lane=str(phone.pk), due_at=due_at, message=message)


def post(
    body: bytes,
    *,
    lane: str,
    due_at: datetime,
    url: str = "",
    message: SimulatedMessage | None = None,
) -> None:
    """Store a POST and wake the dispatcher once it is committed."""
    webhook = SimulatedWebhook.objects.create(
        lane=lane, url=url, body=body, due_at=due_at, message=message
    )
    dice = chaos.Draw(chaos.current(), webhook.pk)
    if dice.is_overtaken():
        # Out of its lane, where the first attempts keep their order.
        webhook.lane, webhook.due_at = f"{lane} late {webhook.pk}", due_at + OVERTAKEN_BY
        webhook.save(update_fields=["lane", "due_at"])
    if dice.is_doubled():
        SimulatedWebhook.objects.create(
            lane=webhook.lane, url=url, body=body, due_at=webhook.due_at
        )
    transaction.on_commit(dispatcher.wake)
