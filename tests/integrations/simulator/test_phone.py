"""What a phone does reaches the business exactly as from Meta."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from integrations.models import SimulatedMessage, SimulatedPhone, SimulatedWebhook
from integrations.simulator import dispatcher
from integrations.simulator.chaos import Chaos, Draw
from integrations.simulator.cloud import sending
from integrations.simulator.cloud.validation import read_send
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Provider
from tests.integrations.simulator.world import (
    buttons,
    client_id,
    fixture,
    rows,
    shape,
    text,
    values_of,
    wait_until_told,
    written,
)

pytestmark = pytest.mark.django_db(transaction=True)


def act(page: Client, phone: SimulatedPhone, action: str, **fields: Any) -> dict[str, Any]:
    fields = {"client_id": client_id(), **fields}
    answer = page.post(f"/simulator/phones/{phone.pk}/{action}", fields)
    assert answer.status_code == 201, answer.content
    message: dict[str, Any] = answer.json()["message"]
    return message


def receive(phone: SimulatedPhone, message: dict[str, Any]) -> str:
    body = {"messaging_product": "whatsapp", "recipient": phone.user_id, **message}
    answer = sending.accept(read_send(body), draw=QUIET, now=timezone.now())
    return str(answer["messages"][0]["id"])


QUIET = Draw(Chaos(status_drop_rate=1.0), 0)


def feed(page: Client, phone: SimulatedPhone, after: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = page.get(f"/simulator/phones/{phone.pk}/feed", {"after": after}).json()
    return found


def test_a_text_has_metas_shape(page: Client, business: Provider, ana: SimulatedPhone) -> None:
    act(page, ana, "text", text="¿Cuánto cuesta?\r\nGracias")
    (value,) = values_of(business, count=1)
    assert shape(json.loads(business.seen[0].body)) == shape(fixture("02_text_phone_and_bsuid"))
    assert value["messages"][0]["text"]["body"] == "¿Cuánto cuesta?\nGracias"
    assert feed(page, ana)["messages"][0]["status"] == "delivered"


def test_a_username_hides_the_number(
    page: Client, business: Provider, marta: SimulatedPhone
) -> None:
    act(page, marta, "text", text="Buenas!")
    assert values_of(business, count=1)
    assert shape(json.loads(business.seen[0].body)) == shape(fixture("04_text_bsuid_only"))


def test_an_ad_click_brings_its_referral(
    page: Client, business: Provider, ana: SimulatedPhone
) -> None:
    act(page, ana, "text", text="Hola", ad="home")
    values_of(business, count=1)
    assert shape(json.loads(business.seen[0].body)) == shape(fixture("33_text_ctwa_ad_referral"))


@pytest.mark.parametrize(
    ("offer", "option", "name"),
    [
        (buttons("Sí", "No"), "id-No", "16_interactive_button_reply"),
        (rows("Jue 10:00", "Vie 9:00"), "slot:Vie 9:00", "17_interactive_list_reply"),
    ],
)
def test_a_tap_answers_the_message_it_belongs_to(
    page: Client,
    business: Provider,
    ana: SimulatedPhone,
    offer: dict[str, Any],
    option: str,
    name: str,
) -> None:
    written(ana, at=timezone.now())
    wamid = receive(ana, offer)
    act(page, ana, "tap", wamid=wamid, option=option)
    (value,) = values_of(business, count=1)
    assert shape(json.loads(business.seen[0].body)) == shape(fixture(name))
    message = value["messages"][0]
    assert message["context"] == {"from": "525550100100", "id": wamid}
    (reply,) = (part for part in message["interactive"].values() if isinstance(part, dict))
    assert reply["id"] == option


def test_a_double_tap_and_a_repeated_post_are_one_message(
    page: Client, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now())
    wamid = receive(ana, buttons("Sí", "No"))
    first = act(page, ana, "tap", wamid=wamid, option="id-Sí")
    second = act(page, ana, "tap", wamid=wamid, option="id-No")
    assert second["wamid"] == first["wamid"]
    same = client_id()
    assert act(page, ana, "text", text="Hola", client_id=same) == act(
        page, ana, "text", text="Hola", client_id=same
    )
    values_of(business, count=2)


@pytest.mark.parametrize(
    ("name", "mime_type", "kind", "keys"),
    [
        ("foto.jpg", "image/jpeg", "image", {"id", "mime_type", "sha256"}),
        ("nota.ogg", "audio/ogg; codecs=opus", "audio", {"id", "mime_type", "sha256", "voice"}),
        ("plan.pdf", "application/pdf", "document", {"id", "mime_type", "sha256", "filename"}),
    ],
)
def test_a_file_has_an_id_to_fetch_it_by(
    page: Client,
    business: Provider,
    ana: SimulatedPhone,
    name: str,
    mime_type: str,
    kind: str,
    keys: set[str],
) -> None:
    upload = SimpleUploadedFile(name, b"bytes", content_type=mime_type)
    bubble = act(page, ana, "file", file=upload)
    (value,) = values_of(business, count=1)
    message = value["messages"][0]
    assert message["type"] == kind
    assert set(message[kind]) == keys
    shown = page.get(bubble["file"]["url"])
    assert shown.content == b"bytes"
    assert ("attachment" in shown.headers.get("Content-Disposition", "")) == (kind == "document")


def test_messages_keep_their_order(page: Client, business: Provider, ana: SimulatedPhone) -> None:
    for number in range(5):
        act(page, ana, "text", text=str(number))
    values = values_of(business, count=5)
    assert [value["messages"][0]["text"]["body"] for value in values] == list("01234")


def test_a_webhook_that_is_refused_for_good_fails_on_the_phone(
    page: Client, business: Provider, ana: SimulatedPhone
) -> None:
    business.plays(misbehaving.answer(403, {}))
    webhook = SimulatedWebhook.objects.create(
        lane=str(ana.pk),
        body=b"{}",
        message=written(ana, at=timezone.now()),
        attempts=dispatcher.MAX_ATTEMPTS - 1,
        due_at=timezone.now(),
    )
    dispatcher.wake()
    wait_until_told()
    webhook.refresh_from_db()
    assert webhook.gave_up_at is not None
    found = feed(page, ana)
    assert found["trouble"] == "403"
    assert found["messages"][0]["status"] == "failed"


def test_the_feed_gives_only_what_changed(
    page: Client, business: Provider, ana: SimulatedPhone
) -> None:
    act(page, ana, "text", text="Hola")
    values_of(business, count=1)
    first = feed(page, ana)
    assert feed(page, ana, first["revision"])["messages"] == []
    receive(ana, text("¡Hola!"))
    (news,) = feed(page, ana, first["revision"])["messages"]
    assert (news["text"], news["mine"], news["status"]) == ("¡Hola!", False, "delivered")
    row = next(row for row in first["phones"] if row["id"] == ana.pk)
    assert row["preview"] == "Hola"


def test_seen_is_told_once(page: Client, business: Provider, ana: SimulatedPhone) -> None:
    written(ana, at=timezone.now())
    receive(ana, text("¡Hola!"))
    assert page.post(f"/simulator/phones/{ana.pk}/seen").json() == {"read": 1}
    assert page.post(f"/simulator/phones/{ana.pk}/seen").json() == {"read": 0}
    (value,) = values_of(business, count=1)
    assert value["statuses"][0]["status"] == "read"


def test_nonsense_is_refused_in_words(
    page: Client, business: Provider, ana: SimulatedPhone
) -> None:
    for action, fields in (
        ("text", {"text": "  "}),
        ("text", {"text": "x" * 4097}),
        ("text", {"text": "Hola", "client_id": "1"}),
        ("tap", {"wamid": "wamid.none", "option": "1"}),
        ("file", {}),
    ):
        fields = {"client_id": client_id(), **fields}
        answer = page.post(f"/simulator/phones/{ana.pk}/{action}", fields)
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert page.get(f"/simulator/phones/{ana.pk}/feed?after=x").status_code == 400
    assert not SimulatedMessage.objects.exists()


def test_phones_are_made_and_their_ids_are_real(page: Client, ana: SimulatedPhone) -> None:
    made = page.post("/simulator/phones", {"name": "Luis", "number": "+34 600 100 200"})
    phone = SimulatedPhone.objects.get(pk=made.json()["id"])
    assert phone.wa_id == "34600100200"
    assert phone.user_id.startswith("ES.")
    hidden = page.post("/simulator/phones", {"name": "Zoe", "username": "@zoe.99"})
    assert SimulatedPhone.objects.get(pk=hidden.json()["id"]).wa_id is None
    for fields in (
        {"name": "Luis", "number": "34600100200"},
        {"name": "", "number": "34600100201"},
        {"name": "Luis", "number": "12"},
        {"name": "Luis", "username": "a b"},
    ):
        assert page.post("/simulator/phones", fields).status_code == 400


def test_the_page_speaks_two_languages_and_needs_the_csrf_token(
    ana: SimulatedPhone, business: Provider
) -> None:
    browser = Client(enforce_csrf_checks=True)
    spanish = browser.get("/simulator/")
    assert "Lo que ve el negocio" in spanish.content.decode()
    assert "unsafe-inline" not in spanish.headers["Content-Security-Policy"]
    chosen = browser.get("/simulator/?lang=en", follow=True)
    assert "What the business sees" in chosen.content.decode()
    assert browser.post(f"/simulator/phones/{ana.pk}/text", {"text": "x"}).status_code == 403
