from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agent.admin.replay_case_forms import candidates
from agent.admin.replay_compare import differing
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import parse_playbook
from agent.replay.calendar import StoredCalendar, StoredSearch
from agent.replay.expectations import ANY, END, Expectation, Kind, broken_at, built_in
from agent.replay.line import Line, Offer, context_of
from agent.replay.sides import Said, Side
from agent.replay.turns import PastTurn
from agent.tools.answers import misfit
from agent.turn import InboundText, SlotsResult, SlotView, SlotWish
from tests.agent.guided.stage import NOW

PLAYBOOK = parse_playbook(DEFAULT_PLAYBOOK)
SIDES = (
    Side(said=(Said("¿Cuánto pagas?"),), score=10),
    Side(said=(Said("El precio depende."),), facts={"name": "Martá"}, score=40, slots=()),
    Side(said=(Said("Listo."),), handed_off="asked", booking="confirmed", score=20),
)


@pytest.mark.parametrize(
    ("expected", "broken"),
    [
        (Expectation(Kind.MUST_HAND_OVER), None),
        (Expectation(Kind.MUST_HAND_OVER, at="2"), 1),
        (Expectation(Kind.MUST_HAND_OVER, at="9"), 2),
        (Expectation(Kind.MUST_NOT_HAND_OVER), 2),
        (Expectation(Kind.MUST_NOT_HAND_OVER, at="1"), None),
        (Expectation(Kind.MUST_NOT_HAND_OVER, at="9"), None),
        (Expectation(Kind.MUST_SAY, words="cuanto PAGAS"), None),
        (Expectation(Kind.MUST_SAY, words="cuanto pagas", at=END), 2),
        (Expectation(Kind.MUST_NOT_SAY, words="précio"), 1),
        (Expectation(Kind.FACT_EQUALS, key="name", value="marta"), None),
        (Expectation(Kind.FACT_EQUALS, key="name", value="marta", at=END), 2),
        (Expectation(Kind.FACT_EQUALS, key="bill", value=4500), 2),
        (Expectation(Kind.SCORE_AT_LEAST, points=40, at=ANY), None),
        (Expectation(Kind.SCORE_AT_LEAST, points=41), 2),
        (Expectation(Kind.SCORE_AT_MOST, points=20, at=END), None),
        (Expectation(Kind.SCORE_AT_MOST, points=19, at=END), 2),
        (Expectation(Kind.MUST_OFFER_SLOTS), 2),
        (Expectation(Kind.MUST_NOT_BOOK), 2),
        (Expectation(Kind.MUST_NOT_BOOK, at="1"), None),
    ],
)
def test_what_must_hold_is_looked_for_where_it_is_wanted(
    expected: Expectation, broken: int | None
) -> None:
    assert broken_at(expected, SIDES) == broken


@pytest.mark.parametrize(
    ("heard", "side", "may_speak", "found"),
    [
        ("Hola", Side(said=(Said("Hola"),), engine="guided"), True, []),
        ("Hola", Side(said=(Said(" "),), engine="guided"), True, ["empty"]),
        ("Hola", Side(engine="guided"), True, ["empty"]),
        ("Hola", Side(said=(Said("x"),), engine="guided", vetoes=("price",)), True, ["gate"]),
        ("Hola", Side(problem="KeyError"), True, ["undecided"]),
        ("Quiero hablar con una persona", SIDES[0], True, ["asked_for_person"]),
        ("Quiero hablar con una persona", SIDES[2], True, []),
        ("BAJA", Side(), False, []),
        ("BAJA", Side(said=(Said("Hola"),)), False, ["said_stop"]),
    ],
)
def test_what_every_replayed_turn_must_get_right(
    heard: str, side: Side, may_speak: bool, found: list[str]
) -> None:
    turn = PastTurn(1, NOW, (InboundText("m1", heard),), Side())
    assert [each.kind for each in built_in(turn, side, may_speak=may_speak)] == found


def test_a_tapped_time_is_the_same_time_under_another_id() -> None:
    then, now = (SlotView(name, NOW, NOW, name) for name in ("ana", "bea"))
    asked = StoredSearch(NOW, SlotWish(), SlotsResult((then,)))
    tap = InboundText("m1", "mar 10:00", "list_reply", "ana")
    turn = PastTurn(1, NOW - timedelta(hours=1), (tap,), Side())
    line = Line(offered=(now,), offers=(Offer(now, NOW),))
    seen = context_of(turn, line, PLAYBOOK, StoredCalendar(searches=(asked,)))
    assert seen.inbound[0].reply_id == "bea"


@pytest.mark.parametrize(
    ("key", "typed", "meant"),
    [
        ("name", "Marta", "Marta"),
        ("bill", "4,500", 4500),
        ("bill", "4500.5", 4500.5),
        ("need", "mi casa", "home"),
        ("need", "home", "home"),
        ("need", "a castle", None),
        ("email", "no address", None),
    ],
)
def test_an_answer_is_typed_as_people_say_it_and_kept_as_the_agent_does(
    key: str, typed: str, meant: Any
) -> None:
    question = PLAYBOOK.question(key)
    assert question is not None
    fitting = [each for each in candidates(question, typed) if not misfit(question, each)]
    assert next(iter(fitting), None) == meant


def test_only_the_words_that_differ_are_marked() -> None:
    before, after = differing("Depende de tu recibo.", "Depende de tu consumo.")
    assert [piece.text for piece in before if piece.only_here] == ["recibo"]
    assert [piece.text for piece in after if piece.only_here] == ["consumo"]
    assert "".join(piece.text for piece in after) == "Depende de tu consumo."
