"""What happens around the messages: other ids, calls, wishes, the business's own app."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator import conditions, phones, webhooks
from integrations.simulator.business import DISPLAY_PHONE_NUMBER, business
from integrations.simulator.phone.drafts import ActionError, Draft, record, stamp


def change_number(
    phone: SimulatedPhone, number: str, *, client_id: UUID, now: datetime
) -> SimulatedMessage:
    """Move to another number, which brings another business-scoped id."""
    number = re.sub(r"\D", "", number)
    if not 8 <= len(number) <= 15:
        raise ActionError(_("Give a phone number with its country code, or a username."))
    if SimulatedPhone.objects.filter(wa_id=number).exists():
        raise ActionError(_("There is a phone with this number already."))
    old = phone.wa_id or phone.user_id
    system = {
        "body": f"User {phone.name} changed from {old} to {number}",
        "wa_id": number,
        "user_id": phones.new_user_id(number),
        "previous_user_id": phone.user_id,
        "type": "user_changed_number",
    }
    return _announce(phone, system, client_id=client_id, now=now)


def rotate_id(phone: SimulatedPhone, *, client_id: UUID, now: datetime) -> SimulatedMessage:
    """Get another business-scoped id and keep the number."""
    fresh = phones.new_user_id(phone.wa_id or "")
    system = {
        "body": f"User {phone.name} changed from {phone.user_id} to {fresh}",
        "user_id": fresh,
        "previous_user_id": phone.user_id,
        "type": "user_changed_user_id",
    }
    return _announce(phone, system, client_id=client_id, now=now)


def hide_number(phone: SimulatedPhone, username: str) -> None:
    """Take a username: from now on no webhook carries the number."""
    username = username.strip().removeprefix("@").lower() or _username(phone)
    if not phones.USERNAME.fullmatch(username):
        raise ActionError(_("A username has 3 to 35 letters a-z, digits, dots or underscores."))
    if phone.wa_id:
        conditions.change(phone, hidden_number=phone.wa_id)
    phone.wa_id, phone.username = None, username
    phone.save(update_fields=["wa_id", "username"])


def show_number(phone: SimulatedPhone) -> None:
    """Share the number again; the username stays."""
    number = conditions.of(phone).hidden_number
    if not number or SimulatedPhone.objects.filter(wa_id=number).exists():
        raise ActionError(_("This phone hides no number."))
    phone.wa_id = number
    phone.save(update_fields=["wa_id"])
    conditions.change(phone, hidden_number="")


def prefer(
    phone: SimulatedPhone, value: str, *, client_id: UUID, now: datetime
) -> SimulatedMessage:
    """Switch marketing messages off (stop) or on (resume) in the app."""
    conditions.change(phone, no_marketing=value == "stop")
    preference = {
        **({"wa_id": phone.wa_id} if phone.wa_id else {}),
        "user_id": phone.user_id,
        "detail": f"User requested to {value} marketing messages",
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(now.timestamp()),
    }
    draft = Draft("preference", {"value": value}, channel="user_preferences")
    parts = {"contacts": [webhooks.contact_of(phone)], "user_preferences": [preference]}
    return _tell(draft, parts, phone=phone, client_id=client_id, now=now)


def call(phone: SimulatedPhone, *, client_id: UUID, now: datetime) -> SimulatedMessage:
    """Ring the business."""
    entry = {
        "id": "wacid." + secrets.token_hex(12),
        **({"from": phone.wa_id} if phone.wa_id else {}),
        "from_user_id": phone.user_id,
        "to": DISPLAY_PHONE_NUMBER,
        "event": "connect",
        "timestamp": stamp(now),
        "direction": "USER_INITIATED",
        "session": {"sdp_type": "offer", "sdp": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"},
    }
    draft = Draft("call", {"id": entry["id"]}, channel="calls")
    parts = {"contacts": [webhooks.contact_of(phone)], "calls": [entry]}
    return _tell(draft, parts, phone=phone, client_id=client_id, now=now)


def echo(
    phone: SimulatedPhone, content: Mapping[str, Any], *, client_id: UUID, now: datetime
) -> SimulatedMessage:
    """Write to the phone from the business's own app."""
    draft = Draft("text", content, channel="smb_message_echoes")
    with transaction.atomic():
        message, created = record(
            draft, phone=phone, client_id=client_id, now=now, from_business=True
        )
        if created:
            entry = {
                "from": DISPLAY_PHONE_NUMBER,
                **({"to": phone.wa_id} if phone.wa_id else {}),
                "to_user_id": phone.user_id,
                "id": message.wamid,
                "timestamp": stamp(now),
                "type": "text",
                "text": content,
            }
            parts = {"contacts": [webhooks.contact_of(phone)], "message_echoes": [entry]}
            body = webhooks.change(business(), draft.channel, parts)
            webhooks.enqueue(body, phone=phone, due_at=now)
            message.status = SimulatedMessage.Status.DELIVERED
            message.save(update_fields=["status"])
    return message


def _announce(
    phone: SimulatedPhone, system: dict[str, str], *, client_id: UUID, now: datetime
) -> SimulatedMessage:
    """Tell of a change in the words of the old ids, then take the new ones."""
    draft = Draft("system", system)
    with transaction.atomic():
        message, created = record(draft, phone=phone, client_id=client_id, now=now)
        if created:
            entry = {
                **({"from": phone.wa_id} if phone.wa_id else {}),
                "id": message.wamid,
                "timestamp": stamp(now),
                "type": "system",
                "system": system,
            }
            body = webhooks.envelope(business(), messages=[entry])
            webhooks.enqueue(body, phone=phone, due_at=now, message=message)
            phone.user_id = system["user_id"]
            phone.wa_id = system.get("wa_id", phone.wa_id)
            phone.save(update_fields=["user_id", "wa_id"])
    return message


def _tell(
    draft: Draft,
    parts: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    phone: SimulatedPhone,
    client_id: UUID,
    now: datetime,
) -> SimulatedMessage:
    with transaction.atomic():
        message, created = record(draft, phone=phone, client_id=client_id, now=now)
        if created:
            body = webhooks.change(business(), draft.channel, parts)
            webhooks.enqueue(body, phone=phone, due_at=now, message=message)
    return message


def _username(phone: SimulatedPhone) -> str:
    plain = re.sub(r"[^a-z]+", ".", phone.name.lower()).strip(".")[:20]
    return f"{plain or 'lead'}.{phone.pk:03d}"
