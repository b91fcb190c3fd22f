"""Sends through the Cloud API: one message, one request, one verdict."""

from __future__ import annotations

import re
from typing import Any

import requests

from integrations.conf import WhatsAppConf
from integrations.http import Session, never_left
from integrations.messaging import (
    Address,
    MessageKind,
    Option,
    OutboundFile,
    OutboundMessage,
    SendError,
    SendVerdict,
)
from integrations.whatsapp.errors import retry_after_seconds, send_error
from integrations.whatsapp.template_shapes import template_body
from integrations.whatsapp.text import clean
from integrations.whatsapp.upload import upload

MAX_TEXT = 4096
MAX_BODY = 1024
MAX_CALLBACK_DATA = 512
MAX_FILENAME = 240
MAX_BUTTONS, MAX_BUTTON_TITLE, MAX_BUTTON_ID = 3, 20, 256
MAX_ROWS, MAX_ROW_TITLE, MAX_ROW_DESCRIPTION, MAX_ROW_ID = 10, 24, 72, 200
MAX_LIST_LABEL = 20
# Uncertain: Meta's page of May 2026 printed `contact_request`; senders in the field use this.
CONTACT_REQUEST = "request_contact_info"
FILES = {MessageKind.IMAGE, MessageKind.VIDEO, MessageKind.AUDIO, MessageKind.DOCUMENT}
PHONE = re.compile(r"\+?[1-9][0-9]{4,17}")
MESSAGE_ID = re.compile(r"[!-~]{1,255}")


class WhatsAppChannel:
    """The Channel of one WhatsApp number."""

    def __init__(self, conf: WhatsAppConf, session: Session) -> None:
        self._conf = conf
        self._session = session

    def send(self, message: OutboundMessage) -> str:
        """Return Meta's message id: accepted, not yet delivered."""
        body = request_body(message)
        if message.file:
            body[body["type"]]["id"] = upload(message.file, conf=self._conf, session=self._session)
        answer = self._post(body)
        found = _message_id(answer)
        if found is None:
            # Meta said yes, but not to what: a status with our callback data will tell.
            raise SendError("the answer holds no message id", verdict=SendVerdict.UNKNOWN)
        return found

    def mark_read(self, provider_message_id: str, *, typing: bool) -> None:
        """Show the blue ticks and, if asked, that we are typing (25 s at most)."""
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": provider_message_id,
        }
        if typing:
            body["typing_indicator"] = {"type": "text"}
        self._post(body)

    def _post(self, body: dict[str, Any]) -> object:
        response = self._request(body)
        try:
            answer = response.json()
        except (ValueError, RecursionError):
            answer = None
        if response.status_code // 100 == 2:
            return answer
        raise send_error(
            http_status=response.status_code,
            body=answer,
            retry_after=retry_after_seconds(response.headers.get("Retry-After")),
        )

    def _request(self, body: dict[str, Any]) -> requests.Response:
        try:
            return self._session.post(
                f"{self._conf.api_url}/{self._conf.phone_number_id}/messages",
                json=body,
                headers={"Authorization": f"Bearer {self._conf.access_token}"},
            )
        except requests.RequestException as error:
            unsent = never_left(error)
            verdict = SendVerdict.NOT_SENT if unsent else SendVerdict.UNKNOWN
            reason = str(error)
        raise SendError(reason, verdict=verdict)


def request_body(message: OutboundMessage) -> dict[str, Any]:
    """Give the request's JSON; raises SendError for what WhatsApp would never take.

    A file has no id yet: it gets one when it is uploaded.
    """
    if len(message.callback_data) > MAX_CALLBACK_DATA:
        raise _refusal("the callback data is too long")
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **destination(message.to),
        **_content(message),
    }
    if message.callback_data:
        body["biz_opaque_callback_data"] = message.callback_data
    if message.reply_to:
        body["context"] = {"message_id": message.reply_to}
    return body


def destination(address: Address) -> dict[str, str]:
    """Name the person: a phone in `to`, a BSUID in `recipient`.

    A BSUID in `to` is answered with 200 and dropped; with both, Meta takes `to`.
    """
    if address.phone:
        if not PHONE.fullmatch(address.phone):
            raise _refusal("the phone is not a number")
        return {"to": address.phone}
    if address.bsuid:
        return {"recipient": address.bsuid}
    raise _refusal("the message has no address")


