"""The documented limits of a message to send; what breaks one is refused as Meta does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.simulator.cloud.errors import GraphError

MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")

Body = Mapping[str, Any]


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
    to, recipient = _optional(body, "to", 140), _optional(body, "recipient", 140)
    if not to and not recipient:
        raise GraphError(131008, "The parameter to or recipient is required.")
    if not to and not BSUID.fullmatch(recipient):
        raise GraphError(131009, "recipient is not a business-scoped user ID")
    kind = body.get("type", "text")
    if kind not in CHECKS:
        raise GraphError(131051, f"Message type {kind!r} is not supported.")
    content = _object(body, kind, "")
    CHECKS[kind](content)
    context = _object(body, "context", "") if "context" in body else {}
    return SendRequest(
        type=kind,
        content=dict(content),
        to=to,
        recipient=recipient,
        context_wamid=_text(context, "message_id", 200, "context.") if context else "",
        callback_data=_optional(body, "biz_opaque_callback_data", 512),
    )


def _check_text(text: Body) -> None:
    _text(text, "body", 4096, "text.")


def _check_media(media: Body) -> None:
    if bool(media.get("id")) == bool(media.get("link")):
        raise GraphError(100, "Give exactly one of id and link.")
    _optional(media, "caption", 1024)


def _check_template(template: Body) -> None:
    if not TEMPLATE_NAME.fullmatch(_text(template, "name", 512, "template.")):
        raise GraphError(131009, "template.name is not valid")
    language = _object(template, "language", "template.")
    if not LANGUAGE.fullmatch(_text(language, "code", 10, "template.language.")):
        raise GraphError(131009, "template.language.code is not valid")
    components = template.get("components", [])
    if not isinstance(components, list) or not all(isinstance(c, dict) for c in components):
        raise GraphError(131009, "template.components must be a list of objects")


def _check_interactive(interactive: Body) -> None:
    kind = interactive.get("type")
    action = _object(interactive, "action", "interactive.")
    _text(_object(interactive, "body", "interactive."), "text", 1024, "interactive.body.")
    if "footer" in interactive:
        _text(_object(interactive, "footer", ""), "text", 60, "interactive.footer.")
    if "header" in interactive:
        _check_header(_object(interactive, "header", "interactive."))
    if kind == "button":
        _check_buttons(action)
    elif kind == "list":
        _check_list(action)
    else:
        raise GraphError(131009, f"interactive.type {kind!r} is not known to the simulator")


def _check_header(header: Body) -> None:
    if header.get("type") == "text":
        _text(header, "text", 60, "interactive.header.")
    elif header.get("type") not in ("image", "video", "document"):
        raise GraphError(131009, "interactive.header.type is not valid")


def _check_buttons(action: Body) -> None:
    buttons = _objects(action, "buttons", 3, "interactive.action.")
    replies = [_object(button, "reply", "interactive.action.buttons.") for button in buttons]
    if any(button.get("type") != "reply" for button in buttons):
        raise GraphError(131009, "interactive.action.buttons.type must be reply")
    where = "interactive.action.buttons.reply."
    _unique([_text(reply, "id", 256, where) for reply in replies], f"{where}id")
    _unique([_text(reply, "title", 20, where) for reply in replies], f"{where}title")


def _check_list(action: Body) -> None:
    _text(action, "button", 20, "interactive.action.")
    sections = _objects(action, "sections", 10, "interactive.action.")
    ids: list[str] = []
    for section in sections:
        if len(sections) > 1:
            _text(section, "title", 24, "interactive.action.sections.")
        _optional(section, "title", 24)
        for row in _objects(section, "rows", 10, "interactive.action.sections."):
            ids.append(_text(row, "id", 200, "interactive.action.sections.rows."))
            _text(row, "title", 24, "interactive.action.sections.rows.")
            _optional(row, "description", 72)
    if len(ids) > 10:
        raise GraphError(131009, "interactive.action.sections: at most 10 rows in all")
    _unique(ids, "interactive.action.sections.rows.id")


CHECKS: dict[object, Callable[[Body], None]] = {
    "text": _check_text,
    "interactive": _check_interactive,
    "template": _check_template,
    **dict.fromkeys(MEDIA_TYPES, _check_media),
}


def _object(parent: Body, name: str, where: str) -> Body:
    value = parent.get(name)
    if value is None:
        raise GraphError(131008, f"The parameter {where}{name} is required.")
    if not isinstance(value, dict):
        raise GraphError(100, f"The parameter {where}{name} must be an object.")
    return value


def _objects(parent: Body, name: str, most: int, where: str) -> list[Body]:
    value = parent.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise GraphError(131008, f"The parameter {where}{name} is required.")
    if not 1 <= len(value) <= most:
        raise GraphError(131009, f"{where}{name}: 1 to {most} allowed, {len(value)} given")
    return value


def _text(parent: Body, name: str, most: int, where: str) -> str:
    if not _optional(parent, name, most, where):
        raise GraphError(131008, f"The parameter {where}{name} is required.")
    return str(parent[name])


def _optional(parent: Body, name: str, most: int, where: str = "") -> str:
    value = parent.get(name, "")
    if not isinstance(value, str):
        raise GraphError(100, f"The parameter {where}{name} must be a string.")
    if len(value) > most:
        raise GraphError(131009, f"{where}{name}: at most {most} characters, {len(value)} given")
    return value


def _unique(values: list[str], name: str) -> None:
    if len(set(values)) != len(values):
        raise GraphError(131009, f"{name} must be unique")
