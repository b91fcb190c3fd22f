"""What a person can do besides writing: Meta's shapes, and our own receiver takes them all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import SimulatedMessage, SimulatedPhone, SimulatedWebhook
from integrations.simulator import conditions
from integrations.simulator.chaos import Chaos, Draw
from integrations.simulator.cloud import sending
from integrations.simulator.cloud.errors import GraphError
from integrations.simulator.cloud.validation import read_send
from integrations.simulator.phone import presenting
from integrations.simulator.phone.acts import EVENTS, MESSAGES
from integrations.whatsapp.webhook import parse
from tests.integrations.simulator.world import NUMBER, fixture, shape, text, written

# Without a commit nothing is posted: the webhooks lie in their table.
pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db: None) -> SimulatedPhone:
    return SimulatedPhone.objects.create(
        name="Ana Torres",
        wa_id="5215550101234",
        user_id="MX.10843920175564213",
        created_at=timezone.now(),
    )


def do(client: Client, phone: SimulatedPhone, act: str, **given: str) -> Any:
    answer = client.post(
        f"/simulator/phones/{phone.pk}/do",
        json.dumps({"do": act, **given}),
        content_type="application/json",
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 201, answer.content
    return answer.json()["message"]


def posted() -> dict[str, Any]:
    """The webhook that was made last."""
    body = bytes(SimulatedWebhook.objects.latest("pk").body)
    found: dict[str, Any] = json.loads(body)
    return found


def received() -> Any:
    """What our own receiver makes of it."""
    body = bytes(SimulatedWebhook.objects.latest("pk").body)
    return parse(body, now=timezone.now(), phone_number_id=NUMBER)


def feed(phone: SimulatedPhone) -> list[dict[str, Any]]:
    """What the page draws; asked for by HTTP it would post the webhooks, for lack of a tick."""
    found: list[dict[str, Any]] = presenting.feed(phone, after=0, now=timezone.now())["messages"]
    return found


def given_for(act: str, message: SimulatedMessage) -> Mapping[str, str]:
    about = {"wamid": message.wamid, "emoji": "👍", "text": "Perdón, ¿cuánto?"}
    return about if act in ("react", "edit", "delete") else {}


@pytest.mark.parametrize("act", sorted({*MESSAGES, *EVENTS} - {"show_number"}))
def test_everything_done_is_shown_and_understood(
    client: Client, ana: SimulatedPhone, act: str
) -> None:
    message = written(ana, at=timezone.now())
    do(client, ana, act, **given_for(act, message))
    page = client.get(f"/simulator/phones/{ana.pk}/")
    assert page.status_code == 200
    assert feed(ana)
    if act in ("hide_number", "lapse"):
        assert not SimulatedWebhook.objects.exists()
        return
    events = received()
    assert (events.quarantined, events.notices) == ((), ())


@pytest.mark.parametrize(
    ("act", "name"),
    [
        ("share_number", "15_contacts_answer_to_phone_request"),
        ("flow", "18_interactive_nfm_reply_flow"),
        ("button", "20_button_quick_reply_without_context"),
        ("react", "21_reaction_add"),
        ("change_number", "24_system_user_changed_number"),
        ("group", "37_group_message"),
        ("call_permission", "41_call_permission_reply"),
        ("stop", "81_user_preferences_stop"),
        ("echo", "83_smb_message_echo_text"),
        ("call", "93_calls_connect"),
        ("welcome", "29_request_welcome"),
    ],
)
def test_a_webhook_has_metas_shape(
    client: Client, ana: SimulatedPhone, act: str, name: str
) -> None:
    message = written(ana, at=timezone.now())
    do(client, ana, act, **given_for(act, message))
    ours, metas = (body["entry"][0]["changes"][0] for body in (posted(), fixture(name)))
    assert ours["field"] == metas["field"]
    (kind,) = set(metas["value"]) - {"messaging_product", "metadata", "contacts"}
    mine, theirs = ours["value"][kind][0], metas["value"][kind][0]
    # The fixtures are of other people: some hide their number, some answer something.
    varying = {"from", "context", "interactive"}
    assert set(mine) - varying == set(theirs) - varying
    body = mine.get("type", "")
    if body not in varying:
        assert shape(mine.get(body)) == shape(theirs.get(body))


def test_changed_ids_are_told_in_the_old_ones_and_used_from_then_on(
    client: Client, ana: SimulatedPhone
) -> None:
    do(client, ana, "change_number", number="+52 1 55 5010 9999")
    (message,) = received().messages
    assert message.identity_change.previous.phone == "5215550101234"
    assert message.identity_change.current.phone == "5215550109999"
    ana.refresh_from_db()
    assert (ana.wa_id, ana.user_id) == ("5215550109999", message.identity_change.current.bsuid)
    do(client, ana, "rotate_id")
    (message,) = received().messages
    assert message.identity_change.previous.bsuid == ana.user_id
    do(client, ana, "hide_number", username="ana.torres")
    do(client, ana, "location")
    (message,) = received().messages
    assert message.sender.phone is None
    assert message.sender.username == "ana.torres"
    do(client, ana, "show_number")
    do(client, ana, "location")
    assert received().messages[0].sender.phone == "5215550109999"


def test_reactions_edits_and_deletions_show_on_the_message(
    client: Client, ana: SimulatedPhone
) -> None:
    first, second = (written(ana, at=timezone.now()) for _ in range(2))
    do(client, ana, "react", wamid=first.wamid, emoji="👍")
    do(client, ana, "edit", wamid=first.wamid, text="¿Cuánto?")
    do(client, ana, "delete", wamid=second.wamid)
    shown = feed(ana)
    assert [message["text"] for message in shown] == ["¿Cuánto?", "Hola"]
    assert (shown[0]["reactions"], shown[0]["edited"]) == (["👍"], True)
    assert shown[1]["deleted"]
    do(client, ana, "react", wamid=first.wamid)
    assert feed(ana)[0]["reactions"] == []


def test_a_late_message_opens_no_window_and_a_lapsed_one_is_opened_by_the_next(
    client: Client, ana: SimulatedPhone
) -> None:
    send = {"messaging_product": "whatsapp", "to": ana.wa_id, **text()}
    quiet = Draw(Chaos(), 0)
    do(client, ana, "late")
    with pytest.raises(GraphError) as caught:
        sending.accept(read_send(send), draw=quiet, now=timezone.now())
    assert caught.value.code == 131047
    do(client, ana, "location")
    sending.accept(read_send(send), draw=quiet, now=timezone.now())
    do(client, ana, "lapse")
    with pytest.raises(GraphError):
        sending.accept(read_send(send), draw=quiet, now=timezone.now())
    do(client, ana, "location")
    sending.accept(read_send(send), draw=quiet, now=timezone.now())


def test_marketing_is_off_until_it_is_on_again(client: Client, ana: SimulatedPhone) -> None:
    do(client, ana, "stop")
    assert conditions.of(ana).no_marketing
    assert received().preferences[0].stopped
    do(client, ana, "resume")
    assert not conditions.of(ana).no_marketing


def template(*, people: SimulatedPhone) -> dict[str, Any]:
    """A promotion with a link and a button that stops them."""
    values = [{"type": "text", "text": value} for value in ("Ana", "30 de noviembre")]
    link = {
        "type": "button",
        "sub_type": "url",
        "index": "0",
        "parameters": [{"type": "text", "text": "a1b2"}],
    }
    return {
        "messaging_product": "whatsapp",
        "to": people.wa_id,
        "type": "template",
        "template": {
            "name": "promocion_temporada",
            "language": {"code": "es_MX"},
            "components": [{"type": "body", "parameters": values}, link],
        },
    }


def test_a_templates_buttons_are_tapped_once_and_links_are_links(
    client: Client, ana: SimulatedPhone
) -> None:
    request = read_send(template(people=ana))
    sending.accept(request, draw=Draw(Chaos(), 0), now=timezone.now())
    (bubble,) = feed(ana)
    link, stop = bubble["options"]["sections"][0]["rows"]
    assert link["link"] == "https://example.com/oferta/a1b2"
    for number in (1, 2):
        fields = {
            "wamid": bubble["wamid"],
            "option": stop["id"],
            "client_id": f"8d4c5f62-0000-4000-8000-00000000000{number}",
        }
        assert client.post(f"/simulator/phones/{ana.pk}/tap", fields).status_code == 201
    assert [message["text"] for message in feed(ana)][1:] == ["No recibir promociones"]
    (message,) = received().messages
    assert (message.reply_id, message.in_reply_to) == (stop["id"], bubble["wamid"])
    fields["option"] = link["id"]
    assert client.post(f"/simulator/phones/{ana.pk}/tap", fields).status_code == 400


def test_who_wants_no_marketing_gets_none(client: Client, ana: SimulatedPhone) -> None:
    do(client, ana, "stop")
    with pytest.raises(GraphError) as caught:
        sending.accept(read_send(template(people=ana)), draw=Draw(Chaos(), 0), now=timezone.now())
    assert caught.value.code == 131050


def test_the_same_client_id_is_the_same_act(client: Client, ana: SimulatedPhone) -> None:
    same = "8d4c5f62-0000-4000-8000-000000000001"
    first = do(client, ana, "location", client_id=same)
    assert do(client, ana, "location", client_id=same)["wamid"] == first["wamid"]
    assert SimulatedWebhook.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{",
        '{"do": "fly"}',
        '{"do": 7}',
        '{"do": "location", "latitude": "north"}',
        '{"do": "location", "client_id": "7"}',
        '{"do": "react", "wamid": "wamid.none"}',
        '{"do": "edit", "wamid": "wamid.none", "text": "Hola"}',
        '{"do": "change_number", "number": "12"}',
        '{"do": "hide_number", "username": "a b"}',
        '{"do": "show_number"}',
        '{"do": "late", "hours": "-1"}',
        '{"do": "group", "text": "  "}',
    ],
)
def test_nonsense_is_refused_in_words(client: Client, ana: SimulatedPhone, body: str) -> None:
    url = f"/simulator/phones/{ana.pk}/do"
    answer = client.post(url, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not SimulatedMessage.objects.exists()


def test_another_web_page_cannot_do_it(client: Client, ana: SimulatedPhone) -> None:
    url = f"/simulator/phones/{ana.pk}/do"
    answer = client.post(url, '{"do": "location"}', content_type="text/plain")
    assert answer.status_code == 415