def _content(message: OutboundMessage) -> dict[str, Any]:
    if message.kind is MessageKind.TEXT:
        text = _body(message.text, MAX_TEXT)
        return {"type": "text", "text": {"body": text, "preview_url": False}}
    if message.kind is MessageKind.BUTTONS:
        return {"type": "interactive", "interactive": _buttons(message)}
    if message.kind is MessageKind.LIST:
        return {"type": "interactive", "interactive": _list(message)}
    if message.kind is MessageKind.TEMPLATE:
        return {"type": "template", "template": template_body(message.template)}
    if message.kind in FILES and message.file:
        return {"type": str(message.kind), str(message.kind): _file(message, message.file)}
    if message.kind is MessageKind.CONTACT_REQUEST:
        return {"type": "interactive", "interactive": _contact_request(message)}
    raise _refusal(f"messages of kind {message.kind} cannot be sent")


def _file(message: OutboundMessage, file: OutboundFile) -> dict[str, Any]:
    """Sounds have no caption, and only documents show their name."""
    content: dict[str, Any] = {}
    if message.text and message.kind is not MessageKind.AUDIO:
        content["caption"] = _body(message.text, MAX_BODY)
    if message.kind is MessageKind.DOCUMENT:
        content["filename"] = clean(file.filename, MAX_FILENAME) or "file"
    return content


def _buttons(message: OutboundMessage) -> dict[str, Any]:
    _check(message.options, most=MAX_BUTTONS, longest_id=MAX_BUTTON_ID)
    titles = _titles(message.options, MAX_BUTTON_TITLE)
    # A button has no room for more: what its title had to leave out stands in the text.
    cut = [o.title for o, title in zip(message.options, titles, strict=True) if o.title != title]
    text = "\n".join([message.text, *(f"• {title}" for title in cut)])
    buttons = [
        {"type": "reply", "reply": {"id": option.id, "title": title}}
        for option, title in zip(message.options, titles, strict=True)
    ]
    return {
        "type": "button",
        "body": {"text": _body(text, MAX_BODY)},
        "action": {"buttons": buttons},
    }


def _contact_request(message: OutboundMessage) -> dict[str, Any]:
    return {
        "type": CONTACT_REQUEST,
        "body": {"text": _body(message.text, MAX_BODY)},
        "action": {"name": CONTACT_REQUEST},
    }


def _list(message: OutboundMessage) -> dict[str, Any]:
    _check(message.options, most=MAX_ROWS, longest_id=MAX_ROW_ID)
    if not message.button_label.strip():
        raise _refusal("the list has no button label")
    titles = _titles(message.options, MAX_ROW_TITLE)
    rows = [_row(option, title) for option, title in zip(message.options, titles, strict=True)]
    return {
        "type": "list",
        "body": {"text": _body(message.text, MAX_BODY)},
        "action": {
            "button": _shortened(clean(message.button_label, MAX_BODY), MAX_LIST_LABEL),
            "sections": [{"rows": rows}],
        },
    }


def _row(option: Option, title: str) -> dict[str, str]:
    """A title that had to be cut is given in full by the description."""
    parts = [option.title if option.title != title else "", option.description]
    description = clean(" · ".join(part for part in parts if part), MAX_BODY)
    if len(description) > MAX_ROW_DESCRIPTION:
        raise _refusal("a row's title and description are too long")
    row = {"id": option.id, "title": title}
    return row | {"description": description} if description else row


def _check(options: tuple[Option, ...], *, most: int, longest_id: int) -> None:
    if not 1 <= len(options) <= most:
        raise _refusal(f"{len(options)} options, where 1 to {most} fit")
    ids = {option.id for option in options}
    if len(ids) != len(options):
        raise _refusal("two options share an id")
    if not all(0 < len(id_) <= longest_id for id_ in ids):
        raise _refusal("an option's id is empty or too long")


def _titles(options: tuple[Option, ...], limit: int) -> list[str]:
    titles = [_shortened(clean(option.title, MAX_BODY), limit) for option in options]
    if not all(title.strip() for title in titles):
        raise _refusal("an option has no title")
    if len(set(titles)) != len(titles):
        raise _refusal("two options share a title")
    return titles


def _body(text: str, limit: int) -> str:
    text = clean(text, len(text))
    if not text.strip():
        raise _refusal("the text is empty")
    if len(text) > limit:
        raise _refusal(f"the text has {len(text)} characters, where {limit} fit")
    return text


def _shortened(title: str, limit: int) -> str:
    return title if len(title) <= limit else title[: limit - 1].rstrip() + "…"


def _message_id(answer: object) -> str | None:
    messages = answer.get("messages") if isinstance(answer, dict) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    found = first.get("id") if isinstance(first, dict) else None
    return found if isinstance(found, str) and MESSAGE_ID.fullmatch(found) else None


def _refusal(reason: str) -> SendError:
    return SendError(reason, verdict=SendVerdict.FAILED)
