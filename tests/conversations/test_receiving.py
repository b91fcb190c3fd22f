"""What a payload does beside bringing words: calls, edits, echoes, standby, history, the account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.admin import alarms
from conversations.admin.event_words import call_text
from conversations.models import Attachment, Conversation, Message
from conversations.services import inbound
from integrations.models import ChannelState
from tests.conversations.rows import PACE, queue_bot_message
from tests.integrations.whatsapp.samples import (
    NOW,
    OUR_NUMBER,
    T0,
    message,
    post,
    read,
    read_sample,
)
from tests.integrations.whatsapp.test_fields import call, ended

pytestmark = pytest.mark.django_db

ANA = "5215550101234"


def receive(payload: Any, *, now: datetime = NOW) -> None:
    inbound.receive(events=read(payload), body=b"{}", pace=PACE, now=now)


def row(wamid: str) -> Message:
    return Message.objects.get(provider_message_id=wamid)


def talk() -> Conversation:
    return Conversation.objects.get()


@pytest.mark.parametrize("order", [1, -1])
def test_a_call_is_one_message_whichever_end_comes_first(order: int) -> None:
    for each in [call(), ended(timestamp="1795424440")][::order]:
        receive(post("calls", calls=[each]))
        receive(post("calls", calls=[each]))
    found = Message.objects.get()
    assert found.content == {"direction": "in", "outcome": "completed", "duration": 120}
    assert (found.kind, found.state, found.occurred_at) == ("call", "handled", T0)
    assert talk().window_expires_at == T0 + timedelta(hours=24)
    assert (talk().unread_count, talk().answer_due_at, talk().mode) == (1, None, "bot")
    assert not ProcrastinateJob.objects.exists()


def test_a_call_by_us_is_staffs_and_opens_no_window() -> None:
    ours = call(direction="BUSINESS_INITIATED", to=ANA, **{"from": OUR_NUMBER, "from_user_id": ""})
    receive(post("calls", calls=[ours]))
    receive(post("calls", calls=[ours | {"event": "terminate", "duration": 30}]))
    found = Message.objects.get()
    assert (found.direction, found.author, found.content["duration"]) == ("outbound", "staff", 30)
    assert (talk().mode, talk().window_expires_at) == ("staff", None)


@pytest.mark.parametrize(
    ("content", "english", "spanish"),
    [
        ({"direction": "in"}, "They called", "Llamó"),
        ({"direction": "in", "outcome": "failed", "duration": 0}, "Missed call", "perdida"),
        ({"direction": "in", "outcome": "completed", "duration": 120}, "for 2 min", "2 min"),
        ({"direction": "in", "outcome": "completed", "duration": 9}, "for 9 s", "9 s"),
        ({"direction": "out"}, "We called.", "Llamamos."),
        ({"direction": "out", "outcome": "failed"}, "nobody answered", "nadie contestó"),
        ({"permission": "accept"}, "let us call", "Permite"),
        ({"permission": "reject"}, "do not want", "No quiere"),
    ],
)
def test_calls_in_words(content: dict[str, Any], english: str, spanish: str) -> None:
    with translation.override("en"):
        assert english in call_text(content)
    with translation.override("es"):
        assert spanish in call_text(content)


def edit(text: str, at: int, **fields: Any) -> dict[str, Any]:
    said = {"type": "text", "text": {"body": text}}
    change = {"original_message_id": "wamid.1", "message": said}
    return message("edit", id_=f"wamid.e{at}", edit=change, timestamp=str(1795424400 + at)) | fields


def test_an_edit_without_words_leaves_those_we_have_and_a_deletion_stands() -> None:
    receive(post(messages=[message()]))
    receive(post(messages=[edit("", 1)]))
    revoke = {"original_message_id": "wamid.1"}
    receive(post(messages=[message("revoke", id_="wamid.r", revoke=revoke)]))
    assert row("wamid.1").text == "hola"
    assert row("wamid.1").edited_at is not None
    assert row("wamid.1").revoked_at == T0


def echo(type_: str = "text", *, to: str = ANA, id_: str = "wamid.e", **said: Any) -> Any:
    each = message(type_, id_=id_, **said) | {"from": OUR_NUMBER, "from_user_id": None, "to": to}
    return post("smb_message_echoes", message_echoes=[each])


def test_a_file_that_staff_sent_from_the_phone_is_fetched() -> None:
    receive(echo("image", image={"id": "123", "mime_type": "image/jpeg", "caption": "Plano"}))
    receive(echo("image", image={"id": "123", "mime_type": "image/jpeg", "caption": "Plano"}))
    found = Attachment.objects.get()
    assert (found.provider_media_id, found.message.text) == ("123", "Plano")
    assert talk().mode == "staff"


def test_staff_edit_and_delete_in_the_app_only_what_belongs_to_the_lead() -> None:
    receive(echo(id_="wamid.ana"))
    receive(echo(id_="wamid.luis", to="34600100200"))
    said = {"type": "text", "text": {"body": "adiós"}}
    for target in ("wamid.ana", "wamid.luis"):
        change = {"original_message_id": target, "message": said}
        receive(echo("edit", id_=f"{target}.edit", edit=change))
        receive(echo("revoke", id_=f"{target}.revoke", revoke={"original_message_id": target}))
    assert (row("wamid.ana").text, row("wamid.ana").revoked_at) == ("adiós", T0)
    assert (row("wamid.luis").text, row("wamid.luis").revoked_at) == ("hola", None)


def test_standby_silences_the_agent_and_the_next_message_wakes_it() -> None:
    receive(post(messages=[message()]))
    waiting = queue_bot_message(talk(), "¿Qué buscas?")
    receive(post("standby", messages=[message(id_="wamid.2")]))
    assert (talk().mode, talk().answer_due_at) == ("bot", None)
    assert set(Message.objects.filter(direction="inbound").values_list("state", flat=True)) == {
        "handled"
    }
    assert waiting.epoch is not None
    assert talk().epoch > waiting.epoch
    receive(post("messaging_handovers", event="x"))
    receive(post(messages=[message(id_="wamid.3")]))
    assert row("wamid.3").state == "received"
    assert talk().answer_due_at is not None


def test_what_their_agent_says_on_standby_is_kept_and_leaves_ours_in_charge() -> None:
    receive(post(messages=[message()]))
    receive(
        post("standby", message_echoes=echo()["entry"][0]["changes"][0]["value"]["message_echoes"])
    )
    assert row("wamid.e").direction == "outbound"
    assert talk().mode == "bot"
    assert row("wamid.1").state == "handled"


def test_history_wakes_nobody_and_opens_no_window() -> None:
    receive(post(messages=[message("reaction", reaction={"message_id": "wamid.0", "emoji": "👍"})]))
    before = Conversation.objects.values().get()
    inbound.receive(events=read_sample("86_history_chunk.json"), body=b"{}", pace=PACE, now=NOW)
    assert Conversation.objects.values().get() == before
    assert Message.objects.count() == 1
    assert not ProcrastinateJob.objects.exists()


def said() -> list[str]:
    with translation.override("en"):
        return [alarm.what for alarm in alarms.current(now=NOW)]


def test_a_restriction_stands_on_every_page_until_it_is_over() -> None:
    ban = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    receive(post("account_update", **ban))
    receive(post("account_alerts", alert_info={"alert_type": "PAYMENT_ISSUE"}))
    receive(post(messages=[message()], errors=[{"code": 131042, "title": "Payment"}]))
    assert said() == [
        "WhatsApp has an alert for this account.",
        "Meta has disabled this WhatsApp account.",
        "WhatsApp reports an error of the account.",
    ]
    with translation.override("es"):
        assert "método de pago" in alarms.current(now=NOW)[0].fix
    assert row("wamid.1").state == "received"
    reinstated = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}
    receive(post("account_update", **reinstated))
    assert "Meta has disabled this WhatsApp account." not in said()
    assert alarms.current(now=NOW + timedelta(days=8)) == []
    assert not ChannelState.objects.filter(channel="whatsapp").exists()
