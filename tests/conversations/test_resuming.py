"""Staff give a conversation back: what nobody answered is answered, the rest is cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import Max
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import queue
from conversations.models import Conversation, Lead, Message, State
from conversations.services import handoff, outbound
from conversations.services.handoff import HandoffReason
from integrations.messaging import MessageKind
from tests.conversations.rows import NOW, make_staff, queue_bot_message, write
from tests.conversations.sending import states

pytestmark = pytest.mark.django_db


def take_over(name: str = "luis") -> Conversation:
    conversation = Conversation.objects.get()
    return handoff.take_over(conversation_id=conversation.pk, staff=make_staff(name), now=NOW)


def give_back(*, after: timedelta = timedelta(0)) -> Conversation:
    handoff.release(conversation_id=Conversation.objects.get().pk, now=NOW + after)
    return Conversation.objects.get()


def waiting() -> list[str]:
    rows = Message.objects.filter(state=State.RECEIVED).order_by("number")
    return list(rows.values_list("text", flat=True))


def reply(text: str = "Soy Luis, ¿qué tal?") -> None:
    conversation = Conversation.objects.get()
    outbound.queue_staff_message(
        conversation_id=conversation.pk, staff=make_staff(), text=text, now=NOW
    )


def answer_hints() -> int:
    return ProcrastinateJob.objects.filter(task_name=queue.ANSWER).count()


def test_who_wrote_before_and_during_a_takeover_that_nobody_used_is_answered_at_once() -> None:
    write("Hola")
    take_over()
    write("¿Siguen ahí?")
    hints = answer_hints()
    conversation = give_back()
    assert waiting() == ["Hola", "¿Siguen ahí?"]
    assert (conversation.answer_due_at, conversation.answer_pending_since) == (NOW, NOW)
    assert conversation.history_from < Message.objects.earliest("number").number
    assert answer_hints() == hints + 1


def test_what_staff_answered_stays_with_staff_and_the_cut_is_after_their_words() -> None:
    write("Hola")
    reply()
    conversation = give_back()
    assert (waiting(), conversation.answer_due_at) == ([], None)
    assert conversation.history_from == Message.objects.aggregate(n=Max("number"))["n"]


def test_only_what_came_after_the_last_words_of_staff_is_read_again() -> None:
    write("Hola")
    reply()
    write("¿Y cuánto cuesta?")
    conversation = give_back()
    assert waiting() == ["¿Y cuánto cuesta?"]
    assert conversation.history_from == Message.objects.get(author="staff").number


def test_the_agents_goodbye_answered_what_came_before_it() -> None:
    write("Quiero hablar con una persona")
    conversation = Conversation.objects.get()
    queue_bot_message(conversation, "Te paso con alguien")
    handoff.hand_off(conversation_id=conversation.pk, reason=HandoffReason.ASKED, now=NOW)
    write("¿Cuánto cuesta?")
    give_back()
    assert waiting() == ["¿Cuánto cuesta?"]


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED])
def test_words_that_never_arrived_answered_nothing(state: State) -> None:
    write("Hola")
    reply()
    Message.objects.filter(author="staff").update(state=state)
    give_back()
    assert waiting() == ["Hola"]


def test_an_answer_that_the_takeover_stopped_is_made_again() -> None:
    write("Hola")
    Message.objects.update(state=State.HANDLED)
    queue_bot_message(Conversation.objects.get(), "¿Cómo te llamas?")
    take_over()
    give_back()
    assert waiting() == ["Hola"]


def say_stop() -> None:
    write("BAJA", wamid="wamid.stop")


def take_it_back() -> None:
    Message.objects.filter(text="Hola").update(revoked_at=NOW)


def in_a_group() -> None:
    Message.objects.filter(text="Hola").update(content={"group": True})


def only_react() -> None:
    Message.objects.filter(text="Hola").update(kind=MessageKind.REACTION)


@pytest.mark.parametrize("act", [say_stop, take_it_back, in_a_group, only_react])
def test_what_asks_for_no_answer_gets_none(act: Callable[[], None]) -> None:
    write("Hola")
    take_over()
    act()
    give_back()
    assert waiting() == []


def test_a_word_that_ends_a_stop_is_settled_and_what_follows_is_answered() -> None:
    write("BAJA", wamid="wamid.stop")
    take_over()
    write("ALTA", now=NOW + timedelta(seconds=1), wamid="wamid.start")
    write("¿Tienen lugar?", now=NOW + timedelta(seconds=2))
    assert Lead.objects.get().opted_out_at is None
    give_back(after=timedelta(seconds=3))
    assert waiting() == ["¿Tienen lugar?"]


def test_with_a_closed_window_nothing_can_be_answered_and_it_is_not_tried_later() -> None:
    write("Hola")
    take_over()
    give_back(after=timedelta(hours=25))
    assert waiting() == []
    take_over("ana")
    write("¿Hay alguien?", now=NOW + timedelta(hours=26))
    give_back(after=timedelta(hours=26))
    assert waiting() == ["¿Hay alguien?"]


def test_giving_back_twice_changes_nothing_more() -> None:
    write("Hola")
    take_over()
    first = give_back()
    Message.objects.update(state=State.HANDLED)
    assert give_back().epoch == first.epoch
    assert states(first) == ["handled"]
