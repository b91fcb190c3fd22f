"""The Cloud API server answers and reports as Meta does."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator.chaos import Chaos, Draw
from integrations.simulator.cloud import statuses
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Provider
from tests.integrations.simulator.conftest import Cloud
from tests.integrations.simulator.world import (
    ACCOUNT,
    NUMBER,
    SECRET,
    buttons,
    fixture,
    rows,
    shape,
    text,
    values_of,
    written,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sent_message_is_answered_and_reported_in_metas_shape(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now())
    answer = cloud.send(to=ana.wa_id, biz_opaque_callback_data="outbox:7c1f", **text()).json()
    assert answer["contacts"] == [{"input": ana.wa_id, "wa_id": ana.wa_id}]
    wamid = answer["messages"][0]["id"]
    sent, delivered = values_of(business, count=2)
    expected = fixture("50_status_sent")
    assert shape(json.loads(business.seen[0].body)) == shape(expected)
    assert sent["metadata"] == expected["entry"][0]["changes"][0]["value"]["metadata"]
    for value, status in ((sent, "sent"), (delivered, "delivered")):
        assert value["statuses"][0]["id"] == wamid
        assert value["statuses"][0]["status"] == status
        assert value["statuses"][0]["biz_opaque_callback_data"] == "outbox:7c1f"


def test_webhooks_are_signed_over_the_raw_bytes(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now())
    cloud.send(to=ana.wa_id, **text())
    values_of(business, count=2)
    for seen in business.seen:
        digest = hmac.new(SECRET.encode(), seen.body, hashlib.sha256).hexdigest()
        headers = {name.lower(): value for name, value in seen.headers.items()}
        assert headers["x-hub-signature-256"] == f"sha256={digest}"
        assert headers["content-type"] == "application/json"


def test_a_person_without_a_number_is_reached_by_recipient(
    cloud: Cloud, business: Provider, marta: SimulatedPhone
) -> None:
    written(marta, at=timezone.now())
    answer = cloud.send(recipient=marta.user_id, **text()).json()
    assert answer["contacts"] == [{"input": marta.user_id, "user_id": marta.user_id}]
    _sent, delivered = values_of(business, count=2)
    expected = fixture("58_status_bsuid_only_delivered")["entry"][0]["changes"][0]["value"]
    assert shape(delivered) == shape(expected)


def test_a_bsuid_in_to_is_accepted_and_dropped(
    cloud: Cloud, business: Provider, marta: SimulatedPhone
) -> None:
    written(marta, at=timezone.now())
    answer = cloud.send(to=marta.user_id, **text())
    assert answer.status_code == 200
    wamid = answer.json()["messages"][0]["id"]
    assert SimulatedMessage.objects.get(wamid=wamid).status == "dropped"
    assert values_of(business, count=0) == []


def test_seeing_the_chat_sends_read(cloud: Cloud, business: Provider, ana: SimulatedPhone) -> None:
    written(ana, at=timezone.now())
    cloud.send(to=ana.wa_id, **text())
    assert statuses.mark_seen(ana, draw=Draw(Chaos(), 0), now=timezone.now()) == 1
    values = values_of(business, count=3)
    assert [value["statuses"][0]["status"] for value in values] == ["sent", "delivered", "read"]
    expected = fixture("52_status_read_no_pricing")["entry"][0]["changes"][0]["value"]
    assert shape(values[2]) == shape(expected)
    assert statuses.mark_seen(ana, draw=Draw(Chaos(), 0), now=timezone.now()) == 0


BROKEN: list[tuple[dict[str, Any], int]] = [
    ({"to": "5215559999999"}, 131026),
    ({"to": "525550100100"}, 131021),
    ({"to": ""}, 131008),
    ({"to": "", "recipient": "5215550101234"}, 131009),
    ({"messaging_product": "sms"}, 100),
    ({"text": {"body": "x" * 4097}}, 131009),
    ({"text": {}}, 131008),
    ({"text": "Hola"}, 100),
    ({"type": "hologram"}, 131051),
    ({"biz_opaque_callback_data": "x" * 513}, 131009),
    (buttons("a", "b", "c", "d"), 131009),
    (buttons("a", "a"), 131009),
    (buttons("a title that is much too long"), 131009),
    (rows(*[f"r{n}" for n in range(11)]), 131009),
    (rows("a title that is much too long"), 131009),
    ({"type": "image", "image": {"id": "123"}}, 100),
    ({"type": "image", "image": {}}, 100),
]


def test_what_breaks_a_limit_is_refused(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now())
    for changes, code in BROKEN:
        words = {} if "type" in changes else text()
        answer = cloud.send(**{"to": ana.wa_id, **words, **changes})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, code), changes
        assert {"message", "type", "code", "error_data", "fbtrace_id"} == set(error)
        assert set(error["error_data"]) == {"messaging_product", "details"}


def test_outside_the_window_only_templates_pass(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now() - timedelta(hours=24, seconds=1))
    assert cloud.send(to=ana.wa_id, **text()).json()["error"]["code"] == 131047
    template = {"name": "recordatorio", "language": {"code": "es_MX"}}
    assert cloud.send(to=ana.wa_id, type="template", template=template).status_code == 200


def test_a_wrong_token_is_code_190(cloud: Cloud, ana: SimulatedPhone) -> None:
    answer = cloud.send(to=ana.wa_id, token="stolen", **text())
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == 190


def test_both_spellings_of_a_mexican_number_arrive(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now())
    answer = cloud.send(to="+52 55 5010 1234", **text()).json()
    assert answer["contacts"] == [{"input": "+52 55 5010 1234", "wa_id": ana.wa_id}]


def test_read_turns_earlier_ticks_blue_and_shows_typing(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    first, last = (written(ana, at=timezone.now()) for _ in range(2))
    answer = cloud.send(status="read", message_id=last.wamid, typing_indicator={"type": "text"})
    assert answer.json() == {"success": True}
    first.refresh_from_db()
    assert first.status == "read"
    typing = SimulatedPhone.objects.filter(typing_until__gt=timezone.now())
    assert typing.get() == ana
    cloud.send(to=ana.wa_id, **text())
    assert not typing.exists()
    assert cloud.send(status="read", message_id="wamid.none").json()["error"]["code"] == 131009


def test_media_goes_up_and_comes_down_with_the_token(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now())
    upload = cloud.post(
        "media",
        data={"messaging_product": "whatsapp", "type": "application/pdf"},
        files={"file": ("plan.pdf", b"%PDF-1.4", "application/pdf")},
    )
    media_id = upload.json()["id"]
    described = cloud.get(media_id).json()
    assert described["sha256"] == hashlib.sha256(b"%PDF-1.4").hexdigest()
    assert described["file_size"] == 8
    bare = cloud.session.get(described["url"], timeout=10)
    assert bare.status_code == 401
    headers = {"Authorization": "Bearer test-access-token"}
    assert cloud.session.get(described["url"], headers=headers, timeout=10).content == b"%PDF-1.4"
    document = {"id": media_id, "filename": "plan.pdf"}
    assert cloud.send(to=ana.wa_id, type="document", document=document).status_code == 200


def test_the_number_and_the_account_describe_themselves(cloud: Cloud) -> None:
    number = cloud.get(NUMBER).json()
    assert number["id"] == NUMBER
    assert number["quality_rating"] == "GREEN"
    assert cloud.get(ACCOUNT).json()["id"] == ACCOUNT
    assert cloud.get(f"{ACCOUNT}/subscribed_apps").json()["data"]
    unknown = cloud.get("404")
    assert unknown.status_code == 400
    assert unknown.json()["error"]["error_subcode"] == 33


def test_a_refused_webhook_comes_again(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    business.plays(misbehaving.answer(503, {}), misbehaving.answer(200, {}))
    written(ana, at=timezone.now())
    cloud.send(to=ana.wa_id, **text())
    values = values_of(business, count=3)
    assert sorted(value["statuses"][0]["status"] for value in values) == [
        "delivered",
        "sent",
        "sent",
    ]
