"""Every switch: on the page, by HTTP, in the docs, and what it does."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from integrations.models import SimulatedMessage, SimulatedPhone, SimulatedWebhook
from integrations.simulator import chaos, media, phones, webhooks
from integrations.simulator.chaos import Chaos, Draw
from integrations.simulator.cloud import sending
from integrations.simulator.cloud.errors import TITLES, GraphError
from integrations.simulator.cloud.validation import read_send
from integrations.simulator.phone.acts import EVENTS, MESSAGES
from integrations.whatsapp.errors import MEANINGS
from tests.integrations.simulator.world import ACCOUNT, NUMBER, TOKEN, text, written

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).parents[3] / "docs" / "simulator.md"
API = f"/simulator/whatsapp/v26.0/{NUMBER}"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def ana() -> SimulatedPhone:
    phones.seed(now=timezone.now())
    return SimulatedPhone.objects.get(wa_id="5215550101234")


def send(client: Client, **body: Any) -> Any:
    body = {"messaging_product": "whatsapp", "to": "5215550101234", **text(), **body}
    return client.post(f"{API}/messages", body, content_type="application/json", headers=BEARER)


def test_the_docs_name_every_switch_and_every_act_and_no_other() -> None:
    words = DOCS.read_text(encoding="utf-8")
    wishes = "".join(re.findall(r"^trouble '\{(.*)\}'", words, re.M))
    assert set(re.findall(r'"(\w+)":', wishes)) == set(chaos.kinds())
    acts = "".join(line.split("|")[1] for line in words.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", acts)) == {"do", *MESSAGES, *EVENTS}


def test_the_page_has_every_switch_and_works_without_a_script(client: Client) -> None:
    page = client.get("/simulator/switches").content.decode()
    assert "<script" not in page
    names = re.findall(r'name="(\w+)"', page)
    assert set(names) - {"csrfmiddlewaretoken", "viewport", "color", "off", "say"} == set(
        chaos.kinds()
    )
    form = {"reject_rate": "25", "reject_code": "131056", "media_gone": "on", "reject_next": "2"}
    assert client.post("/simulator/switches", form).status_code == 302
    on = Chaos(
        reject_rate=0.25,
        reject_code=131056,
        media_gone=True,
        reject_next=2,
        status_failed_code=0,
    )
    assert chaos.current() == on
    assert 'value="25"' in client.get("/simulator/switches").content.decode()
    assert client.post("/simulator/switches", {"reject_rate": "many"}).status_code == 400
    assert client.post("/simulator/switches", {"off": "1"}).status_code == 302
    assert chaos.current() == Chaos()
    careful = Client(enforce_csrf_checks=True)
    assert careful.post("/simulator/switches", {"off": "1"}).status_code == 403


def test_every_error_that_we_tell_apart_can_be_ordered() -> None:
    """Of the ranges, 201-299 and 133xxx, one each."""
    ours = {code for code in MEANINGS if not (200 < code < 300 or code // 1000 == 133)}
    assert ours - {1, 2} <= set(TITLES)


def test_the_next_sends_are_refused_and_no_more(client: Client, ana: SimulatedPhone) -> None:
    written(ana, at=timezone.now())
    chaos.configure({"reject_next": 2, "reject_code": 130429, "retry_after_seconds": 7})
    client.post(f"/simulator/phones/{ana.pk}/seen")
    answers = [send(client) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0]["Retry-After"] == "7"
    assert "Retry-After" not in answers[2]


@pytest.mark.parametrize(
    ("switch", "status", "accepted"),
    [
        ("cut_before_rate", 500, 0),
        ("cut_rate", 500, 1),
        ("break_rate", 502, 0),
        ("break_after_rate", 502, 1),
    ],
)
def test_a_lost_answer_says_nothing(
    client: Client, ana: SimulatedPhone, switch: str, status: int, accepted: int
) -> None:
    written(ana, at=timezone.now())
    chaos.configure({switch: 1.0})
    answer = send(client, biz_opaque_callback_data="t#1")
    assert (answer.status_code, answer.content) == (status, b"")
    assert SimulatedMessage.objects.filter(callback_data="t#1").count() == accepted


def test_webhooks_come_twice_and_are_overtaken(ana: SimulatedPhone) -> None:
    now = timezone.now()
    chaos.configure({"webhook_duplicate_rate": 1.0})
    webhooks.enqueue(b"1", phone=ana, due_at=now)
    chaos.configure({"webhook_reorder_rate": 1.0})
    webhooks.enqueue(b"2", phone=ana, due_at=now)
    chaos.configure({})
    webhooks.enqueue(b"3", phone=ana, due_at=now)
    by_time = SimulatedWebhook.objects.order_by("due_at", "pk")
    assert [bytes(webhook.body) for webhook in by_time] == [b"1", b"1", b"3", b"2"]
    assert by_time.last().lane != str(ana.pk)  # type: ignore[union-attr]  # there are four


def test_files_expire(client: Client, ana: SimulatedPhone) -> None:
    upload = SimpleUploadedFile("plan.pdf", b"%PDF-1.4", content_type="application/pdf")
    held = media.store(upload, now=timezone.now())
    describe = f"/simulator/whatsapp/v26.0/{held.pk}"
    url = client.get(describe, headers=BEARER).json()["url"]
    assert client.get(url, headers=BEARER).content == b"%PDF-1.4"
    chaos.configure({"media_expired": True})
    assert client.get(describe, headers=BEARER).status_code == 200
    assert client.get(url, headers=BEARER).status_code == 404
    chaos.configure({"media_gone": True})
    gone = client.get(describe, headers=BEARER).json()["error"]
    assert (gone["code"], gone["error_subcode"]) == (100, 33)


def test_a_file_is_sent_as_what_it_is(ana: SimulatedPhone) -> None:
    upload = SimpleUploadedFile("plan.pdf", b"%PDF-1.4", content_type="application/pdf")
    held = media.store(upload, now=timezone.now())
    written(ana, at=timezone.now())
    document, image = (
        read_send(
            {
                "messaging_product": "whatsapp",
                "to": ana.wa_id,
                "type": kind,
                kind: {"id": f"{held.pk}"},
            }
        )
        for kind in ("document", "image")
    )
    sending.accept(document, draw=Draw(Chaos(), 0), now=timezone.now())
    with pytest.raises(GraphError) as caught:
        sending.accept(image, draw=Draw(Chaos(), 0), now=timezone.now())
    assert caught.value.code == 131053


def test_a_picture_has_five_megabytes_at_most(ana: SimulatedPhone) -> None:
    written(ana, at=timezone.now())
    body = b"x" * (5 * media.MEGABYTE + 1)
    upload = SimpleUploadedFile("roof.png", body, content_type="image/png")
    held = media.store(upload, now=timezone.now())
    image = {"to": ana.wa_id, "type": "image", "image": {"id": f"{held.pk}"}}
    with pytest.raises(GraphError) as caught:
        sending.accept(
            read_send({"messaging_product": "whatsapp", **image}),
            draw=Draw(Chaos(), 0),
            now=timezone.now(),
        )
    assert caught.value.code == 131053


def test_one_person_gets_45_at_once_then_one_in_six_seconds(ana: SimulatedPhone) -> None:
    now = timezone.now()
    written(ana, at=now)
    request = read_send({"messaging_product": "whatsapp", "to": ana.wa_id, **text()})
    draw = Draw(Chaos(pair_rate_limit=True), 0)
    SimulatedMessage.objects.bulk_create(
        SimulatedMessage(
            wamid=f"wamid.{n}", phone=ana, from_business=True, type="text", occurred_at=now
        )
        for n in range(44)
    )
    sending.accept(request, draw=draw, now=now)
    with pytest.raises(GraphError) as caught:
        sending.accept(request, draw=draw, now=now + timedelta(seconds=5))
    assert caught.value.code == 131056
    sending.accept(request, draw=draw, now=now + timedelta(seconds=6))
    with pytest.raises(GraphError):
        sending.accept(request, draw=draw, now=now + timedelta(seconds=7))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"context": {"message_id": "wamid.none"}}, 131009),
        ({"type": "reaction", "reaction": {"message_id": "wamid.none", "emoji": "👍"}}, 131009),
    ],
)
def test_ids_of_other_chats_are_refused(
    client: Client, ana: SimulatedPhone, changes: dict[str, Any], code: int
) -> None:
    written(ana, at=timezone.now())
    words = {} if "type" in changes else text()
    body = {"messaging_product": "whatsapp", "to": ana.wa_id, **words, **changes}
    answer = client.post(f"{API}/messages", body, content_type="application/json", headers=BEARER)
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    "path",
    [f"v99.0/{NUMBER}/messages", f"v1.0/{NUMBER}", f"{NUMBER}/messages", "", "v26.0/a/b/c/d"],
)
def test_unknown_versions_and_paths_are_the_graph_apis_error(client: Client, path: str) -> None:
    answer = client.post(f"/simulator/whatsapp/{path}", headers=BEARER)
    if path == f"v1.0/{NUMBER}":
        answer = client.get(f"/simulator/whatsapp/{path}", headers=BEARER)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (400, 2500, "OAuthException")


def test_another_number_or_account_is_not_there(client: Client) -> None:
    answer = client.post(
        "/simulator/whatsapp/v26.0/404/messages",
        "{}",
        content_type="application/json",
        headers=BEARER,
    )
    assert answer.json()["error"]["error_subcode"] == 33
    assert client.get(f"/simulator/whatsapp/v26.0/{ACCOUNT}").status_code == 401
