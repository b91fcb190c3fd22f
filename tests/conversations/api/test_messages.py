"""Writing to a lead: once per intention, only while WhatsApp lets us, never over each other."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from conversations.models import Conversation, HandoffReason, IdempotencyKey, Message, User
from conversations.services import handoff, idempotency
from tests.conversations.api.world import (
    client_of,
    make_conversation,
    make_failed,
    make_manager,
    make_message,
)

pytestmark = pytest.mark.django_db


def path_of(conversation: Conversation) -> str:
    return f"/api/v1/conversations/{conversation.pk}/messages"


def send(
    client: APIClient, conversation: Conversation, text: str, key: str = "", **more: Any
) -> Any:
    headers: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    body = {"text": text, **more}
    return client.post(path_of(conversation), body, format="json", **headers)


def test_a_text_is_queued_and_the_agent_steps_back(
    client: APIClient, conversation: Conversation, manager: User
) -> None:
    answer = send(client, conversation, " Hola, soy Marta. ")
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["text"], shown["state"], shown["author"]) == (
        "Hola, soy Marta.",
        "queued",
        "staff",
    )
    assert shown["staff"] == {"id": str(manager.pk), "name": "Marta"}
    assert client.get(path_of(conversation)).json()["results"][0] == shown
    conversation.refresh_from_db()
    assert (conversation.mode, conversation.epoch) == ("staff", 1)
    assert "provider_message_id" not in shown


def test_a_message_may_quote_another_of_the_conversation(
    client: APIClient, conversation: Conversation
) -> None:
    quoted = make_message(conversation)
    answer = send(client, conversation, "Sí", reply_to=str(quoted.pk))
    assert answer.json()["reply_to"] == str(quoted.pk)
    assert Message.objects.get(pk=answer.json()["id"]).in_reply_to == quoted.provider_message_id
    foreign = make_message(make_conversation())
    answer = send(client, conversation, "Sí", reply_to=str(foreign.pk))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/reply_to"


def test_a_closed_window_is_said(client: APIClient, conversation: Conversation) -> None:
    Conversation.objects.update(window_expires_at=timezone.now())
    answer = send(client, conversation, "Hola", key="one")
    assert (answer.status_code, answer.json()["code"]) == (409, "window_closed")
    Conversation.objects.update(window_expires_at=timezone.now() + timedelta(hours=1))
    assert send(client, conversation, "Hola", key="one").status_code == 201


def test_who_opted_out_is_left_alone(client: APIClient, conversation: Conversation) -> None:
    conversation.lead.opted_out_at = timezone.now()
    conversation.lead.save()
    answer = send(client, conversation, "Hola")
    assert (answer.status_code, answer.json()["code"]) == (409, "opted_out")
    assert not Message.objects.exists()


@pytest.mark.parametrize("text", ["", "   ", "x" * 4097, "a\x00b"])
def test_a_text_that_cannot_be_sent(
    client: APIClient, conversation: Conversation, text: str
) -> None:
    answer = send(client, conversation, text)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/text"


def test_the_same_key_answers_the_same(client: APIClient, conversation: Conversation) -> None:
    first = send(client, conversation, "Hola", key="one")
    Message.objects.update(state="sent")
    again = send(client, conversation, "Hola", key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Message.objects.count() == 1


def test_a_key_is_for_one_request_of_one_person(
    client: APIClient, conversation: Conversation
) -> None:
    send(client, conversation, "Hola", key="one")
    other = send(client, conversation, "Adiós", key="one")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    elsewhere = send(client, make_conversation(), "Hola", key="one")
    assert elsewhere.status_code == 409
    assert send(client_of(make_manager("luis")), conversation, "Hola", key="one").status_code == 201
    assert send(client, conversation, "Hola").status_code == 201
    assert Message.objects.count() == 3


@pytest.mark.parametrize("key", ["x" * 201, "ñ", "a\tb"])
def test_a_key_that_is_none(client: APIClient, conversation: Conversation, key: str) -> None:
    assert send(client, conversation, "Hola", key=key).status_code == 400


def test_keys_are_forgotten_after_a_day(client: APIClient, conversation: Conversation) -> None:
    send(client, conversation, "Hola", key="one")
    assert idempotency.prune(now=timezone.now() + timedelta(hours=23)) == 0
    assert idempotency.prune(now=timezone.now() + timedelta(hours=25)) == 1
    assert send(client, conversation, "Hola", key="one").status_code == 201
    conversation.lead.delete()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_copies_at_the_same_time_send_once(conversation: Conversation, manager: User) -> None:
    copies = 4
    start, answers = threading.Barrier(copies), []

    def post() -> None:
        client = client_of(manager)
        start.wait()
        answers.append(send(client, conversation, "Hola", key="one"))
        connection.close()

    threads = [threading.Thread(target=post) for _copy in range(copies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * copies
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert sum("Idempotent-Replayed" in answer for answer in answers) == copies - 1
    assert Message.objects.count() == 1


def test_a_failed_message_is_sent_again(client: APIClient, conversation: Conversation) -> None:
    failed = make_failed(conversation)
    Message.objects.filter(pk=failed.pk).update(error_code=131047)
    shown = client.get(path_of(conversation)).json()["results"][0]
    assert "131047" in shown["problem"]["what"]
    assert shown["problem"]["next_step"]
    path = f"/api/v1/messages/{failed.pk}/retry"
    again = client.post(path).json()
    assert (again["state"], again["problem"]) == ("queued", None)
    again = client.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "message_state")


def test_an_unknown_one_only_if_it_may_come_twice(
    client: APIClient, conversation: Conversation
) -> None:
    path = f"/api/v1/messages/{make_failed(conversation, 'unknown').pk}/retry"
    answer = client.post(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "send_unknown")
    assert client.post(path, {"may_duplicate": True}, format="json").json()["state"] == "queued"


def test_a_message_is_given_up(client: APIClient, conversation: Conversation) -> None:
    path = f"/api/v1/messages/{make_failed(conversation).pk}/discard"
    assert client.post(path).json()["state"] == "cancelled"
    assert client.post(path).json()["code"] == "message_state"


def test_options_show_no_ids_of_ours(client: APIClient, conversation: Conversation) -> None:
    option = {"id": "slot:1", "title": "10:00", "description": "lunes"}
    make_message(conversation, kind="list", content={"options": [option], "button_label": "Ver"})
    shown = client.get(path_of(conversation)).json()["results"][0]
    assert shown["options"] == [{"title": "10:00", "description": "lunes"}]


def test_reactions_edits_and_calls_are_shown(client: APIClient, conversation: Conversation) -> None:
    said = make_message(conversation, text="Hola")
    about = {"target": said.provider_message_id}
    for author, emoji in (("lead", "👍"), ("staff", "🎉"), ("lead", "❤️")):
        make_message(conversation, kind="reaction", author=author, text=emoji, content=about)
    make_message(conversation, kind="edit", text="Buenas", content=about)
    make_message(conversation, kind="revoke", text="", content={"target": "wamid.unknown"})
    call = {"direction": "out", "outcome": "completed", "duration": 63}
    make_message(conversation, kind="call", text="", content=call)
    make_message(conversation, kind="call", text="", content={"permission": "reject"})
    rows = client.get(path_of(conversation)).json()["results"]
    asked, called, revoke, edit, *reactions, original = rows
    assert {(each["author"], each["emoji"]) for each in original["reactions"]} == {
        ("lead", "❤️"),
        ("staff", "🎉"),
    }
    assert {each["about"] for each in (edit, *reactions)} == {original["id"]}
    assert (revoke["about"], original["about"], edit["reactions"]) == (None, None, [])
    assert called["call"] == {
        "direction": "outbound",
        "ended": True,
        "seconds": 63,
        "may_call": None,
    }
    assert (asked["call"]["may_call"], original["call"]) == (False, None)


def test_places_cards_orders_and_forms_are_shown(
    client: APIClient, conversation: Conversation
) -> None:
    card = {"name": {"formatted_name": "Eva"}, "phones": [{"phone": "+52 1"}], "org": "no object"}
    item = {"product_retailer_id": "P1", "quantity": 2, "item_price": 9.5, "currency": "MXN"}
    given: dict[str, Any] = {
        "location": {"latitude": "19.43", "longitude": -99.13, "name": "Casa", "forwarded": True},
        "contacts": {"contacts": [card, {}, "no card"]},
        "order": {"product_items": [item]},
        "flow_reply": {"answers": {"screen_0_Area_1": "0_200_m2", "flow_token": "secret"}},
    }
    for kind, content in given.items():
        make_message(conversation, kind=kind, content=content)
    form, order, cards, place = client.get(path_of(conversation)).json()["results"]
    assert place["place"] == {
        "latitude": 19.43,
        "longitude": -99.13,
        "name": "Casa",
        "address": "",
    }
    assert (place["forwarded"], cards["forwarded"], cards["place"]) == (True, False, None)
    shown = {"name": "Eva", "company": "", "phone_numbers": ["+52 1"], "emails": []}
    assert cards["cards"] == [shown]
    assert order["items"] == [{"product": "P1", "quantity": "2", "price": "9.5", "currency": "MXN"}]
    assert form["answers"] == [{"key": "Area", "values": ["200 m2"]}]
    make_message(conversation, kind="location", content={"latitude": 91, "longitude": "x"})
    assert client.get(path_of(conversation)).json()["results"][0]["place"] is None


def test_since_when_a_lead_waits(client: APIClient, conversation: Conversation) -> None:
    path = f"/api/v1/conversations/{conversation.pk}"
    assert client.get(path).json()["waiting_since"] is None
    now = timezone.now()
    handoff.hand_off(conversation_id=conversation.pk, reason=HandoffReason.STUCK, now=now)
    waits = client.get(path).json()
    assert waits["waiting_since"] == waits["handoff_at"] == f"{now:%Y-%m-%dT%H:%M:%S.%f}Z"
    assert client.post(f"{path}/takeover").json()["waiting_since"] is None


def test_taking_over_and_giving_back(
    client: APIClient, conversation: Conversation, manager: User
) -> None:
    path = f"/api/v1/conversations/{conversation.pk}"
    taken = client.post(f"{path}/takeover").json()
    assert (taken["mode"], taken["handoff_reason"]) == ("staff", "takeover")
    assert taken["lead"]["owner"]["id"] == str(manager.pk)
    assert taken["window_open"] is True
    back = client.post(f"{path}/release").json()
    assert (back["mode"], back["handoff_at"]) == ("bot", None)
    assert client.get(path).json()["unread_count"] == 1
    assert client.post(f"{path}/read").json()["unread_count"] == 0
    assert client.get(path).json() == client.post(f"{path}/read").json()
