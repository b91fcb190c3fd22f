"""A takeover, or an echo from the app, against a claimed send: real threads, real connections."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from django.db import connection

from conversations.models import Conversation, Mode
from conversations.services import handoff, outbound
from integrations.messaging import OutboundMessage
from tests.conversations.rows import NOW, make_conversation, make_staff, queue_bot_message
from tests.conversations.sending import run, states
from tests.conversations.test_consent_races import claimed, drain
from tests.conversations.test_delivery import echo
from tests.conversations.test_lane_races import meanwhile
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db(transaction=True)


def take_over(conversation: Conversation) -> None:
    staff = make_staff()
    handoff.take_over(conversation_id=conversation.pk, staff=staff, now=NOW)


def answer_by_hand(conversation: Conversation) -> None:
    outbound.queue_staff_message(
        conversation_id=conversation.pk, staff=make_staff(), text="Hola, soy Luis", now=NOW
    )


def answer_in_the_app(_conversation: Conversation) -> None:
    echo("wamid.echo")


HUMANS = [take_over, answer_by_hand, answer_in_the_app]


@pytest.mark.parametrize("speak_up", HUMANS)
def test_a_human_who_speaks_up_while_a_claimed_send_waits_for_the_row_stops_all_that_waits(
    speak_up: Callable[[Conversation], None],
) -> None:
    conversation = make_conversation()
    for text in ("uno", "dos"):
        queue_bot_message(conversation, text)
    claim, channel = claimed(conversation), FakeChannel()
    with meanwhile(lambda: speak_up(conversation)):
        drain(claim, channel)
    assert [each.text for each in channel.sent if each.text in ("uno", "dos")] == []
    assert states(conversation)[:2] == ["cancelled", "cancelled"]
    assert Conversation.objects.get().mode == Mode.STAFF


class SpeakUpMeanwhile(FakeChannel):
    """While it sends the first message, a human speaks up and that is committed."""

    def __init__(self, speak_up: Callable[[], None]) -> None:
        super().__init__()
        self._speak_up = speak_up

    def send(self, message: OutboundMessage) -> str:
        def act() -> None:
            self._speak_up()
            connection.close()

        if not self.sent:
            thread = Thread(target=act)
            thread.start()
            thread.join()
        return super().send(message)


@pytest.mark.parametrize("speak_up", HUMANS)
def test_a_human_who_speaks_up_during_a_send_lets_nothing_of_the_agents_follow(
    speak_up: Callable[[Conversation], None],
) -> None:
    conversation = make_conversation()
    for text in ("uno", "dos"):
        queue_bot_message(conversation, text)
    channel = SpeakUpMeanwhile(lambda: speak_up(conversation))
    run(conversation, channel)
    # The first had left this machine before: WhatsApp takes nothing back.
    said = [each.text for each in channel.sent]
    assert said == (["uno", "Hola, soy Luis"] if speak_up is answer_by_hand else ["uno"])
    assert states(conversation)[:2] == ["sent", "cancelled"]
