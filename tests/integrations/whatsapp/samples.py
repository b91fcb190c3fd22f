"""The payloads under tests/payloads/whatsapp and small ones built by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.messaging import InboundMessage, MessageKind, WebhookError, WebhookEvents
from integrations.whatsapp import webhook

FOLDER = Path(__file__).parents[2] / "payloads" / "whatsapp"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text())
SIGNED: dict[str, Any] = json.loads((FOLDER / "signatures.json").read_text())
T0 = datetime.fromtimestamp(1795424400, UTC)
NOW = datetime.fromtimestamp(1795424460, UTC)
OUR_ID = "118273645019283"
OUR_NUMBER = "525550100100"
ANA = {"from": "5215550101234", "from_user_id": "MX.10843920175564213"}


def body_of(name: str) -> bytes:
    return (FOLDER / "payloads" / name).read_bytes()


def read(body: bytes | object) -> WebhookEvents:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return webhook.parse(data, now=NOW, phone_number_id=OUR_ID)


def read_sample(name: str) -> WebhookEvents:
    return read(body_of(name))


def counts(body: bytes) -> dict[str, Any]:
    """What expected.json counts. `other` is every event that is no message, status or echo.

    A call, which we keep as a message, is another event there.
    """
    try:
        events = read(body)
    except WebhookError as error:
        status, events = error.status, WebhookEvents()
    else:
        status = 200
    said = [message for message in events.messages if not is_call(message)]
    called = len(events.messages) - len(said)
    return {
        "http": status,
        "messages": len(said),
        "statuses": len(events.receipts),
        "echoes": len(events.echoes),
        "other": len(events.preferences) + len(events.unsupported) + called,
        "senders": sorted({message.sender.key for message in said}),
        "quarantined": len(events.quarantined),
    }


def is_call(message: InboundMessage) -> bool:
    return message.kind is MessageKind.CALL and "direction" in message.content


def post(field: str = "messages", **value: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": OUR_NUMBER, "phone_number_id": OUR_ID}
    change = {"field": field, "value": {"metadata": metadata, **value}}
    return {"object": webhook.OBJECT, "entry": [{"id": "1", "changes": [change]}]}


def message(type_: str = "text", *, id_: str = "wamid.1", **fields: Any) -> dict[str, Any]:
    base = {"id": id_, "timestamp": "1795424400", "type": type_, **ANA}
    return base | ({"text": {"body": "hola"}} if type_ == "text" else {}) | fields
