"""Clicks on ads and posts: each one is kept, the first one stands on the lead."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from conversations.models import Lead, Message, Touch
from conversations.services import inbound
from integrations.messaging import (
    InboundMessage,
    MessageKind,
    Referral,
    Sender,
    WebhookEvents,
)
from tests.conversations.rows import NOW, PACE, write

pytestmark = pytest.mark.django_db

PHONE = "5215550101234"
FIRST, SECOND, THIRD = (NOW - timedelta(hours=hours) for hours in (9, 6, 3))
AD = Referral("ad", "120", "https://fb.me/ad", "Techo solar", "Ahorra", "ARAk-1")
POST = Referral("post", "77", "https://fb.me/post", "Nuestro equipo", "", "")
AGAIN = Referral("ad", "120", "https://fb.me/ad", "Techo solar", "Ahorra", "ARAk-2")


def click(wamid: str, referral: Referral, at: datetime) -> InboundMessage:
    return InboundMessage(
        wamid, Sender(phone=PHONE), MessageKind.TEXT, at, text="Hola", referral=referral
    )


def post(*messages: InboundMessage) -> None:
    inbound.receive(events=WebhookEvents(messages=messages), body=b"{}", pace=PACE, now=NOW)


def first_touch() -> tuple[str, ...]:
    lead = Lead.objects.get()
    return (lead.source, lead.source_id, lead.source_url, lead.source_headline, lead.ctwa_clid)


CLICKS = (
    click("wamid.a", AD, FIRST),
    click("wamid.b", POST, SECOND),
    click("wamid.c", AGAIN, THIRD),
)


@pytest.mark.parametrize("order", list(permutations(CLICKS)))
@pytest.mark.parametrize("together", [True, False])
def test_every_click_is_kept_and_the_first_one_counts_whatever_comes_first(
    order: tuple[InboundMessage, ...], together: bool
) -> None:
    for messages in [order] if together else [(each,) for each in order]:
        post(*messages)
        post(*messages)
    kept = Touch.objects.order_by("occurred_at").values_list(
        "message__provider_message_id", "source", "source_id", "ctwa_clid", "occurred_at"
    )
    assert list(kept) == [
        ("wamid.a", "ad", "120", "ARAk-1", FIRST),
        ("wamid.b", "post", "77", "", SECOND),
        ("wamid.c", "ad", "120", "ARAk-2", THIRD),
    ]
    assert first_touch() == ("ad", "120", "https://fb.me/ad", "Techo solar", "ARAk-1")


def test_the_first_touch_of_a_lead_from_before_there_were_touches_stays() -> None:
    write("Hola")
    Lead.objects.update(source="post", source_id="5", source_headline="Feria")
    post(*CLICKS)
    assert first_touch() == ("post", "5", "", "Feria", "")
    assert Touch.objects.count() == 3


def test_who_wrote_before_the_first_click_came_from_it_too() -> None:
    write("Hola")
    post(CLICKS[1])
    assert first_touch()[:2] == ("post", "77")


def test_touches_go_with_their_message_and_their_lead() -> None:
    post(*CLICKS)
    Message.objects.get(provider_message_id="wamid.b").delete()
    assert Touch.objects.count() == 2
    Lead.objects.get().delete()
    assert not Touch.objects.exists()
