from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from agent import runner
from agent.models import AgentRun, AgentStep, Effect
from agent.remarks import Remark
from agent.runner import Tools
from agent.turn import (
    Answer,
    BookingStatus,
    EngineError,
    HandoffWhy,
    Reply,
    SlotWish,
    Toolbox,
    TurnContext,
    TurnResult,
)
from conversations import queue
from conversations.models import Conversation, Fact, Lead, Meeting, Message
from conversations.services import handoff, lanes
from integrations.local_calendar.calendar import LocalCalendar
from tests.conversations.meeting_rows import make_host
from tests.conversations.rows import NOW, make_staff, write
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db

Play = Callable[[TurnContext, Toolbox], str]
DUE = NOW + timedelta(seconds=3)


class Killed(BaseException):
    """Stands for a dead process: nothing may catch it."""


@dataclass
class ScriptedEngine:
    """Plays a function; says who it is, so that the first message discloses an assistant."""

    play: Play = lambda _context, _toolbox: "¿Cómo te llamas?"
    name: str = "guided"
    seen: list[TurnContext] = field(default_factory=list)

    def decide(self, context: TurnContext, toolbox: Toolbox) -> TurnResult:
        self.seen.append(context)
        text = self.play(context, toolbox)
        return TurnResult(
            replies=(Reply(f"Soy el asistente virtual. {text}"),),
            state={"asked": "name"},
            language="es",
            engine=self.name,
        )


def run(
    engine: ScriptedEngine,
    *,
    now: datetime = DUE,
    primary: ScriptedEngine | None = None,
    channel: FakeChannel | None = None,
) -> None:
    tools = Tools(
        primary=lambda _run, _claim: primary or engine,
        guided=engine,
        calendar=LocalCalendar(),
        channel=channel or FakeChannel(),
        clock=lambda: now,
    )
    runner.answer(conversation_id=Conversation.objects.get().pk, tools=tools)


def replies() -> list[str]:
    return list(
        Message.objects.filter(direction="outbound")
        .order_by("number")
        .values_list("text", flat=True)
    )


def waiting() -> int:
    return Message.objects.filter(state="received").count()


def test_the_lead_sees_that_it_was_read_and_that_somebody_types() -> None:
    write("Hola", wamid="wamid.hola")
    channel = FakeChannel()
    run(ScriptedEngine(), channel=channel)
    assert channel.read == [("wamid.hola", True)]


def test_a_burst_gets_one_answer_after_its_last_message() -> None:
    for second, text in enumerate(["Hola", "vi su anuncio", "¿tienen paneles?"]):
        write(text, now=NOW + timedelta(seconds=second))
    engine = ScriptedEngine()
    run(engine, now=NOW + timedelta(seconds=4))
    assert engine.seen == []
    run(engine, now=NOW + timedelta(seconds=5))
    assert [line.text for line in engine.seen[0].inbound] == [
        "Hola",
        "vi su anuncio",
        "¿tienen paneles?",
    ]
    assert (len(replies()), waiting()) == (1, 0)
    run(engine, now=NOW + timedelta(seconds=9))
    assert len(replies()) == 1


def test_who_types_on_and_on_is_answered_after_ten_seconds() -> None:
    for second in range(0, 12, 2):
        write(f"parte {second}", now=NOW + timedelta(seconds=second))
    engine = ScriptedEngine()
    run(engine, now=NOW + timedelta(seconds=10))
    assert len(replies()) == 1


def test_words_that_come_meanwhile_are_answered_together() -> None:
    write("Hola")

    def interrupted(context: TurnContext, _toolbox: Toolbox) -> str:
        if len(context.inbound) == 1:
            write("¿y en Puebla?", now=DUE)
        return "Claro"

    engine = ScriptedEngine(interrupted)
    run(engine)
    assert (replies(), waiting()) == ([], 2)
    run(engine, now=DUE + timedelta(seconds=3))
    assert (len(replies()), waiting()) == (1, 0)


def test_a_takeover_during_the_turn_wins() -> None:
    write("Hola")
    staff = make_staff()

    def taken_over(context: TurnContext, _toolbox: Toolbox) -> str:
        handoff.take_over(
            conversation_id=Conversation.objects.get().pk, staff=staff, now=context.now
        )
        return "Hola"

    run(ScriptedEngine(taken_over))
    assert (replies(), waiting()) == ([], 0)
    assert AgentRun.objects.get().state == "superseded"


def test_hand_off_says_so_and_leaves_the_rest_to_staff() -> None:
    write("Quiero hablar con una persona")

    def give_up(_context: TurnContext, toolbox: Toolbox) -> str:
        toolbox.hand_off(HandoffWhy.ASKED)
        return "Claro, te paso con una persona del equipo."

    run(ScriptedEngine(give_up))
    conversation = Conversation.objects.get()
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "asked")
    assert len(replies()) == 1
    write("¿Hola?", now=DUE)
    assert waiting() == 0


def save_name(context: TurnContext, toolbox: Toolbox) -> str:
    message = context.inbound[0]
    toolbox.save_answers([Answer("name", "Ana", message.message_id, "Ana")])
    return "Gracias, Ana."


def test_facts_quote_the_message_and_make_the_score() -> None:
    write("Soy Ana")
    run(ScriptedEngine(save_name))
    fact = Fact.objects.get()
    assert (fact.key, fact.value, fact.quote, fact.position) == ("name", "Ana", "Ana", 4)
    assert Lead.objects.get().name == "Ana"
    assert Lead.objects.get().stage == "qualifying"


