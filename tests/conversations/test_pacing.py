"""How fast messages leave: the number's rate, a person's burst, and who waits comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from conversations.models import Conversation, Message
from conversations.services import delivery, pacing, sweeping
from conversations.services.channel_state import WHATSAPP
from integrations.messaging import OutboundMessage
from integrations.models import ChannelState
from tests.conversations.rows import NOW, make_conversation, queue_bot_message
from tests.conversations.sending import GRACE, hints, run, states
from tests.conversations.test_lane_races import meanwhile
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db


@dataclass
class Watched:
    """A channel that notes when each message left."""

    now: datetime = NOW
    left: list[tuple[datetime, str]] = field(default_factory=list)

    def send(self, message: OutboundMessage) -> str:
        self.left.append((self.now, message.text))
        return f"wamid.{message.callback_data}"

    def mark_read(self, provider_message_id: str, *, typing: bool) -> None:
        raise AssertionError


def people(count: int) -> list[Conversation]:
    return [make_conversation(phone=f"52155501{number:05}") for number in range(count)]


def hinted_at() -> list[datetime]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at FROM procrastinate_jobs WHERE scheduled_at > %s", [NOW])
        return [row[0] for row in cursor.fetchall()]


def test_in_no_second_more_than_the_rate_leaves_and_all_leave_in_order(settings: Settings) -> None:
    settings.WHATSAPP_MESSAGES_PER_SECOND = 8
    everybody = people(6)
    for conversation in everybody:
        for text in ("uno", "dos"):
            queue_bot_message(conversation, text)
    channel = Watched()
    for tick in range(17):
        channel.now = NOW + timedelta(milliseconds=100 * tick)
        for conversation in everybody:
            delivery.deliver(
                conversation_id=conversation.pk,
                channel=channel,
                grace=GRACE,
                clock=lambda: channel.now,
            )
    times = [at for at, _text in channel.left]
    second = timedelta(seconds=1)
    assert max(sum(at <= other < at + second for other in times) for at in times) == 8
    assert times[-1] - times[0] < timedelta(seconds=2)
    assert [states(conversation) for conversation in everybody] == [["sent", "sent"]] * 6
    for conversation in everybody:
        by_time = conversation.messages.order_by("attempted_at", "number")
        assert [message.text for message in by_time] == ["uno", "dos"]


def test_who_is_refused_comes_back_once_and_not_all_together(settings: Settings) -> None:
    settings.WHATSAPP_MESSAGES_PER_SECOND = 2
    everybody = people(4)
    channel = FakeChannel()
    for conversation in everybody:
        queue_bot_message(conversation, "hola")
        run(conversation, channel)
    steps = [timedelta(seconds=half / 2) for half in (1, 2, 3)]
    assert (len(channel.sent), hinted_at()) == (1, [NOW + step for step in steps])
    # Whoever looks meanwhile leaves them alone.
    before = hints()
    run(everybody[3], channel, now=NOW + timedelta(milliseconds=100))
    assert sweeping.sweep(now=NOW + timedelta(milliseconds=100)) == (0, 0)
    assert (len(channel.sent), hints()) == (1, before)
    for conversation, step in zip(everybody[1:], steps, strict=True):
        run(conversation, channel, now=NOW + step)
    assert len(channel.sent) == 4


def test_a_person_takes_a_burst_and_then_waits_while_others_do_not(settings: Settings) -> None:
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1000
    conversation, other = people(2)
    for number in range(pacing.BURST + 2):
        queue_bot_message(conversation, str(number))
    queue_bot_message(other, "hola")
    channel = FakeChannel()
    run(conversation, channel)
    run(other, channel)
    assert channel.texts == [*map(str, range(pacing.BURST)), "hola"]
    run(conversation, channel, now=NOW + timedelta(seconds=269))
    assert len(channel.sent) == pacing.BURST + 1
    run(conversation, channel, now=NOW + timedelta(seconds=270))
    assert channel.texts[-2:] == ["45", "46"]


def test_a_first_answer_waits_for_nobody_else_in_a_long_conversation() -> None:
    conversation = make_conversation()
    old = NOW - timedelta(hours=1)
    for number in range(pacing.BURST):
        message = queue_bot_message(conversation, str(number), now=old)
        Message.objects.filter(pk=message.pk).update(state="read", attempted_at=old)
    queue_bot_message(conversation, "hola")
    channel = FakeChannel()
    run(conversation, channel)
    assert channel.texts == ["hola"]


def test_a_clock_that_was_a_day_ahead_stops_nobody() -> None:
    wrong = NOW + timedelta(days=1)
    ChannelState.objects.create(channel=WHATSAPP, paid_until=wrong, line_until=wrong)
    channel = FakeChannel()
    conversation = make_conversation()
    queue_bot_message(conversation, "hola")
    run(conversation, channel)
    assert channel.texts == ["hola"]


def test_room_is_asked_for_in_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    message = queue_bot_message(make_conversation(), "hola")
    with django_assert_num_queries(1):
        assert pacing.set_off(message, now=NOW) is True
    with django_assert_num_queries(1):
        assert pacing.set_off(message, now=NOW) is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("rate", "leave", "each_of"), [(1, 0, 1), (8, 1, 7)])
def test_two_workers_never_take_the_same_room(
    settings: Settings, rate: int, leave: int, each_of: int
) -> None:
    settings.WHATSAPP_MESSAGES_PER_SECOND = rate
    mine, others = people(2)
    queued = queue_bot_message(others, "uno")
    queue_bot_message(mine, "dos")
    channel = FakeChannel()

    def set_off() -> None:
        Conversation.objects.select_for_update().get(pk=others.pk)
        assert pacing.set_off(queued, now=NOW) is True

    with meanwhile(set_off):
        run(mine, channel)
    assert len(channel.sent) == leave
    assert states(others) == ["sending"]
    pace = ChannelState.objects.get(channel=WHATSAPP)
    assert pace.paid_until == NOW + timedelta(seconds=1) * (leave + 1) / each_of
