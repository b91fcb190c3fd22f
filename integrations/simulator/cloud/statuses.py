"""Statuses of messages from the business, as webhooks in Meta's shape."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator import phones, webhooks
from integrations.simulator.business import business
from integrations.simulator.chaos import Draw
from integrations.simulator.cloud import templates
from integrations.simulator.cloud.errors import title

Status = SimulatedMessage.Status
DELIVERED_AFTER = timedelta(milliseconds=250)
HREF = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"
)


def schedule(
    message: SimulatedMessage, *, phone: SimulatedPhone, draw: Draw, now: datetime
) -> None:
    """Send `sent`, then `delivered`; or `failed` where the dice say so."""
    at = now + timedelta(seconds=draw.chaos.status_delay_seconds)
    if draw.fails_later():
        _send(message, Status.FAILED, phone=phone, draw=draw, at=at)
        message.status = Status.FAILED
    else:
        _send(message, Status.SENT, phone=phone, draw=draw, at=at)
        _send(message, Status.DELIVERED, phone=phone, draw=draw, at=at + DELIVERED_AFTER)
        message.status = Status.DELIVERED
    message.save(update_fields=["status"])


def mark_seen(phone: SimulatedPhone, *, draw: Draw, now: datetime) -> int:
    """The phone's screen shows the chat: everything delivered there is read."""
    unread = SimulatedMessage.objects.filter(
        phone=phone, from_business=True, status=Status.DELIVERED
    )
    if not unread.exists():
        return 0
    with transaction.atomic():
        revision = phones.next_revision(phone.pk)
        # Never before `delivered`, which is on its way for what has just come.
        at = now + DELIVERED_AFTER + timedelta(seconds=draw.chaos.status_delay_seconds)
        seen = list(unread.order_by("pk"))
        for message in seen:
            _send(message, Status.READ, phone=phone, draw=draw, at=at)
            message.status, message.revision = Status.READ, revision
        SimulatedMessage.objects.bulk_update(seen, ["status", "revision"])
    return len(seen)


def _send(
    message: SimulatedMessage,
    status: SimulatedMessage.Status,
    *,
    phone: SimulatedPhone,
    draw: Draw,
    at: datetime,
) -> None:
    code = draw.chaos.status_failed_code if status is Status.FAILED else None
    body = webhooks.envelope(
        business(),
        contacts=[] if code else [webhooks.contact_of(phone)],
        statuses=[build(message, status, phone=phone, at=at, code=code)],
    )
    for _copy in range(draw.copies(status)):
        webhooks.enqueue(body, phone=phone, due_at=at)


def build(
    message: SimulatedMessage,
    status: SimulatedMessage.Status,
    *,
    phone: SimulatedPhone,
    at: datetime,
    code: int | None = None,
) -> dict[str, Any]:
    """Shape one entry of `statuses`; a person without a number has no `recipient_id`."""
    entry: dict[str, Any] = {
        "id": message.wamid,
        "status": str(status),
        "timestamp": str(int(at.timestamp())),
    }
    if phone.wa_id:
        entry["recipient_id"] = phone.wa_id
    if code is None or not phone.wa_id:
        entry["recipient_user_id"] = phone.user_id
    if status in (Status.SENT, Status.DELIVERED):
        entry["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": _category(message),
        }
    if message.callback_data:
        entry["biz_opaque_callback_data"] = message.callback_data
    if code is not None:
        entry["errors"] = [_error(code)]
    return entry


def _category(message: SimulatedMessage) -> str:
    if message.type != "template":
        return "service"
    template = templates.find(message.content) or {}
    return str(template.get("category", "utility")).lower()


def _error(code: int) -> dict[str, Any]:
    return {
        "code": code,
        "title": title(code),
        "message": title(code),
        "error_data": {"details": f"{title(code)}."},
        "href": HREF,
    }
