"""What Meta refuses for reasons outside of the message: the window, the pace, ids of others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from integrations.models import SimulatedMedia, SimulatedMessage, SimulatedPhone
from integrations.simulator import conditions, media
from integrations.simulator.chaos import Chaos
from integrations.simulator.cloud import templates
from integrations.simulator.cloud.errors import GraphError
from integrations.simulator.cloud.validation import MEDIA_TYPES, SendRequest

WINDOW = timedelta(hours=24)
# One message in six seconds, of which 45 may come at once.
PAIR_PAUSE_SECONDS, PAIR_BURST = 6.0, 45
PAIR_HISTORY = 500
LARGEST = {"image": 5 * media.MEGABYTE, "sticker": 500 * 1024}
# What a phone does without writing opens no window.
SILENT = ("system", "edit", "revoke", "preference")


def check(request: SendRequest, *, phone: SimulatedPhone, chaos: Chaos, now: datetime) -> None:
    """Refuse what may not go to this person now."""
    if request.type == "template":
        templates.check(request.content)
        _check_wish(request, phone=phone)
    else:
        _check_window(phone, now=now)
    if chaos.pair_rate_limit:
        _check_pace(phone, now=now)
    _check_in_chat(phone, request.context_wamid, "context.message_id")
    if request.type == "reaction":
        _check_in_chat(phone, request.content["message_id"], "reaction.message_id")


def window_opened_at(phone: SimulatedPhone) -> datetime | None:
    """Tell when the person last wrote, unless the window was made to lapse since."""
    wrote = SimulatedMessage.objects.filter(phone=phone, from_business=False)
    lapsed = conditions.of(phone).lapsed()
    if lapsed is not None:
        wrote = wrote.filter(occurred_at__gt=lapsed)
    opened = wrote.exclude(type__in=SILENT)
    return opened.order_by("-occurred_at").values_list("occurred_at", flat=True).first()


def check_media(request: SendRequest) -> None:
    """Refuse an id that names no file, or one of another type."""
    media_id = request.content.get("id") if request.type in MEDIA_TYPES else None
    if media_id is None:
        return
    known = str(media_id).isdecimal() and len(str(media_id)) < 19
    held = SimulatedMedia.objects.filter(pk=int(media_id)).first() if known else None
    if held is None:
        raise GraphError(100, "Media ID is not valid or has expired.")
    if not held.mime_type.startswith(_mime_types(request.type)):
        raise GraphError(131053, f"A file of type {held.mime_type} is no {request.type}.")
    if len(held.body) > LARGEST.get(request.type, media.MAX_BYTES):
        raise GraphError(131053, f"The {request.type} is too large: {len(held.body)} bytes.")


def _mime_types(kind: str) -> str:
    return {"sticker": "image/webp", "document": ""}.get(kind, f"{kind}/")


def _check_wish(request: SendRequest, *, phone: SimulatedPhone) -> None:
    template = templates.find(request.content) or {}
    if template.get("category") == "MARKETING" and conditions.of(phone).no_marketing:
        raise GraphError(131050, "The person has stopped marketing messages from this business.")


def _check_window(phone: SimulatedPhone, *, now: datetime) -> None:
    opened_at = window_opened_at(phone)
    if opened_at is None or opened_at <= now - WINDOW:
        raise GraphError(
            131047,
            "Message failed to send because more than 24 hours have passed since the customer "
            "last replied to this number.",
        )


def _check_pace(phone: SimulatedPhone, *, now: datetime) -> None:
    """Meta's bucket: 45 deep, refilled by one every six seconds."""
    sent = SimulatedMessage.objects.filter(phone=phone, from_business=True)
    times = sent.order_by("-occurred_at").values_list("occurred_at", flat=True)[:PAIR_HISTORY]
    for count, at in enumerate(times, start=1):
        if count + 1 - (now - at).total_seconds() / PAIR_PAUSE_SECONDS > PAIR_BURST:
            raise GraphError(131056, "Too many messages to this person in a short time.")


def _check_in_chat(phone: SimulatedPhone, wamid: Any, name: str) -> None:
    if wamid and not SimulatedMessage.objects.filter(phone=phone, wamid=wamid).exists():
        raise GraphError(131009, f"{name} is not the ID of a message in this chat")