def test_a_quote_that_nobody_said_is_rejected() -> None:
    write("Soy Ana")

    def invent(context: TurnContext, toolbox: Toolbox) -> str:
        message = context.inbound[0]
        saved = toolbox.save_answers(
            [
                Answer("name", "Bea", message.message_id, "Bea"),
                Answer("nonsense", "x", message.message_id, "Ana"),
            ]
        )
        assert set(saved.rejected) == {"name", "nonsense"}
        return "Gracias."

    run(ScriptedEngine(invent))
    assert not Fact.objects.exists()


def book(context: TurnContext, toolbox: Toolbox) -> str:
    slots = toolbox.find_slots(SlotWish()).slots
    booked = toolbox.check_and_book(slots[0].id)
    assert booked.status is BookingStatus.CONFIRMED
    return "Listo."


@pytest.mark.parametrize("dies_after", ["save", "find", "book", "decide"])
def test_a_killed_turn_is_taken_up_and_does_nothing_twice(dies_after: str) -> None:
    make_host()
    write("Soy Ana, quiero cita")
    alive = False

    def die(point: str) -> None:
        if point == dies_after and not alive:
            raise Killed

    def play(context: TurnContext, toolbox: Toolbox) -> str:
        save_name(context, toolbox)
        die("save")
        slots = toolbox.find_slots(SlotWish()).slots
        die("find")
        toolbox.check_and_book(slots[0].id)
        die("book")
        return "Listo."

    class DyingEngine(ScriptedEngine):
        def decide(self, context: TurnContext, toolbox: Toolbox) -> TurnResult:
            result = super().decide(context, toolbox)
            die("decide")
            return result

    with pytest.raises(Killed):
        run(DyingEngine(play))
    run(DyingEngine(play))
    assert replies() == []  # the dead holder's lease still stands
    alive = True
    run(DyingEngine(play), now=DUE + lanes.lease() + timedelta(seconds=1))
    assert (len(replies()), waiting()) == (1, 0)
    assert Meeting.objects.count() == 1
    assert AgentRun.objects.get().state == "done"
    assert Effect.objects.filter(tool="find_slots").count() == 1


def test_a_booking_whose_turn_died_is_confirmed_before_newer_words_are_answered() -> None:
    make_host()
    write("La primera")

    def booked_and_died(context: TurnContext, toolbox: Toolbox) -> str:
        book(context, toolbox)
        raise Killed

    with pytest.raises(Killed):
        run(ScriptedEngine(booked_and_died))
    later = DUE + lanes.lease() + timedelta(seconds=1)
    write("¿Quedó?", now=later)
    engine = ScriptedEngine(book)
    run(engine, now=later + timedelta(seconds=3))
    assert [line.text for line in engine.seen[0].inbound] == ["La primera"]
    assert (len(replies()), waiting(), Meeting.objects.count()) == (1, 1, 1)


def test_guided_takes_over_when_the_model_fails() -> None:
    write("Hola")

    def fail(_context: TurnContext, _toolbox: Toolbox) -> str:
        raise EngineError("the provider is down", [Remark(0, "gate", "price", "said a price")])

    run(ScriptedEngine(), primary=ScriptedEngine(fail, name="llm"))
    assert len(replies()) == 1
    made = AgentRun.objects.get()
    assert made.engine == "guided"
    assert [each["name"] for each in made.decision["remarks"]] == ["price"]
    assert AgentStep.objects.get(kind="fallback").result == {"problem": "the provider is down"}


def test_a_promise_without_a_booking_does_not_leave() -> None:
    write("Hola")
    lie = ScriptedEngine(lambda _c, _t: "Tu cita quedó agendada para mañana.", name="llm")
    run(ScriptedEngine(), primary=lie)
    assert "agendada" not in replies()[0]


def test_the_guided_flow_may_repeat_itself() -> None:
    for minute in range(2):
        write("👍", now=NOW + timedelta(minutes=minute))
        run(ScriptedEngine(), now=DUE + timedelta(minutes=minute))
    assert len(replies()) == len(set(AgentRun.objects.values_list("pk"))) == 2
    refused = AgentStep.objects.filter(kind="gate", result__passed=False)
    assert list(refused.values_list("name", flat=True)) == ["repetition"]


def test_a_lead_hears_of_a_human_when_even_the_guided_text_may_not_leave() -> None:
    write("Hola")
    run(ScriptedEngine(lambda _c, _t: "Tu cita quedó agendada para mañana."))
    conversation = Conversation.objects.get()
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "stuck")
    assert (len(replies()), waiting()) == (1, 0)
    assert "agendada" not in replies()[0]
    assert "asistente virtual" in replies()[0]


def test_a_turn_that_keeps_failing_goes_to_a_human() -> None:
    write("Hola")

    def bug(_context: TurnContext, _toolbox: Toolbox) -> str:
        raise ZeroDivisionError

    for attempt in range(3):
        with pytest.raises(ZeroDivisionError):
            run(ScriptedEngine(bug), now=DUE + timedelta(seconds=10 * attempt))
    run(ScriptedEngine(bug), now=DUE + timedelta(seconds=60))
    conversation = Conversation.objects.get()
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "stuck")
    assert ProcrastinateJob.objects.filter(task_name=queue.DELIVER).count() == 1
    assert (len(replies()), waiting()) == (1, 0)
