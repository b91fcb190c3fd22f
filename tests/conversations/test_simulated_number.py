"""Over real HTTP with the simulated Cloud API: a hidden number is asked for, a bad token mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations.models import Conversation, Identity, Lead, Message, State, User
from conversations.services import channel_state, delivery, sweeping
from conversations.services.roles import SALES
from integrations import conf, http
from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator import chaos, phones
from integrations.whatsapp.channel import WhatsAppChannel
from tests.conversations.admin import rows
from tests.conversations.rows import queue_bot_message
from tests.conversations.sending import GRACE
from tests.integrations.simulator.world import client_id, wait_until_told

pytestmark = pytest.mark.django_db(transaction=True)

INBOX = "admin:conversations_conversation_changelist"


class World:
    """A person with a simulated phone, and a colleague at the admin."""

    def __init__(self, channel: WhatsAppChannel, username: str) -> None:
        phones.seed(now=timezone.now())
        self.channel = channel
        self.phone = SimulatedPhone.objects.exclude(username="").get()
        self.person = Client(headers={"accept-language": "en"})
        self.staff = Client(headers={"accept-language": "en"})
        self.colleague: User = rows.make_user(username, groups=(SALES,))
        self.staff.force_login(self.colleague)

    def write(self, text: str) -> Conversation:
        """The person writes; the webhook has been answered."""
        url = reverse("simulator:phone:text", args=[self.phone.pk])
        self.person.post(url, {"text": text, "client_id": client_id()})
        wait_until_told()
        return Conversation.objects.get()

    def do(self, **act: str) -> None:
        url = reverse("simulator:phone:do", args=[self.phone.pk])
        done = self.person.post(url, json.dumps(act), content_type="application/json")
        assert done.status_code == 201, done.content
        wait_until_told()

    def press(self, conversation: Conversation, action: str) -> int:
        url = reverse("admin:conversations_conversation_act", args=[conversation.pk, action])
        return self.staff.post(url, headers={"accept": "application/json"}).status_code

    def deliver(self, conversation: Conversation, *, at: datetime | None = None) -> None:
        delivery.deliver(
            conversation_id=conversation.pk,
            channel=self.channel,
            grace=GRACE,
            clock=lambda: at or timezone.now(),
        )
        wait_until_told()

    def thread(self, conversation: Conversation) -> str:
        url = reverse("admin:conversations_conversation_thread", args=[conversation.pk])
        return self.staff.get(url).content.decode()


@pytest.fixture
def world(live_server: LiveServer, settings: Settings) -> Iterator[World]:
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/whatsapp/v26.0"
    settings.SIMULATOR_WEBHOOK_URL = f"{live_server.url}/webhook"
    with http.session() as session:
        yield World(WhatsAppChannel(conf.whatsapp(), session), "sam")


def test_a_hidden_number_is_asked_for_given_and_used(world: World) -> None:
    conversation = world.write("Hola")
    assert Lead.objects.get().phone_number is None
    assert "ask-number" in world.thread(conversation)
    assert world.press(conversation, "ask-number") == 200
    assert world.press(conversation, "ask-number") == 409
    world.deliver(conversation)
    asked = SimulatedMessage.objects.get(from_business=True)
    assert (asked.phone, asked.addressed_to) == (world.phone, world.phone.user_id)
    assert asked.content["type"] == "request_contact_info"
    conversation.refresh_from_db()
    assert conversation.mode == "bot"

    world.do(do="share_number", number="5491155501234", reply_to=asked.wamid)
    lead = Lead.objects.get()
    assert lead.phone_number == "+5491155501234"
    kinds = Identity.objects.filter(lead=lead).values_list("kind", flat=True)
    assert sorted(kinds) == ["bsuid", "phone"]
    assert "+5491155501234" in world.thread(conversation)
    assert "ask-number" not in world.thread(conversation)
    assert world.press(conversation, "ask-number") == 409

    # To the number from now on, and it is the same phone.
    conversation.refresh_from_db()
    queue_bot_message(conversation, "Gracias", now=timezone.now())
    world.deliver(conversation)
    thanks = SimulatedMessage.objects.filter(from_business=True).latest("pk")
    assert (thanks.phone, thanks.addressed_to) == (world.phone, "5491155501234")


def test_nobody_is_asked_outside_the_window_or_after_a_stop(world: World) -> None:
    conversation = world.write("Hola")
    Conversation.objects.update(window_expires_at=timezone.now())
    assert "ask-number" not in world.thread(conversation)
    assert world.press(conversation, "ask-number") == 409
    Conversation.objects.update(window_expires_at=timezone.now() + timedelta(hours=1))
    Lead.objects.update(opted_out_at=timezone.now())
    assert world.press(conversation, "ask-number") == 409
    assert not Message.objects.filter(direction="outbound").exists()


@pytest.mark.parametrize("code", [190, 131042, 131031])
def test_account_trouble_is_one_alert_for_all_staff_and_ends_by_itself(
    world: World, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    conversation = world.write("Hola")
    for text in ("uno", "dos"):
        queue_bot_message(conversation, text, now=timezone.now())
    chaos.configure({"reject_rate": 1.0, "reject_code": code})
    started = timezone.now()
    world.deliver(conversation)
    world.deliver(conversation)
    loud = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len([record for record in loud if "outbox paused" in record.message]) == 1
    page = world.staff.get(reverse(INBOX)).content.decode()
    assert "No message goes out on WhatsApp now." in page
    assert "the others follow by themselves" in page
    paused_until = channel_state.paused_until()
    assert paused_until is not None
    assert started + timedelta(seconds=60) < paused_until < started + timedelta(minutes=3)
    assert sweeping.sweep(now=started + timedelta(seconds=30))[1] == 0

    chaos.configure({})
    later = paused_until + delivery.OTHERS_FIRST + timedelta(seconds=1)
    assert sweeping.sweep(now=later)[1] == 1
    world.deliver(conversation, at=later)
    assert "No message goes out" not in world.staff.get(reverse(INBOX)).content.decode()
    sent = SimulatedMessage.objects.filter(from_business=True).order_by("pk")
    assert [message.content["body"] for message in sent] == ["uno", "dos"]
    assert not Message.objects.filter(state__in=[State.QUEUED, State.FAILED]).exists()
