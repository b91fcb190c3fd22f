"""What staff locked is neither argued about nor asked again."""

from __future__ import annotations

from agent.turn import KnownFact
from tests.agent.guided.chat import Chat


def test_another_answer_than_the_locked_one_is_noted_and_the_talk_goes_on() -> None:
    chat = Chat()
    chat.say("Hola, soy Marta")
    chat.box.facts["budget"] = KnownFact("budget", 50_000)
    chat.box.locked.add("budget")
    asked = chat.say("mi presupuesto es de 90 mil pesos")
    assert chat.box.facts["budget"].value == 50_000
    assert "?" in asked
    assert "presupuesto" not in asked.lower()
    assert "corrij" not in asked.lower()
    assert "entend" not in asked.lower()
