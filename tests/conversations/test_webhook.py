from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from conversations.models import Conversation, Lead, Message, StoredReceipt
from integrations.models import WebhookDelivery
from tests.payloads import EXPECTED, body, sign

pytestmark = pytest.mark.django_db


def post(client: Client, raw: bytes, signature: str | None = None) -> Any:
    return client.post(
        "/webhook",
        raw,
        content_type="application/json",
        headers={"X-Hub-Signature-256": sign(raw) if signature is None else signature},
    )


def test_handshake_answers_the_challenge(client: Client) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "test-verify-token"}
    answer = client.get("/webhook", {**query, "hub.challenge": "1158201444"})
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    wrong = client.get("/webhook", {**query, "hub.verify_token": "x", "hub.challenge": "1"})
    assert wrong.status_code == 403


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=é", "sha256=" + "0" * 64])
def test_a_bad_signature_stores_nothing(client: Client, signature: str) -> None:
    assert post(client, body("01_text_classic_no_bsuid.json"), signature).status_code == 403
    assert not WebhookDelivery.objects.exists()
    assert not Lead.objects.exists()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_fixture_gives_its_expected_rows(client: Client, name: str) -> None:
    expected = EXPECTED[name]
    assert post(client, body(name)).status_code == expected["http"]
    inbound = Message.objects.filter(direction="inbound").exclude(content__has_key="direction")
    assert inbound.count() == expected["messages"]
    assert StoredReceipt.objects.count() == expected["statuses"]
    assert Message.objects.filter(direction="outbound").count() == expected["echoes"]
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_same_post_again_changes_nothing(client: Client, name: str) -> None:
    post(client, body(name))
    before = rows()
    post(client, body(name))
    assert rows() == before


def rows() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values()) for model in (Lead, Message, StoredReceipt)
    ] + list(Conversation.objects.values_list("unread_count", "mode", "epoch", "last_message_text"))


def test_a_body_that_is_too_large_is_refused(client: Client) -> None:
    assert post(client, b" " * 3_600_000).status_code == 413


def test_a_body_of_just_under_the_limit_is_taken(client: Client) -> None:
    raw = batch(1)
    padded = raw + b" " * (3_499_000 - len(raw))
    assert post(client, padded).status_code == 200
    assert Message.objects.count() == 1


def test_rows_are_named_by_uuid_version_7(client: Client) -> None:
    post(client, batch(1))
    for row in (Lead.objects.get(), Conversation.objects.get(), Message.objects.get()):
        assert row.pk.version == 7


@pytest.mark.django_db(transaction=True)
def test_a_post_that_fails_midway_leaves_nothing() -> None:
    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if "procrastinate_defer_jobs" in sql:
            raise OperationalError("the connection broke")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        assert post(Client(), batch(3)).status_code == 503
    assert not Lead.objects.exists()
    assert not Message.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_what_cannot_be_read_is_kept(client: Client) -> None:
    assert post(client, b"{").status_code == 400
    delivery = WebhookDelivery.objects.get()
    assert (bytes(delivery.body), delivery.state) == (b"{", "rejected")


def test_what_names_no_sender_is_told_in_the_log_without_its_words(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    post(client, body("125_no_sender_at_all.json"))
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("ERROR", "webhook: parts not understood: 1")
    ]


def batch(size: int) -> bytes:
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "525550100100",
            "phone_number_id": "118273645019283",
        },
        "contacts": [],
        "messages": [],
    }
    for number in range(size):
        bsuid = f"MX.9000{number:06d}"
        value["contacts"].append({"user_id": bsuid, "profile": {"name": f"Lead {number}"}})
        value["messages"].append(
            {
                "id": f"wamid.batch{number}",
                "from_user_id": bsuid,
                "timestamp": "1795424400",
                "type": "text",
                "text": {"body": "Hola"},
            }
        )
    change = {"field": "messages", "value": value}
    envelope = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "104938271650432", "changes": [change]}],
    }
    return json.dumps(envelope).encode()


def test_queries_do_not_grow_with_the_batch(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for size in (1, 1000):
        with django_assert_max_num_queries(14):
            assert post(client, batch(size)).status_code == 200
    assert Message.objects.count() == 1000
