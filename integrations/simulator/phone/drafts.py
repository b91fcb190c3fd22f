"""From what a phone does to a stored message and its webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator import phones, webhooks
from integrations.simulator.business import DISPLAY_PHONE_NUMBER, business, new_wamid

# Their content stands beside the type in the entry, not under its name.
OPEN_TYPES = {"contacts", "unsupported", "request_welcome"}
# They say something about another message, where they name it.
TARGETS = {
    "reaction": "message_id",
    "edit": "original_message_id",
    "revoke": "original_message_id",
}


class ActionError(ValueError):
    """The phone cannot do this; the text tells the person why."""


@dataclass(frozen=True)
class Draft:
    """A message before it has an id; `content` is the wire's object named by `type`.

    `written_at` is set for one that comes late; `channel` is the webhook field.
    """

    type: str
    content: Mapping[str, Any]
    context_wamid: str = ""
    referral: Mapping[str, Any] = field(default_factory=dict)
    group_id: str = ""
    forwarded: bool = False
    written_at: datetime | None = None
    channel: str = "messages"


def send(
    draft: Draft, *, phone: SimulatedPhone, client_id: UUID, now: datetime
) -> SimulatedMessage:
    """Store the message and its webhook; the same client_id is the same message."""
    with transaction.atomic():
        message, created = record(draft, phone=phone, client_id=client_id, now=now)
        if created:
            entry = build(message, phone=phone)
            if draft.forwarded:
                entry["context"] = {"forwarded": True}
            parts = {"contacts": [webhooks.contact_of(phone)], "messages": [entry]}
            body = webhooks.change(business(), draft.channel, parts)
            webhooks.enqueue(body, phone=phone, due_at=now, message=message)
    return message


def record(
    draft: Draft,
    *,
    phone: SimulatedPhone,
    client_id: UUID,
    now: datetime,
    from_business: bool = False,
) -> tuple[SimulatedMessage, bool]:
    """Store what happened without telling the business; False when it is stored already."""
    revision = phones.next_revision(phone.pk)
    target = draft.content.get(TARGETS.get(draft.type, ""))
    if target:
        SimulatedMessage.objects.filter(phone=phone, wamid=target).update(revision=revision)
    return SimulatedMessage.objects.get_or_create(
        client_id=client_id,
        defaults={
            "wamid": new_wamid(),
            "phone": phone,
            "from_business": from_business,
            "type": draft.type,
            "content": draft.content,
            "context_wamid": draft.context_wamid,
            "referral": draft.referral,
            "addressed_to": draft.group_id,
            "revision": revision,
            "occurred_at": draft.written_at or now,
        },
    )


def build(message: SimulatedMessage, *, phone: SimulatedPhone) -> dict[str, Any]:
    """Shape one entry of `messages`; who hides their number sends no `from`."""
    entry: dict[str, Any] = {}
    if phone.wa_id:
        entry["from"] = phone.wa_id
    entry |= {
        "from_user_id": phone.user_id,
        "id": message.wamid,
        "timestamp": stamp(message.occurred_at),
        "type": message.type,
    }
    entry |= message.content if message.type in OPEN_TYPES else {message.type: message.content}
    if message.context_wamid:
        entry["context"] = {"from": DISPLAY_PHONE_NUMBER, "id": message.context_wamid}
    if message.referral:
        entry["referral"] = message.referral
    if message.addressed_to:
        entry["group_id"] = message.addressed_to
    return entry


def stamp(moment: datetime) -> str:
    """Write a time as Meta does."""
    return str(int(moment.timestamp()))
