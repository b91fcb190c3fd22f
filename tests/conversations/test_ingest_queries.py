from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import queue
from conversations.models import Message, StoredReceipt
from integrations.models import WebhookDelivery
from tests.conversations.rows import NOW, make_conversation, queue_bot_message
from tests.payloads import sign

pytestmark = pytest.mark.django_db


def envelope(field: str = "messages", **value: Any) -> bytes:
    value |= {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "525550100100",
            "phone_number_id": "118273645019283",
        },
    }
    change = {"field": field, "value": value}
    entry = {"id": "104938271650432", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def messages(*pairs: tuple[str, str], **said: Any) -> bytes:
    """(phone, wamid) each; all say the same."""
    people = {phone: {"wa_id": phone, "profile": {"name": "Ana"}} for phone, _wamid in pairs}
    words = {"type": "text", "text": {"body": "Hola"}} | said
    return envelope(
        contacts=list(people.values()),
        messages=[
            {"from": phone, "id": wamid, "timestamp": str(int(time.time())), **words}
            for phone, wamid in pairs
        ],
    )


def statuses(*wamids: str, **said: Any) -> bytes:
    each = {"status": "delivered", "recipient_id": "5215550101234"} | said
    stamp = str(int(time.time()))
    return envelope(statuses=[{"id": wamid, "timestamp": stamp, **each} for wamid in wamids])


def numbers(count: int, start: int = 0) -> Iterator[str]:
    return (f"52155{start + index:08d}" for index in range(count))


def cost(client: Client, raw: bytes) -> int:
    """How many statements one POST takes; those of the test's own savepoint do not count."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(
            "/webhook",
            raw,
            content_type="application/json",
            headers={"X-Hub-Signature-256": sign(raw)},
        )
    assert answer.status_code == 200
    return sum(1 for each in captured if "SAVEPOINT" not in each["sql"])


def test_a_message_of_a_known_lead_takes_two_statements(client: Client) -> None:
    cost(client, messages(("5215550101234", "wamid.1")))
    # Who that is; then the raw delivery, the message with its conversation and the hint in one.
    assert cost(client, messages(("5215550101234", "wamid.2"))) == 2
    assert WebhookDelivery.objects.count() == Message.objects.count() == 2
    assert ProcrastinateJob.objects.count() == 1


def test_a_message_of_a_new_lead_takes_eight(client: Client) -> None:
    assert cost(client, messages(("5215550101234", "wamid.1"))) == 8


def test_a_status_takes_three(client: Client) -> None:
    message = queue_bot_message(make_conversation(), "Hola")
    Message.objects.filter(pk=message.pk).update(
        state="sent", provider_message_id="wamid.out", sent_at=NOW
    )
    # The raw delivery, the receipt, the message it moves.
    assert cost(client, statuses("wamid.out")) == 3
    message.refresh_from_db()
    assert message.state == "delivered"


def test_a_repeated_message_takes_two(client: Client) -> None:
    raw = messages(("5215550101234", "wamid.1"))
    cost(client, raw)
    assert cost(client, raw) == 2
    assert WebhookDelivery.objects.count() == 2
    assert ProcrastinateJob.objects.count() == 1


def test_a_thousand_messages_take_as_many_statements_as_two(client: Client) -> None:
    two = [(phone, f"wamid.two.{phone}") for phone in numbers(2)]
    many = [(phone, f"wamid.many.{phone}") for phone in numbers(1000, start=500)]
    assert cost(client, messages(*two)) == cost(client, messages(*many)) == 8
    again = [(phone, f"wamid.again.{phone}") for phone in numbers(1000, start=500)]
    assert cost(client, messages(*again)) == 2
    assert Message.objects.count() == 2002


def test_a_thousand_statuses_take_as_many_statements_as_two(client: Client) -> None:
    two, many = ([f"wamid.{size}.{index}" for index in range(size)] for size in (2, 1000))
    assert cost(client, statuses(*two)) == cost(client, statuses(*many))
    assert StoredReceipt.objects.count() == 1002


KINDS: dict[str, dict[str, Any]] = {
    "image": {"type": "image", "image": {"id": "77", "mime_type": "image/jpeg"}},
    "stop": {"type": "text", "text": {"body": "BAJA"}},
    "stop button": {"type": "button", "button": {"payload": "STOP_PROMO", "text": "Ya no"}},
    "resume": {"type": "text", "text": {"body": "ALTA"}},
    "reaction": {"type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "👍"}},
    "edit": {"type": "edit", "edit": {"original_message_id": "wamid.0"}},
    "revoke": {"type": "revoke", "revoke": {"original_message_id": "wamid.0"}},
    "referral": {"referral": {"source_type": "ad", "source_id": "1", "headline": "Sol"}},
    "order": {"type": "order", "order": {"catalog_id": "1", "product_items": []}},
    "unknown": {"type": "hologram", "hologram": {}},
    "contacts": {"type": "contacts", "contacts": [{"name": {"formatted_name": "Eva"}}]},
    "late": {"timestamp": "1600000000"},
}
OF_KNOWN_LEADS = {"stop", "stop button", "resume", "reaction", "edit", "revoke"}


@pytest.mark.parametrize("kind", KINDS)
def test_sixty_take_as_many_statements_as_two(client: Client, kind: str) -> None:
    def post(size: int) -> int:
        people = [(phone, f"wamid.{size}.{phone}") for phone in numbers(size, start=size)]
        if kind in OF_KNOWN_LEADS:
            cost(client, messages(*((phone, f"wamid.hi.{phone}") for phone, _wamid in people)))
        return cost(client, messages(*people, **KINDS[kind]))

    assert post(2) == post(60)


def test_sixty_changes_of_number_take_as_many_statements_as_two(client: Client) -> None:
    def post(size: int) -> int:
        changes = [
            {
                "from": phone,
                "id": f"wamid.{phone}",
                "timestamp": str(int(time.time())),
                "type": "system",
                "system": {"type": "user_changed_number", "wa_id": f"9{phone}", "body": "moved"},
            }
            for phone in numbers(size, start=size)
        ]
        return cost(client, envelope(messages=changes))

    assert post(2) == post(60)


def test_sixty_echoes_take_as_many_statements_as_two(client: Client) -> None:
    def post(size: int) -> int:
        echoes = [
            {
                "from": "525550100100",
                "to": phone,
                "id": f"wamid.{phone}",
                "timestamp": str(int(time.time())),
                "type": "text",
                "text": {"body": "Soy Luis"},
            }
            for phone in numbers(size, start=size)
        ]
        return cost(client, envelope("smb_message_echoes", message_echoes=echoes))

    assert post(2) == post(60)


def test_sixty_preferences_take_as_many_statements_as_two(client: Client) -> None:
    def post(size: int) -> int:
        wishes = [
            {
                "wa_id": phone,
                "category": "marketing_messages",
                "value": "stop",
                "timestamp": int(time.time()),
            }
            for phone in numbers(size, start=size)
        ]
        return cost(client, envelope("user_preferences", user_preferences=wishes))

    assert post(2) == post(60)


@pytest.mark.parametrize("code", [131026, 131047, 131050, 131049])
def test_sixty_failures_take_as_many_statements_as_two(client: Client, code: int) -> None:
    def post(size: int) -> int:
        wamids = []
        for phone in numbers(size, start=size):
            message = queue_bot_message(make_conversation(phone=phone), "Hola")
            wamids.append(f"wamid.{phone}")
            Message.objects.filter(pk=message.pk).update(
                state="sent", provider_message_id=wamids[-1], sent_at=NOW, attempted_at=NOW
            )
        said = {"status": "failed", "errors": [{"code": code, "title": "no"}]}
        taken = cost(client, statuses(*wamids, **said))
        failed = Message.objects.filter(provider_message_id__in=wamids, state="failed")
        assert failed.count() == size
        return taken

    assert post(2) == post(60)


def test_our_way_into_the_queue_makes_the_job_that_procrastinate_makes() -> None:
    conversation_id, due = uuid4(), NOW + timedelta(seconds=3)
    queue.hint_answer([conversation_id], at=due)
    theirs = app.configure_task(queue.ANSWER, queue="turns", schedule_at=due)
    theirs.defer(conversation_id=str(conversation_id))
    ours, same = (
        {name: value for name, value in job.items() if name != "id"}
        for job in ProcrastinateJob.objects.order_by("id").values()
    )
    assert ours == same
