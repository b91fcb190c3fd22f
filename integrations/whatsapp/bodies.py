"""From a message's body to what it says: one small reader per type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.messaging import IdentityChange, Media, MessageKind, Sender
from integrations.whatsapp import payloads
from integrations.whatsapp.text import clean, clean_json, clean_object


@dataclass(frozen=True)
class Body:
    """What the body of one message says."""

    kind: MessageKind
    text: str = ""
    reply_id: str = ""
    target_message_id: str = ""
    media: tuple[Media, ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict)
    identity_change: IdentityChange | None = None
    starts_turn: bool = True
    opens_window: bool = True


@dataclass(frozen=True)
class Raw:
    """A message as it came, with who wrote it. `errors` are those of the whole value."""

    payload: Mapping[str, Any]
    type: str
    sender: Sender
    errors: tuple[dict[str, Any], ...] = ()

    @property
    def body(self) -> object:
        return self.payload.get(self.type)


def read_body(raw: Raw) -> Body:
    """Read a body; whatever we do not know or cannot read is `unsupported`, never an error."""
    reader = READERS.get(raw.type)
    body = reader(raw) if reader else None
    return body or _unsupported(raw)


def _text(raw: Raw) -> Body | None:
    body = payloads.soft(payloads.TextBody, raw.body)
    return Body(MessageKind.TEXT, text=body.body) if body and body.body else None


def _media(kind: MessageKind) -> Callable[[Raw], Body | None]:
    def read(raw: Raw) -> Body | None:
        body = payloads.soft(payloads.MediaBody, raw.body)
        if body is None:
            return None
        media = Media(
            provider_media_id=body.id,
            mime_type=body.mime_type,
            sha256=body.sha256,
            filename=body.filename,
        )
        voice = kind is MessageKind.AUDIO and body.voice is True
        return Body(MessageKind.VOICE if voice else kind, text=body.caption, media=(media,))

    return read


def _location(raw: Raw) -> Body | None:
    body = payloads.soft(payloads.LocationBody, raw.body)
    if body is None:
        return None
    text = ", ".join(part for part in (body.name, body.address) if part)
    return Body(MessageKind.LOCATION, text=text, content=clean_object(raw.body))


def _contacts(raw: Raw) -> Body | None:
    if not isinstance(raw.body, list):
        return None
    found = (payloads.soft(payloads.SharedContact, item) for item in raw.body)
    cards = [card for card in found if card]
    names = (card.name.get("formatted_name") for card in cards)
    return Body(
        MessageKind.CONTACTS,
        text=clean(", ".join(n for n in names if isinstance(n, str)), 500),
        content={"contacts": clean_json(raw.body)},
        identity_change=_own_phone(raw.sender, cards),
    )


def _own_phone(sender: Sender, cards: list[payloads.SharedContact]) -> IdentityChange | None:
    """The number of somebody who answered our request for it; any other card is another's."""
    if len(cards) != 1 or cards[0].origin != "contact_request":
        return None
    shared = (payloads.soft(payloads.SharedPhone, item) for item in cards[0].phones)
    phone = next((item.wa_id for item in shared if item and item.wa_id), None)
    if phone is None:
        return None
    current = Sender(bsuid=sender.bsuid, parent_bsuid=sender.parent_bsuid, phone=phone)
    return IdentityChange(previous=sender, current=current)


def _interactive(raw: Raw) -> Body | None:
    body = payloads.soft(payloads.InteractiveBody, raw.body)
    if body is None:
        return None
    if body.button_reply:
        return _tap(MessageKind.BUTTON_REPLY, body.button_reply, raw)
    if body.list_reply:
        return _tap(MessageKind.LIST_REPLY, body.list_reply, raw)
    if body.type == "nfm_reply" or body.nfm_reply:
        return _flow(body.nfm_reply or payloads.FlowReply())
    if body.type == "call_permission_reply":
        return _call_permission(body.call_permission_reply or payloads.CallPermission())
    return Body(MessageKind.UNSUPPORTED, content=clean_object(raw.body))


def _call_permission(reply: payloads.CallPermission) -> Body:
    """Whether we may call them: nothing that asks for an answer of ours."""
    content = {"permission": reply.response.lower()}
    return Body(MessageKind.CALL, content=content, starts_turn=False)


