from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from agent import context, decisions
from agent.engines.guided.engine import GuidedEngine
from agent.models import AgentRun, Effect
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import Playbook, parse_playbook
from agent.replay import freezing
from agent.replay.play import PlayedTurn, play_turn
from agent.replay.toolbox import RecordToolbox
from agent.turn import (
    Answer,
    BookingStatus,
    EngineError,
    HandoffWhy,
    Reply,
    SlotView,
    SlotWish,
    Toolbox,
    TurnContext,
    TurnResult,
)
from conversations.models import Salesperson
from tests.agent.replay.past import BOOKS, nothing_written, runs, talked

pytestmark = pytest.mark.django_db

SAME = parse_playbook(DEFAULT_PLAYBOOK)


@dataclass
class Acting:
    """An engine that does with its tools what a test says."""

    act: Callable[[TurnContext, Toolbox], object]
    name: str = "guided"
    text: str = "Gracias."

    def decide(self, context: TurnContext, toolbox: Toolbox) -> TurnResult:
        self.act(context, toolbox)
        return TurnResult((Reply(self.text),), {}, "es", self.name)


def acted(run: AgentRun, act: Callable[[TurnContext, Toolbox], object]) -> PlayedTurn:
    return play_turn(run, SAME, Acting(act))


def asking(text: str) -> Playbook:
    """The default playbook, asking for the name in other words."""
    first, *rest = SAME.questions
    return replace(SAME, questions=(replace(first, ask={"es": text, "en": text}), *rest))


def test_the_same_playbook_decides_every_turn_as_it_was_decided() -> None:
    talked(*BOOKS)
    past = runs()
    tools = set(Effect.objects.values_list("tool", flat=True))
    assert tools == {"save_answers", "find_slots", "check_and_book"}
    Salesperson.objects.update(working_hours={})  # the calendar answers as it did then
    with nothing_written():
        played = [play_turn(run, SAME, GuidedEngine()) for run in past]
    for run, turn in zip(past, played, strict=True):
        assert turn.replies == decisions.load(run.decision).replies
        assert dict(turn.state) == run.decision["state"]
    assert played[-1].meeting is not None
    assert played[-1].outcome.settled is not None


def test_an_edited_playbook_speaks_for_itself_and_nothing_is_written() -> None:
    talked("Hola")
    with nothing_written():
        turn = play_turn(runs()[0], asking("¿Con quién tengo el gusto?"), GuidedEngine())
    assert "¿Con quién tengo el gusto?" in turn.replies[0].text
    assert not turn.vetoes


def test_answers_are_kept_by_the_rules_of_the_real_tool() -> None:
    talked("Hola, soy Marta y pago 4500")
    said = runs()[0].context["inbound"][0]["message_id"]

    def save(_context: TurnContext, toolbox: Toolbox) -> None:
        toolbox.save_answers(
            [
                Answer("name", "Marta", said, "soy Marta"),
                Answer("bill", 4500, said, "pago 9000"),
                Answer("need", "a castle", said, "Hola"),
                Answer("city", "Puebla", "another message", "Hola"),
            ]
        )

    turn = acted(runs()[0], save)
    assert [(fact.key, fact.value) for fact in turn.facts] == [("name", "Marta")]
    assert set(turn.calls[0].result.rejected) == {"bill", "need", "city"}
    assert turn.score == replace(turn.score, points=0)


def test_only_offered_times_are_booked_and_one_meeting_at_a_time() -> None:
    talked("Hola")
    results: list[BookingStatus] = []

    def book(_context: TurnContext, toolbox: Toolbox) -> None:
        first, second, *_more = toolbox.find_slots(SlotWish()).slots
        booked = [toolbox.check_and_book(each) for each in ("made-up", first.id, second.id)]
        moved = [toolbox.reschedule(each.id) for each in (first, second, first, second, first)]
        results.extend(each.status for each in (*booked, *moved))
        results.append(toolbox.cancel_meeting().status)
        results.append(toolbox.cancel_meeting().status)

    with nothing_written():
        acted(runs()[0], book)
    assert results == [
        BookingStatus.EXPIRED,
        BookingStatus.CONFIRMED,
        BookingStatus.HAS_MEETING,
        BookingStatus.CONFIRMED,
        BookingStatus.CONFIRMED,
        BookingStatus.CONFIRMED,
        BookingStatus.CONFIRMED,
        BookingStatus.LIMIT,
        BookingStatus.CANCELLED,
        BookingStatus.NO_MEETING,
    ]


def test_times_nobody_asked_for_then_come_from_the_working_hours() -> None:
    talked("Hola")
    found: list[SlotView] = []
    acted(runs()[0], lambda _context, toolbox: found.extend(toolbox.find_slots(SlotWish()).slots))
    assert len(found) == 6
    assert all(slot.host == "Laura Méndez" for slot in found)
    assert all(slot.starts_at > runs()[0].created_at + timedelta(hours=1) for slot in found)


def test_a_time_that_is_too_near_by_now_is_not_booked() -> None:
    talked("Hola")
    calendar = freezing.of_run(runs()[0]).calendar
    seen = context.load(runs()[0].context, SAME)
    soonest = seen.now + calendar.hosts[0].rules.notice
    for early, status in ((1, BookingStatus.EXPIRED), (0, BookingStatus.CONFIRMED)):
        at = soonest - timedelta(minutes=early)
        slot = SlotView("near", at, at + timedelta(minutes=30), "Laura Méndez")
        toolbox = RecordToolbox(context=seen, calendar=calendar, bookable=[slot])
        assert toolbox.check_and_book("near").status is status


def test_what_a_failing_engine_booked_stays_booked() -> None:
    talked("Hola")

    def fail(_context: TurnContext, toolbox: Toolbox) -> None:
        toolbox.check_and_book(toolbox.find_slots(SlotWish()).slots[0].id)
        raise EngineError("down")

    turn = play_turn(runs()[0], SAME, Acting(fail, name="llm"))
    assert turn.engine == "guided"
    assert turn.meeting is not None


def test_the_guided_flow_takes_over_a_failing_engine_with_what_that_one_did() -> None:
    talked("Soy Marta")
    said = runs()[0].context["inbound"][0]["message_id"]

    def fail(_context: TurnContext, toolbox: Toolbox) -> None:
        toolbox.save_answers([Answer("name", "Marta", said, "Marta")])
        raise EngineError("down")

    turn = play_turn(runs()[0], SAME, Acting(fail, name="llm"))
    assert (turn.problem, turn.engine) == ("down", "guided")
    assert turn.facts[0].value == "Marta"


def test_what_a_gate_refuses_hands_over_as_it_does_for_leads() -> None:
    talked("Hola")
    engine = Acting(lambda _context, _toolbox: None, text="Listo, tu cita está confirmada.")
    turn = play_turn(runs()[0], SAME, engine)
    assert [verdict.gate for verdict in turn.vetoes] == ["booked"]
    assert turn.handed_off is HandoffWhy.STUCK
    assert "confirmada" not in turn.replies[0].text
