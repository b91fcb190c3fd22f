"""One payload element to one event of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.messaging import (
    Echo,
    InboundMessage,
    MarketingPreference,
    Receipt,
    ReceiptStatus,
    Referral,
    Sender,
)
from integrations.whatsapp import payloads
from integrations.whatsapp.bodies import Body, Raw, read_body
from integrations.whatsapp.people import Contacts, sender_of, sender_of_system
from integrations.whatsapp.phones import canonical_phone
from integrations.whatsapp.text import clean, clean_object

# WhatsApp began in 2009: an earlier stamp is a mistake.
EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
MILLISECONDS = 100_000_000_000
FREE_ENTRY = ("free_entry_point", "referral_conversion")
# 72 h, and room for clocks that differ.
LONGEST_FREE = timedelta(hours=96)
STATUSES = {status.value: status for status in ReceiptStatus} | {"played": ReceiptStatus.READ}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Value:
    """What the messages of one value share. `alone`: it holds a single message."""

    contacts: Contacts
    own_number: str
    alone: bool
    errors: tuple[dict[str, Any], ...]
    standby: bool
    now: datetime


def message_event(
    message: payloads.Message, raw: Mapping[str, Any], value: Value
) -> InboundMessage | None:
    """Read a message; None when it names no sender."""
    sender = _sender(message, raw, value)
    if not sender.key:
        return None
    body = read_body(Raw(raw, message.type, sender, value.errors if value.alone else ()))
    group = message.group_id is not None
    ours = bool(sender.phone) and canonical_phone(sender.phone or "") == value.own_number
    event = _event(message, sender, body, value.now)
    return replace(
        event,
        is_group=group,
        on_standby=value.standby,
        starts_turn=body.starts_turn and not (group or ours or value.standby),
        opens_window=body.opens_window and not (group or ours),
    )


def echo_event(message: payloads.EchoMessage, raw: Mapping[str, Any], value: Value) -> Echo | None:
    """Read what one of us wrote in the provider's app; None when it names no recipient."""
    recipient = value.contacts.complete(Sender(bsuid=message.to_user_id, phone=message.to))
    if not recipient.key:
        return None
    sender = Sender(phone=message.from_ or value.own_number.removeprefix("+") or None)
    body = replace(
        read_body(Raw(raw, message.type, sender)), identity_change=None, opens_window=False
    )
    event = _event(message, sender, body, value.now)
    silent = replace(event, starts_turn=False, opens_window=False, on_standby=value.standby)
    return Echo(silent, recipient)


def receipt_event(status: payloads.Status, *, now: datetime) -> Receipt | None:
    """Read a status; None when we do not know the word."""
    if status.status not in STATUSES:
        return None
    error = payloads.soft(payloads.StatusError, status.errors[0]) if status.errors else None
    return Receipt(
        provider_message_id=status.id,
        status=STATUSES[status.status],
        occurred_at=moment(status.timestamp, now),
        callback_data=status.biz_opaque_callback_data,
        error_code=error.code if error else None,
        error_text=_error_text(error) if error else "",
        pricing=_pricing(status, now),
    )


def _pricing(status: payloads.Status, now: datetime) -> dict[str, Any]:
    """What it costs; `free_entry_until` is ours: the end of a free entry point, in UTC."""
    pricing = clean_object(status.pricing)
    pricing.pop("free_entry_until", None)
    origin = status.conversation.get("origin")
    kinds = [pricing.get("type"), pricing.get("category")]
    kinds += [origin.get("type")] if isinstance(origin, dict) else []
    stamp = status.conversation.get("expiration_timestamp")
    if (
        any(kind in FREE_ENTRY for kind in kinds)
        and isinstance(stamp, str)
        and re.fullmatch(r"[0-9]{1,11}", stamp)
    ):
        ends_at = EPOCH + timedelta(seconds=int(stamp))
        if EARLIEST <= ends_at <= now + LONGEST_FREE:
            pricing["free_entry_until"] = ends_at.isoformat()
    return pricing


def preference_event(
    preference: payloads.Preference, contacts: Contacts, *, now: datetime
) -> MarketingPreference | None:
    """Read a marketing preference; None when it names nobody."""
    sender = contacts.complete(Sender(bsuid=preference.user_id, phone=preference.wa_id))
    if not sender.key:
        return None
    stopped = preference.value == "stop"
    return MarketingPreference(sender, stopped, moment(preference.timestamp, now))


def own_number(value: Mapping[str, Any]) -> str:
    """Our number in canonical form, or "" where the value does not say it."""
    metadata = value.get("metadata")
    given = metadata.get("display_phone_number") if isinstance(metadata, dict) else None
    return canonical_phone(str(given)) if isinstance(given, str | int) else ""


def moment(stamp: object, now: datetime) -> datetime:
    """Read seconds (or milliseconds) since 1970; what cannot be right is `now`."""
    if isinstance(stamp, str) and re.fullmatch(r"[0-9]{1,14}", stamp):
        stamp = int(stamp)
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return now
    if not 0 < stamp < MILLISECONDS * 1000:
        return now
    seconds = stamp / 1000 if stamp >= MILLISECONDS else stamp
    found = EPOCH + timedelta(seconds=seconds)
    return found if EARLIEST <= found <= now else now


def _sender(message: payloads.Message, raw: Mapping[str, Any], value: Value) -> Sender:
    if message.type == "system":
        return sender_of_system(message, raw.get("system"))
    sender = sender_of(message)
    if sender.key:
        return value.contacts.complete(sender)
    return value.contacts.only() if value.alone else sender


def _event(message: payloads.Message, sender: Sender, body: Body, now: datetime) -> InboundMessage:
    context = message.context or payloads.Context()
    return InboundMessage(
        provider_message_id=message.id,
        sender=sender,
        kind=body.kind,
        occurred_at=moment(message.timestamp, now),
        text=body.text,
        reply_id=body.reply_id,
        in_reply_to=context.id or "",
        target_message_id=body.target_message_id,
        media=body.media,
        content=_content(message, context, body),
        referral=_referral(message.referral),
        identity_change=body.identity_change,
        starts_turn=body.starts_turn,
        opens_window=body.opens_window,
    )


def _content(message: payloads.Message, context: payloads.Context, body: Body) -> dict[str, Any]:
    content = dict(body.content)
    if context.forwarded is True or context.frequently_forwarded is True:
        content["forwarded"] = True
    if context.referred_product:
        content["referred_product"] = clean_object(context.referred_product)
    if isinstance(message.group_id, str):
        content["group_id"] = clean(message.group_id, 255)
    return content


def _referral(referral: payloads.Referral | None) -> Referral | None:
    if referral is None:
        return None
    return Referral(
        source_type=referral.source_type,
        source_id=referral.source_id,
        source_url=referral.source_url,
        headline=referral.headline,
        body=referral.body,
        ctwa_clid=referral.ctwa_clid,
    )


def _error_text(error: payloads.StatusError) -> str:
    details = error.error_data.get("details") if isinstance(error.error_data, dict) else None
    if isinstance(error.error_data, str):
        details = error.error_data
    text = details if isinstance(details, str) and details else error.title or error.message
    return clean(text, 500)
