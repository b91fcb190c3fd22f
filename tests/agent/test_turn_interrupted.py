"""What a turn does when the world changes while it runs."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db.models import F

from agent import runner
from agent.models import AgentRun, Effect, PlaybookVersion
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.turn import Answer, EngineError, SlotWish, Toolbox, TurnContext
from conversations.models import Conversation, Fact, Lead, Meeting, Message
from conversations.services import handoff, inbound, lanes
from integrations.messaging import InboundMessage, MessageKind, Sender, WebhookEvents
from tests.agent.test_runner import DUE, Killed, ScriptedEngine, replies, run, waiting
from tests.conversations.meeting_rows import make_host
from tests.conversations.rows import NOW, PACE, make_staff, write
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db


def take_over() -> None:
    handoff.take_over(conversation_id=Conversation.objects.get().pk, staff=make_staff(), now=DUE)


def test_nothing_is_booked_after_a_takeover() -> None:
    make_host()
    write("Quiero cita")

    def book_too_late(_context: TurnContext, toolbox: Toolbox) -> str:
        slots = toolbox.find_slots(SlotWish()).slots
        take_over()
        toolbox.check_and_book(slots[0].id)
        return "Listo."

    run(ScriptedEngine(book_too_late))
    assert not Meeting.objects.exists()
    assert (replies(), waiting(), AgentRun.objects.get().state) == ([], 0, "superseded")
    assert Conversation.objects.get().answer_lease_until is None


def test_a_decision_that_came_after_the_lane_was_lost_is_not_kept() -> None:
    write("Hola")

    def be_slow(_context: TurnContext, _toolbox: Toolbox) -> str:
        Conversation.objects.update(answer_fence=F("answer_fence") + 1)
        return "Demasiado tarde."

    run(ScriptedEngine(be_slow))
    left = AgentRun.objects.get()
    assert (left.state, left.decision, left.steps.count()) == ("started", {}, 0)
    assert (replies(), waiting()) == ([], 1)


def test_deciding_does_not_wait_for_the_typing_indicator_but_the_reply_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("Hola")
    deciding, decided, order = threading.Event(), threading.Event(), list[str]()

    class SlowChannel(FakeChannel):
        def mark_read(self, provider_message_id: str, *, typing: bool) -> None:
            assert deciding.wait(5)
            # Nobody sets it while the reply waits: this is how long WhatsApp takes.
            decided.wait(0.1)
            order.append("shown")

    def reach(point: str) -> None:
        if point == "answer.decided":
            decided.set()
            order.append("decided")

    def decide(_context: TurnContext, _toolbox: Toolbox) -> str:
        deciding.set()
        return "¿Cómo te llamas?"

    with monkeypatch.context() as patched:
        patched.setattr(runner, "reach", reach)
        run(ScriptedEngine(decide), channel=SlowChannel())
    assert order == ["shown", "decided"]


def test_what_was_decided_before_a_takeover_is_not_said_once_it_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("Hola")

    def reach(point: str) -> None:
        if point == "answer.decided":
            take_over()
            handoff.release(conversation_id=Conversation.objects.get().pk, now=DUE)

    with monkeypatch.context() as patched:
        patched.setattr(runner, "reach", reach)
        run(ScriptedEngine())
    assert (replies(), waiting()) == ([], 1)
    run(ScriptedEngine(), now=DUE + timedelta(seconds=5))
    assert (len(replies()), waiting()) == (1, 0)


def test_an_answer_is_rated_by_rules_that_were_published_during_the_turn() -> None:
    write("Pago 2 mil")
    rule = {"key": "bill", "test": "known", "points": 77, "label": {"es": "Recibo"}}

    def publish_and_save(context: TurnContext, toolbox: Toolbox) -> str:
        PlaybookVersion.objects.update(state="retired")
        PlaybookVersion.objects.create(
            number=99,
            state="published",
            content={**DEFAULT_PLAYBOOK, "rules": [rule]},
            published_at=DUE,
            created_at=DUE,
        )
        toolbox.save_answers([Answer("bill", 2000, context.inbound[0].message_id, "2 mil")])
        return "Gracias."

    run(ScriptedEngine(publish_and_save))
    assert Lead.objects.get().score == 77


def test_a_model_that_fails_after_a_takeover_leaves_no_failure_behind() -> None:
    write("Hola")

    def fail(_context: TurnContext, _toolbox: Toolbox) -> str:
        take_over()
        raise EngineError("the provider is down")

    run(ScriptedEngine(), primary=ScriptedEngine(fail, name="llm"))
    conversation = Conversation.objects.get()
    assert (conversation.answer_failures, conversation.answer_due_at, replies()) == (0, None, [])


def test_a_stop_before_the_answer_is_due_silences_the_agent() -> None:
    write("Hola")
    write("BAJA", now=NOW + timedelta(seconds=1))
    engine = ScriptedEngine()
    run(engine)
    assert (engine.seen, waiting()) == ([], 0)
    write("ALTA", now=DUE)
    write("¿Siguen ahí?", now=DUE)
    run(engine, now=DUE + timedelta(seconds=3))
    assert [line.text for line in engine.seen[0].inbound] == ["ALTA", "¿Siguen ahí?"]


def delete(wamid: str) -> None:
    """The lead deletes what they wrote."""
    message = InboundMessage(
        provider_message_id=f"{wamid}.deleted",
        sender=Sender(phone="5215550101234"),
        kind=MessageKind.REVOKE,
        occurred_at=NOW,
        target_message_id=wamid,
        starts_turn=False,
    )
    inbound.receive(events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=DUE)


@pytest.mark.parametrize("left", [[], ["¿Cuánto cuesta?"]])
def test_what_is_deleted_while_it_is_answered_gets_no_answer(left: list[str]) -> None:
    for text in ("Perdón, era para otro", *left):
        write(text, wamid=text)

    def deleted_meanwhile(_context: TurnContext, _toolbox: Toolbox) -> str:
        delete("Perdón, era para otro")
        return "¿Para quién?"

    run(ScriptedEngine(deleted_meanwhile))
    assert (replies(), waiting()) == ([], len(left))
    engine = ScriptedEngine()
    run(engine, now=DUE + timedelta(seconds=3))
    assert [[line.text for line in seen.inbound] for seen in engine.seen] == [left] * len(left)


def test_what_was_just_answered_is_part_of_what_the_next_turn_sees() -> None:
    write("Hola")

    def interrupted(_context: TurnContext, _toolbox: Toolbox) -> str:
        write("¿y en Puebla?", now=DUE + timedelta(seconds=11))
        return "¿Cómo te llamas?"

    # Ten seconds are over: the first words get their answer, the new ones wait for theirs.
    run(ScriptedEngine(interrupted), now=DUE + timedelta(seconds=11))
    assert (len(replies()), waiting()) == (1, 1)
    engine = ScriptedEngine(lambda _context, _toolbox: "En Puebla también.")
    run(engine, now=DUE + timedelta(seconds=14))
    seen = engine.seen[0]
    assert [line.author for line in seen.history] == ["lead", "bot"]
    assert not seen.first_turn


def test_words_that_stay_for_the_next_turn_are_waited_for_anew() -> None:
    write("Hola")
    late = DUE + timedelta(seconds=11)

    def interrupted(_context: TurnContext, _toolbox: Toolbox) -> str:
        write("¿y", now=late)
        return "¿Cómo te llamas?"

    run(ScriptedEngine(interrupted), now=late)
    write("en Puebla?", now=late + timedelta(seconds=2))
    assert Conversation.objects.get().answer_due_at == late + timedelta(seconds=5)


def test_the_same_words_get_a_new_turn_after_one_was_superseded() -> None:
    write("Hola")
    run(ScriptedEngine())
    AgentRun.objects.update(state="superseded")
    Message.objects.filter(direction="outbound").delete()
    Message.objects.update(state="received")
    Conversation.objects.update(answer_due_at=DUE)
    run(ScriptedEngine())
    assert (len(replies()), waiting()) == (1, 0)
    assert sorted(AgentRun.objects.values_list("state", flat=True)) == ["done", "superseded"]


def test_a_turn_that_died_before_newer_words_came_has_an_end() -> None:
    write("Hola")

    def die(_context: TurnContext, _toolbox: Toolbox) -> str:
        raise Killed

    with pytest.raises(Killed):
        run(ScriptedEngine(die))
    later = DUE + lanes.lease() + timedelta(seconds=1)
    write("¿Siguen ahí?", now=later)
    run(ScriptedEngine(), now=later + timedelta(seconds=3))
    died, answered = AgentRun.objects.order_by("created_at")
    assert (died.state, died.finished_at) == ("superseded", later + timedelta(seconds=3))
    assert answered.state == "done"


def test_a_call_that_asks_something_else_is_not_answered_by_the_old_one() -> None:
    """Played again the engine saw more, and called the same tool with other words."""
    write("Soy Ana, de Puebla")
    names = ["Ana", "Puebla"]

    def save(context: TurnContext, toolbox: Toolbox) -> str:
        name = names.pop(0)
        toolbox.save_answers([Answer("name", name, context.inbound[0].message_id, name)])
        if names:
            raise Killed
        return "Gracias."

    with pytest.raises(Killed):
        run(ScriptedEngine(save))
    run(ScriptedEngine(save), now=DUE + lanes.lease() + timedelta(seconds=1))
    assert Fact.objects.get(superseded_at=None).value == "Puebla"
    assert Effect.objects.count() == 1


def test_a_turn_that_keeps_killing_the_worker_goes_to_a_human() -> None:
    write("Hola")

    def die(_context: TurnContext, _toolbox: Toolbox) -> str:
        raise Killed

    for start in range(runner.STARTS):
        with pytest.raises(Killed):
            run(ScriptedEngine(die), now=DUE + start * timedelta(minutes=1))
    run(ScriptedEngine(die), now=DUE + timedelta(minutes=30))
    conversation = Conversation.objects.get()
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "stuck")
    assert (len(replies()), waiting()) == (1, 0)


def test_a_turn_killed_before_its_result_was_kept_stores_each_fact_once() -> None:
    write("Soy Ana, de Puebla")
    alive = False

    def save(context: TurnContext, toolbox: Toolbox) -> str:
        message_id = context.inbound[0].message_id
        toolbox.save_answers([Answer("name", "Puebla", message_id, "Puebla")])
        toolbox.save_answers([Answer("name", "Ana", message_id, "Ana")])
        if not alive:
            raise Killed
        return "Gracias."

    with pytest.raises(Killed):
        run(ScriptedEngine(save))
    alive = True
    Effect.objects.update(done_at=None, result=None)
    run(ScriptedEngine(save), now=DUE + lanes.lease() + timedelta(seconds=1))
    assert list(Fact.objects.order_by("created_at", "id").values_list("value", flat=True)) == [
        "Puebla",
        "Ana",
    ]
    assert Fact.objects.get(superseded_at=None).value == "Ana"


def test_a_message_that_always_fails_is_parked_with_staff_and_the_next_one_is_answered() -> None:
    write("Hola")
    Message.objects.update(content=["no", "object"])
    engine = ScriptedEngine()
    for attempt in range(runner.TRIES):
        with pytest.raises(AttributeError):
            run(engine, now=DUE + attempt * timedelta(seconds=10))
    run(engine, now=DUE + timedelta(minutes=1))
    conversation = Conversation.objects.get()
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "stuck")
    assert (engine.seen, len(replies()), waiting()) == ([], 1, 0)
    handoff.release(conversation_id=conversation.pk, now=DUE + timedelta(minutes=2))
    write("¿Siguen ahí?", now=DUE + timedelta(minutes=2))
    run(engine, now=DUE + timedelta(minutes=3))
    assert [line.text for line in engine.seen[0].inbound] == ["¿Siguen ahí?"]
    assert (len(replies()), waiting()) == (2, 0)


def test_a_decision_that_cannot_be_read_is_parked_too_and_its_run_is_closed() -> None:
    write("Hola")
    run(ScriptedEngine())
    Message.objects.filter(direction="outbound").delete()
    Message.objects.update(state="received")
    Conversation.objects.update(answer_due_at=DUE)
    AgentRun.objects.update(state="decided", decision={"of": "an older version"})
    for attempt in range(runner.TRIES):
        with pytest.raises(ValueError, match="replies"):
            run(ScriptedEngine(), now=DUE + attempt * timedelta(seconds=10))
    run(ScriptedEngine(), now=DUE + timedelta(minutes=1))
    conversation = Conversation.objects.get()
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "stuck")
    assert AgentRun.objects.get().state == "superseded"


def test_what_was_said_in_a_group_or_about_a_message_is_no_part_of_the_talk() -> None:
    write("Hola")
    run(ScriptedEngine())
    write("Nos vemos en el grupo", now=NOW + timedelta(minutes=1))
    Message.objects.filter(text__contains="grupo").update(state="handled", content={"group": True})
    for kind in ("edit", "system", "reaction"):
        write(kind, now=NOW + timedelta(minutes=1))
        Message.objects.filter(text=kind).update(state="handled", kind=kind)
    later = NOW + timedelta(minutes=2)
    write("¿Siguen ahí?", now=later)
    engine = ScriptedEngine(lambda _context, _toolbox: "Aquí seguimos.")
    run(engine, now=later + timedelta(seconds=3))
    said = [line.text for line in engine.seen[0].history if line.author == "lead"]
    assert said == ["Hola", "reaction"]


def test_a_stop_taken_back_while_the_agent_thought_gets_a_new_turn() -> None:
    write("Hola")

    def stop_and_go(_context: TurnContext, toolbox: Toolbox) -> str:
        Lead.objects.update(opted_out_at=DUE)
        try:
            toolbox.find_slots(SlotWish())
        finally:
            Lead.objects.update(opted_out_at=None)
        return "Listo."

    run(ScriptedEngine(stop_and_go))
    assert (replies(), waiting()) == ([], 1)
    assert Conversation.objects.get().answer_failures == 0
    run(ScriptedEngine(), now=DUE + timedelta(seconds=5))
    assert (len(replies()), waiting()) == (1, 0)
