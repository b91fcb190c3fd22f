"""The agent goes on after staff: it reads what nobody answered and nothing from before the cut."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.models import AgentRun
from agent.turn import Answer, Toolbox, TurnContext
from conversations.models import Conversation, Fact
from conversations.services import handoff, outbound
from tests.agent.test_runner import ScriptedEngine, replies, run, waiting
from tests.conversations.rows import NOW, make_staff, write

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=5)


def save_the_name(context: TurnContext, toolbox: Toolbox) -> str:
    toolbox.save_answers([Answer("name", "Ana", context.inbound[0].message_id, "Ana")])
    return "Gracias"


def give_back() -> None:
    handoff.release(conversation_id=Conversation.objects.get().pk, now=SOON)


def test_what_was_written_while_staff_held_it_is_read_and_answered() -> None:
    write("Soy Ana")
    conversation = Conversation.objects.get()
    handoff.take_over(conversation_id=conversation.pk, staff=make_staff(), now=NOW)
    write("¿Siguen ahí?", now=SOON)
    Conversation.objects.update(answer_failures=2)
    give_back()
    assert Conversation.objects.get().answer_failures == 0
    engine = ScriptedEngine(save_the_name)
    run(engine, now=SOON)
    assert [line.text for line in engine.seen[0].inbound] == ["Soy Ana", "¿Siguen ahí?"]
    assert (len(replies()), waiting(), Fact.objects.get().value) == (1, 0, "Ana")


def test_nothing_from_before_the_cut_is_read_but_facts_stay_and_the_machine_says_what_it_is() -> (
    None
):
    write("Soy Ana")
    run(ScriptedEngine(save_the_name), now=SOON)
    conversation = Conversation.objects.get()
    outbound.queue_staff_message(
        conversation_id=conversation.pk, staff=make_staff(), text="Te hago un descuento", now=SOON
    )
    give_back()
    write("Perfecto, ¿y ahora?", now=SOON)
    engine = ScriptedEngine()
    run(engine, now=SOON + timedelta(seconds=3))
    [seen] = engine.seen
    assert (seen.history, seen.state, seen.first_turn) == ((), {}, True)
    assert [fact.value for fact in seen.facts] == ["Ana"]


def test_words_that_are_read_twice_are_one_fact() -> None:
    write("Soy Ana")
    run(ScriptedEngine(save_the_name), now=SOON)
    conversation = Conversation.objects.get()
    handoff.take_over(conversation_id=conversation.pk, staff=make_staff(), now=SOON)
    give_back()
    run(ScriptedEngine(save_the_name), now=SOON)
    assert (Fact.objects.count(), AgentRun.objects.count()) == (1, 2)
