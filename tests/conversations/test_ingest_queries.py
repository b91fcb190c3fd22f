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


def envelope(**value: Any) -> bytes:
    value |= {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "525550100100",
            "phone_number_id": "118273645019283",
        },
    }
    change = {"field": "messages", "value": value}
    entry = {"id": "104938271650432", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def messages(*pairs: tuple[str, str]) -> bytes:
    """(phone, wamid) each."""
    people = {phone: {"wa_id": phone, "profile": {"name": "Ana"}} for phone, _wamid in pairs}
    said = [
        {
            "from": phone,
            "id": wamid,
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": "Hola"},
        }
        for phone, wamid in pairs
    ]
    return envelope(contacts=list(people.values()), messages=said)


def statuses(*wamids: str) -> bytes:
    return envelope(
        statuses=[
            {
                "id": wamid,
                "status": "delivered",
                "timestamp": str(int(time.time())),
                "recipient_id": "5215550101234",
            }
            for wamid in wamids
        ]
    )


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
    assert ProcrastinateJob.objects.count() == 2


def test_a_message_of_a_new_lead_takes_nine(client: Client) -> None:
    assert cost(client, messages(("5215550101234", "wamid.1"))) == 9


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
    assert cost(client, messages(*two)) == cost(client, messages(*many)) == 9
    again = [(phone, f"wamid.again.{phone}") for phone in numbers(1000, start=500)]
    assert cost(client, messages(*again)) == 2
    assert Message.objects.count() == 2002


def test_a_thousand_statuses_take_as_many_statements_as_two(client: Client) -> None:
    two, many = ([f"wamid.{size}.{index}" for index in range(size)] for size in (2, 1000))
    assert cost(client, statuses(*two)) == cost(client, statuses(*many))
    assert StoredReceipt.objects.count() == 1002


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
