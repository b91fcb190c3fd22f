"""What the tests of the simulator share."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator import dispatcher, phones
from integrations.simulator.business import new_wamid
from tests.integrations.misbehaving import Provider

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
NUMBER = "118273645019283"
ACCOUNT = "104938271650432"
TOKEN = "test-access-token"
SECRET = "test-app-secret"
PAYLOADS = Path(__file__).parents[2] / "payloads" / "whatsapp" / "payloads"


def fixture(name: str) -> dict[str, Any]:
    """Give the envelope of one of Meta's payloads."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def shape(value: object) -> object:
    """Reduce a payload to its keys and types."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    return type(value).__name__


def written(phone: SimulatedPhone, *, at: datetime) -> SimulatedMessage:
    """Store a message from a phone, which opens the window, without a webhook."""
    return SimulatedMessage.objects.create(
        wamid=new_wamid(),
        phone=phone,
        from_business=False,
        type="text",
        content={"body": "Hola"},
        revision=phones.next_revision(phone.pk),
        occurred_at=at,
    )


def client_id() -> str:
    return str(uuid4())


def text(body: str = "Hola") -> dict[str, Any]:
    return {"type": "text", "text": {"body": body}}


def buttons(*titles: str) -> dict[str, Any]:
    replies = [
        {"type": "reply", "reply": {"id": f"id-{title}", "title": title}} for title in titles
    ]
    return {
        "type": "interactive",
        "interactive": {
            "type": "button",
            "body": {"text": "¿Cuál?"},
            "action": {"buttons": replies},
        },
    }


def rows(*titles: str) -> dict[str, Any]:
    listed = [
        {"id": f"slot:{title}", "title": title, "description": "Reunión de 30 min"}
        for title in titles
    ]
    return {
        "type": "interactive",
        "interactive": {
            "type": "list",
            "body": {"text": "¿Cuándo?"},
            "action": {"button": "Ver horarios", "sections": [{"rows": listed}]},
        },
    }


def wait_until_told() -> None:
    """Wait until the simulator has sent every webhook: until none of its threads is left."""
    deadline = time.monotonic() + 60
    while telling := [t for t in threading.enumerate() if t.name == dispatcher.THREAD_NAME]:
        telling[0].join(deadline - time.monotonic())
        assert time.monotonic() < deadline, "webhooks are still being sent"


def values_of(business: Provider, *, count: int) -> list[dict[str, Any]]:
    """Wait until everything is told, and give the `value` of each webhook."""
    wait_until_told()
    found = [json.loads(seen.body)["entry"][0]["changes"][0]["value"] for seen in business.seen]
    assert len(found) == count, found
    return found
