"""Giving back against a reply or against new words of the lead: real connections, either order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conversations.models import Conversation, Message, Mode, State
from conversations.services import handoff, outbound
from tests.conversations.rows import NOW, make_staff, write
from tests.conversations.test_lane_races import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def held_by_staff() -> Conversation:
    write("Hola")
    conversation = Conversation.objects.get()
    return handoff.take_over(conversation_id=conversation.pk, staff=make_staff(), now=NOW)


def give_back() -> None:
    handoff.release(conversation_id=Conversation.objects.get().pk, now=NOW)


def reply() -> None:
    conversation = Conversation.objects.get()
    outbound.queue_staff_message(
        conversation_id=conversation.pk, staff=make_staff("ana"), text="Soy Ana", now=NOW
    )


def write_on() -> None:
    write("¿Siguen ahí?", wamid="wamid.more")


def waiting() -> list[str]:
    rows = Message.objects.filter(state=State.RECEIVED).order_by("number")
    return list(rows.values_list("text", flat=True))


@pytest.mark.parametrize(("first", "second"), [(give_back, write_on), (write_on, give_back)])
def test_words_that_cross_with_giving_back_are_answered_either_way(
    first: Callable[[], None], second: Callable[[], None]
) -> None:
    held_by_staff()
    with meanwhile(first):
        second()
    conversation = Conversation.objects.get()
    assert (conversation.mode, waiting()) == (Mode.BOT, ["Hola", "¿Siguen ahí?"])
    assert conversation.answer_due_at is not None


def test_a_reply_that_waits_for_a_giving_back_takes_over_again() -> None:
    held_by_staff()
    with meanwhile(give_back):
        reply()
    conversation = Conversation.objects.get()
    assert (conversation.mode, conversation.answer_due_at, waiting()) == (Mode.STAFF, None, [])


def test_a_giving_back_that_waits_for_a_reply_finds_all_answered() -> None:
    held_by_staff()
    with meanwhile(reply):
        give_back()
    conversation = Conversation.objects.get()
    assert (conversation.mode, conversation.answer_due_at, waiting()) == (Mode.BOT, None, [])
    assert conversation.history_from == Message.objects.get(author="staff").number
