"""What a phone does: write, tap, send a file, come from an ad. Each becomes one webhook."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from integrations.models import SimulatedMedia, SimulatedMessage, SimulatedPhone
from integrations.simulator import media, phones, webhooks
from integrations.simulator.business import DISPLAY_PHONE_NUMBER, business, new_wamid

MAX_TEXT = 4096
MAX_CAPTION = 1024
REPLIES = {"button": "button_reply", "list": "list_reply"}


class ActionError(ValueError):
    """The phone cannot do this; the text tells the person why."""


@dataclass(frozen=True)
class _Draft:
    """A message before it has an id; `content` is the wire's object named by `type`."""

    type: str
    content: Mapping[str, Any]
    context_wamid: str = ""
    referral: Mapping[str, Any] = field(default_factory=dict)


def send_text(
    *,
    phone: SimulatedPhone,
    text: str,
    client_id: UUID,
    now: datetime,
    referral: Mapping[str, Any] | None = None,
) -> SimulatedMessage:
    """Write a message, the first one after an ad click with the ad's referral."""
    if not text.strip():
        raise ActionError(_("Write something first."))
    if len(text) > MAX_TEXT:
        raise ActionError(_("A message has at most 4096 characters."))
    draft = _Draft("text", {"body": text}, referral=referral or {})
    return _send(draft, phone=phone, client_id=client_id, now=now)


def send_file(
    *,
    phone: SimulatedPhone,
    upload: UploadedFile[bytes],
    caption: str,
    client_id: UUID,
    now: datetime,
) -> SimulatedMessage:
    """Send a picture, video, voice note or document."""
    if len(caption) > MAX_CAPTION:
        raise ActionError(_("A caption has at most 1024 characters."))
    if known := _already_sent(client_id):
        return known
    try:
        held = media.store(upload, now=now)
    except media.MediaError as error:
        raise ActionError(_("Empty file, or larger than 16 MB.")) from error
    return _send(_file(held, caption), phone=phone, client_id=client_id, now=now)


def tap(
    *, phone: SimulatedPhone, wamid: str, option_id: str, client_id: UUID, now: datetime
) -> SimulatedMessage:
    """Tap a reply button or choose a list row of a message from the business."""
    asked = SimulatedMessage.objects.filter(
        phone=phone, wamid=wamid, from_business=True, type="interactive"
    ).first()
    option = options_of(asked.content).get(option_id) if asked else None
    if asked is None or option is None:
        raise ActionError(_("This option is no longer there."))
    reply = REPLIES[asked.content["type"]]
    draft = _Draft("interactive", {"type": reply, reply: option}, context_wamid=wamid)
    with transaction.atomic():
        SimulatedPhone.objects.select_for_update().get(pk=phone.pk)
        if reply == "button_reply" and (known := answer_to(phone, wamid)):
            return known
        return _send(draft, phone=phone, client_id=client_id, now=now)


def options_of(interactive: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the options of an interactive message by id, in the shape that a reply carries."""
    action = interactive["action"]
    if interactive["type"] == "button":
        return {button["reply"]["id"]: button["reply"] for button in action["buttons"]}
    return {row["id"]: row for section in action["sections"] for row in section["rows"]}


def answer_to(phone: SimulatedPhone, wamid: str) -> SimulatedMessage | None:
    """Find the phone's tap on a message."""
    return SimulatedMessage.objects.filter(
        phone=phone, from_business=False, type="interactive", context_wamid=wamid
    ).first()


def _file(held: SimulatedMedia, caption: str) -> _Draft:
    base = held.mime_type.partition(";")[0]
    kind = base.partition("/")[0]
    content: dict[str, Any] = {"caption": caption} if caption and kind != "audio" else {}
    content |= {
        "mime_type": held.mime_type,
        "sha256": base64.b64encode(media.digest(held)).decode(),
        "id": str(held.pk),
    }
    if kind == "audio":
        content["voice"] = base == "audio/ogg"
    elif kind not in ("image", "video"):
        kind = "document"
        content = {"filename": held.filename} | content
    return _Draft(kind, content)


def _already_sent(client_id: UUID) -> SimulatedMessage | None:
    return SimulatedMessage.objects.filter(client_id=client_id).first()


def _send(
    draft: _Draft, *, phone: SimulatedPhone, client_id: UUID, now: datetime
) -> SimulatedMessage:
    """Store the message and its webhook; the same client_id is the same message."""
    with transaction.atomic():
        revision = phones.next_revision(phone.pk)
        message, created = SimulatedMessage.objects.get_or_create(
            client_id=client_id,
            defaults={
                "wamid": new_wamid(),
                "phone": phone,
                "from_business": False,
                "type": draft.type,
                "content": draft.content,
                "context_wamid": draft.context_wamid,
                "referral": draft.referral,
                "revision": revision,
                "occurred_at": now,
            },
        )
        if created:
            body = webhooks.envelope(
                business(),
                contacts=[webhooks.contact_of(phone)],
                messages=[build(message, phone=phone)],
            )
            webhooks.enqueue(body, phone=phone, due_at=now, message=message)
    return message


def build(message: SimulatedMessage, *, phone: SimulatedPhone) -> dict[str, Any]:
    """Shape one entry of `messages`; who hides their number sends no `from`."""
    entry: dict[str, Any] = {}
    if phone.wa_id:
        entry["from"] = phone.wa_id
    entry |= {
        "from_user_id": phone.user_id,
        "id": message.wamid,
        "timestamp": str(int(message.occurred_at.timestamp())),
        "type": message.type,
        message.type: message.content,
    }
    if message.context_wamid:
        entry["context"] = {"from": DISPLAY_PHONE_NUMBER, "id": message.context_wamid}
    if message.referral:
        entry["referral"] = message.referral
    return entry
