"""What a phone does: write, tap, send a file, come from an ad. Each becomes one webhook."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from integrations.models import SimulatedMedia, SimulatedMessage, SimulatedPhone
from integrations.simulator import media
from integrations.simulator.cloud.template_buttons import buttons_of
from integrations.simulator.phone.drafts import ActionError, Draft, send

MAX_TEXT = 4096
MAX_CAPTION = 1024
REPLIES = {"button": "button_reply", "list": "list_reply"}


def send_text(
    *,
    phone: SimulatedPhone,
    text: str,
    client_id: UUID,
    now: datetime,
    referral: Mapping[str, Any] | None = None,
    reply_to: str = "",
) -> SimulatedMessage:
    """Write a message, the first one after an ad click with the ad's referral."""
    draft = Draft(
        "text", words(text), referral=referral or {}, context_wamid=quoted(phone, reply_to)
    )
    return send(draft, phone=phone, client_id=client_id, now=now)


def words(text: str) -> dict[str, Any]:
    """Give the content of a text message."""
    if not text.strip():
        raise ActionError(_("Write something first."))
    if len(text) > MAX_TEXT:
        raise ActionError(_("A message has at most 4096 characters."))
    return {"body": text}


def quoted(phone: SimulatedPhone, wamid: str) -> str:
    """Give the id of the message that is answered, if it is one of this chat."""
    if wamid and not SimulatedMessage.objects.filter(phone=phone, wamid=wamid).exists():
        raise ActionError(_("This message is no longer there."))
    return wamid


def send_file(
    *,
    phone: SimulatedPhone,
    upload: UploadedFile[bytes],
    caption: str,
    client_id: UUID,
    now: datetime,
    sticker: bool = False,
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
    return send(_file(held, caption, sticker=sticker), phone=phone, client_id=client_id, now=now)


def tap(
    *, phone: SimulatedPhone, wamid: str, option_id: str, client_id: UUID, now: datetime
) -> SimulatedMessage:
    """Tap a reply button or choose a list row of a message from the business."""
    asked = SimulatedMessage.objects.filter(
        phone=phone, wamid=wamid, from_business=True, type__in=("interactive", "template")
    ).first()
    draft = _reply(asked, option_id) if asked else None
    if draft is None:
        raise ActionError(_("This option is no longer there."))
    with transaction.atomic():
        SimulatedPhone.objects.select_for_update().get(pk=phone.pk)
        if "list_reply" not in draft.content and (known := answer_to(phone, wamid)):
            return known
        return send(draft, phone=phone, client_id=client_id, now=now)


def _reply(asked: SimulatedMessage, option_id: str) -> Draft | None:
    if asked.type == "template":
        buttons = {button["id"]: button for button in buttons_of(asked.content)}
        chosen = buttons.get(option_id, {})
        said = {"payload": option_id, "text": chosen.get("title", "")}
        known = chosen and "link" not in chosen
        return Draft("button", said, context_wamid=asked.wamid) if known else None
    option = options_of(asked.content).get(option_id)
    if option is None:
        return None
    reply = REPLIES[asked.content["type"]]
    content: dict[str, Any] = {"type": reply, reply: option}
    return Draft("interactive", content, context_wamid=asked.wamid)


def options_of(interactive: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the options of an interactive message by id, in the shape that a reply carries."""
    action = interactive["action"]
    if interactive["type"] not in REPLIES:
        return {}
    if interactive["type"] == "button":
        return {button["reply"]["id"]: button["reply"] for button in action["buttons"]}
    return {row["id"]: row for section in action["sections"] for row in section["rows"]}


def answer_to(phone: SimulatedPhone, wamid: str) -> SimulatedMessage | None:
    """Find the phone's tap on a message."""
    return SimulatedMessage.objects.filter(
        phone=phone,
        from_business=False,
        type__in=("interactive", "button"),
        context_wamid=wamid,
    ).first()


def _file(held: SimulatedMedia, caption: str, *, sticker: bool) -> Draft:
    base = held.mime_type.partition(";")[0]
    kind = "sticker" if sticker and base == "image/webp" else base.partition("/")[0]
    plain = kind in ("audio", "sticker")
    content: dict[str, Any] = {"caption": caption} if caption and not plain else {}
    content |= {
        "mime_type": held.mime_type,
        "sha256": base64.b64encode(media.digest(held)).decode(),
        "id": str(held.pk),
    }
    if kind == "audio":
        content["voice"] = base == "audio/ogg"
    elif kind == "sticker":
        content["animated"] = False
    elif kind not in ("image", "video"):
        kind = "document"
        content = {"filename": held.filename} | content
    return Draft(kind, content)


def _already_sent(client_id: UUID) -> SimulatedMessage | None:
    return SimulatedMessage.objects.filter(client_id=client_id).first()