def _tap(kind: MessageKind, reply: payloads.Reply, raw: Raw) -> Body:
    content = clean_object(raw.body)
    return Body(kind, text=reply.title, reply_id=reply.id, content=content)


def _flow(reply: payloads.FlowReply) -> Body:
    try:
        answers = json.loads(reply.response_json, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        answers = None
    content: dict[str, Any] = {"name": reply.name}
    if isinstance(answers, dict):
        content["answers"] = clean_object(answers)
    else:
        content["problem"] = "response_json is not an object"
    return Body(MessageKind.FLOW_REPLY, text=reply.body, content=content)


def _button(raw: Raw) -> Body | None:
    body = payloads.soft(payloads.ButtonBody, raw.body)
    if body is None:
        return None
    return Body(MessageKind.BUTTON_REPLY, text=body.text, reply_id=body.payload)


def _reaction(raw: Raw) -> Body:
    body = payloads.soft(payloads.ReactionBody, raw.body) or payloads.ReactionBody()
    return Body(
        MessageKind.REACTION,
        text=body.emoji,
        target_message_id=body.message_id or "",
        starts_turn=False,
    )


def _change(kind: MessageKind) -> Callable[[Raw], Body | None]:
    def read(raw: Raw) -> Body:
        body = payloads.soft(payloads.ChangeBody, raw.body) or payloads.ChangeBody()
        return Body(
            kind,
            text=_new_text(body.message),
            target_message_id=body.original_message_id or "",
            content=clean_object(body.message),
            starts_turn=False,
            opens_window=False,
        )

    return read


def _new_text(message: Mapping[str, Any]) -> str:
    """An edited text, or an edited caption."""
    type_ = message.get("type", "text")
    inner = message.get(type_) if isinstance(type_, str) else None
    text = payloads.soft(payloads.TextBody, inner)
    media = payloads.soft(payloads.MediaBody, inner)
    return (text.body if text else "") or (media.caption if media else "")


def _system(raw: Raw) -> Body:
    body = payloads.soft(payloads.SystemBody, raw.body) or payloads.SystemBody()
    return Body(
        MessageKind.SYSTEM,
        text=body.body,
        content=clean_object(raw.body),
        identity_change=_changed_ids(body, raw.sender),
        starts_turn=False,
        opens_window=False,
    )


def _changed_ids(body: payloads.SystemBody, sender: Sender) -> IdentityChange | None:
    if body.type not in NEW_IDS:
        return None
    current = Sender(bsuid=body.user_id, parent_bsuid=body.parent_user_id, phone=body.wa_id)
    previous = Sender(bsuid=body.previous_user_id or sender.bsuid, phone=sender.phone)
    return IdentityChange(previous, current) if current.key and previous.key else None


def _order(raw: Raw) -> Body | None:
    body = payloads.soft(payloads.OrderBody, raw.body)
    if body is None:
        return None
    return Body(MessageKind.ORDER, text=body.text, content=clean_object(raw.body))


def _welcome(_raw: Raw) -> Body:
    return Body(MessageKind.REQUEST_WELCOME)


def _unsupported(raw: Raw) -> Body:
    content: dict[str, Any] = {"type": raw.type}
    if raw.body is not None:
        content["body"] = clean_json(raw.body)
    errors = raw.payload.get("errors") or raw.errors
    if errors:
        content["errors"] = clean_json(list(errors) if isinstance(errors, tuple) else errors)
    return Body(MessageKind.UNSUPPORTED, content=content)


# The first is what the API said before v12.
NEW_IDS = {"customer_changed_number", "user_changed_number", "user_changed_user_id"}
READERS: dict[str, Callable[[Raw], Body | None]] = {
    "text": _text,
    "image": _media(MessageKind.IMAGE),
    "video": _media(MessageKind.VIDEO),
    "audio": _media(MessageKind.AUDIO),
    "voice": _media(MessageKind.VOICE),
    "document": _media(MessageKind.DOCUMENT),
    "sticker": _media(MessageKind.STICKER),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
    "edit": _change(MessageKind.EDIT),
    "revoke": _change(MessageKind.REVOKE),
    "request_welcome": _welcome,
}
