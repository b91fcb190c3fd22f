"""Every webhook in pywa's own test data, posted to ours: what somebody else captured is taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from conversations.models import Message, StoredReceipt
from integrations.models import WebhookDelivery
from tests.integrations.whatsapp.samples import OUR_ID
from tests.payloads import sign

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).parents[1] / "payloads" / "pywa"
UPDATES: dict[str, dict[str, Any]] = {
    f"{path.stem}/{name}": update
    for path in sorted(FOLDER.glob("*.json"))
    for name, update in json.loads(path.read_text()).items()
}
# What becomes a message. All else says something about one, about a template or the account.
KINDS = {
    "call_connect": "call",
    "call_permission_update": "call",
    "call_terminate": "call",
    "callback_button": "button_reply",
    "callback_selection": "list_reply",
    "deleted_message": "revoke",
    "edited_message": "edit",
    "flow_completion": "flow_reply",
    "message/animated_sticker": "sticker",
    "message/chosen_location": "location",
    "message/current_location": "location",
    "message/forwarded": "text",
    "message/forwarded_many_times": "text",
    "message/interactive_message_with_err": "unsupported",
    "message/media_with_url": "image",
    "message/referral": "text",
    "message/reply": "text",
    "message/static_sticker": "sticker",
    "message/unreaction_empty": "reaction",
    "message/unreaction_no_emoji": "reaction",
    "message/unsupported_with_type": "unsupported",
    "outgoing_message/delete": "revoke",
    "outgoing_message/edit": "edit",
    "outgoing_message/text": "text",
    "system": "system",
}
KINDS |= {
    f"message/{kind}": kind
    for kind in [
        "text",
        "image",
        "video",
        "document",
        "audio",
        "voice",
        "reaction",
        "contacts",
        "order",
        "unsupported",
    ]
}
OURS = {"call_connect/business_initiated", "call_terminate/call_terminate"}


def expected(name: str) -> list[tuple[str, str]]:
    """Kind and author of the message that it becomes, if it becomes one."""
    kind = KINDS.get(name) or KINDS.get(name.partition("/")[0])
    by_us = name in OURS or name.startswith("outgoing_message/")
    return [(kind, "staff" if by_us else "lead")] if kind else []


def addressed_to_us(update: dict[str, Any]) -> bytes:
    for entry in update["entry"]:
        for change in entry["changes"]:
            if "metadata" in change["value"]:
                change["value"]["metadata"]["phone_number_id"] = OUR_ID
    return json.dumps(update).encode()


@pytest.mark.parametrize("name", UPDATES)
def test_an_update_is_taken(client: Client, name: str) -> None:
    body = addressed_to_us(json.loads(json.dumps(UPDATES[name])))
    answer = client.post(
        "/webhook",
        body,
        content_type="application/json",
        headers={"X-Hub-Signature-256": sign(body)},
    )
    assert answer.status_code == 200
    assert WebhookDelivery.objects.get().state == WebhookDelivery.State.PROCESSED
    assert list(Message.objects.values_list("kind", "author")) == expected(name)
    assert StoredReceipt.objects.count() == name.startswith("message_status/")
