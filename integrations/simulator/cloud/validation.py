"""The documented limits of a message to send; what breaks one is refused as Meta does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from integrations.simulator.cloud.errors import GraphError
from integrations.simulator.cloud.fields import (
    Body,
    known,
    optional,
    read_number,
    read_object,
    read_objects,
    read_text,
)
from integrations.simulator.cloud.interactive import check_interactive

MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
MEDIA_FIELDS = {
    "image": "id link caption",
    "video": "id link caption",
    "audio": "id link voice",
    "document": "id link caption filename",
    "sticker": "id link",
}
BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
ENVELOPE = (
    "messaging_product recipient_type to recipient type context biz_opaque_callback_data "
    "recipient_identity_key_hash message_send_ttl_seconds product_policy"
)


@dataclass(frozen=True)
class SendRequest:
    """A message that kept the limits. `to` wins over `recipient`, as with Meta."""

    type: str
    content: dict[str, Any]
    to: str = ""
    recipient: str = ""
    context_wamid: str = ""
    callback_data: str = ""


def read_send(body: Body) -> SendRequest:
    """Check the body of POST /messages."""
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    if body.get("recipient_type", "individual") != "individual":
        raise GraphError(131009, "recipient_type must be individual")
    to, recipient = _destination(body)
    kind = body.get("type", "text")
    if not isinstance(kind, str) or kind not in CHECKS:
        raise GraphError(131051, f"Message type {kind!r} is not supported.")
    known(body, f"{ENVELOPE} {kind}", "messages")
    content = _content(body, kind)
    CHECKS[kind](content)
    return SendRequest(
        type=kind,
        content=dict(content),
        to=to,
        recipient=recipient,
        context_wamid=_context(body),
        callback_data=optional(body, "biz_opaque_callback_data", 512),
    )


def _content(body: Body, kind: str) -> Body:
    """The object named by the type; contact cards are a list, kept under that name."""
    return {kind: body.get(kind)} if kind == "contacts" else read_object(body, kind, "")


def _destination(body: Body) -> tuple[str, str]:
    to, recipient = optional(body, "to", 140), optional(body, "recipient", 140)
    if not to and not recipient:
        raise GraphError(131008, "The parameter to or recipient is required.")
    if not to and not BSUID.fullmatch(recipient):
        raise GraphError(131009, "recipient is not a business-scoped user ID")
    return to, recipient


def _context(body: Body) -> str:
    if "context" not in body:
        return ""
    context = read_object(body, "context", "")
    known(context, "message_id", "context")
    return read_text(context, "message_id", 200, "context.")


def _check_text(text: Body) -> None:
    known(text, "body preview_url", "text")
    read_text(text, "body", 4096, "text.")
    if not isinstance(text.get("preview_url", False), bool):
        raise GraphError(100, "The parameter text.preview_url must be a boolean.")


def _check_media(media: Body, *, kind: str) -> None:
    known(media, MEDIA_FIELDS[kind], kind)
    if bool(media.get("id")) == bool(media.get("link")):
        raise GraphError(100, "Give exactly one of id and link.")
    optional(media, "id", 100, f"{kind}.")
    link = optional(media, "link", 2000, f"{kind}.")
    if link and not link.startswith(("http://", "https://")):
        raise GraphError(131009, f"{kind}.link is not an http or https address")
    optional(media, "caption", 1024, f"{kind}.")
    optional(media, "filename", 240, f"{kind}.")


def _check_location(location: Body) -> None:
    known(location, "latitude longitude name address", "location")
    read_number(location, "latitude", 90, "location.")
    read_number(location, "longitude", 180, "location.")
    optional(location, "name", 1000, "location.")
    optional(location, "address", 1000, "location.")


def _check_contacts(body: Body) -> None:
    for card in read_objects(body, "contacts", 257, ""):
        known(card, "name phones emails addresses urls org birthday", "contacts")
        name = read_object(card, "name", "contacts.")
        read_text(name, "formatted_name", 1024, "contacts.name.")
        if len(name) < 2:
            raise GraphError(131009, "contacts.name: formatted_name and one other part")


def _check_reaction(reaction: Body) -> None:
    known(reaction, "message_id emoji", "reaction")
    read_text(reaction, "message_id", 200, "reaction.")
    optional(reaction, "emoji", 20, "reaction.")


def _check_template(template: Body) -> None:
    if not TEMPLATE_NAME.fullmatch(read_text(template, "name", 512, "template.")):
        raise GraphError(131009, "template.name is not valid")
    language = read_object(template, "language", "template.")
    if not LANGUAGE.fullmatch(read_text(language, "code", 10, "template.language.")):
        raise GraphError(131009, "template.language.code is not valid")
    components = template.get("components", [])
    if not isinstance(components, list) or not all(isinstance(c, dict) for c in components):
        raise GraphError(131009, "template.components must be a list of objects")


CHECKS: dict[str, Callable[[Body], None]] = {
    "text": _check_text,
    "interactive": check_interactive,
    "template": _check_template,
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    **{kind: partial(_check_media, kind=kind) for kind in MEDIA_TYPES},
}
