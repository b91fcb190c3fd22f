"""What staff locked is neither argued about nor asked again."""

from __future__ import annotations

import re

from tests.agent.guided.chat import Chat


def test_another_answer_than_the_locked_one_is_noted_and_the_talk_goes_on() -> None:
    chat = Chat()
    chat.say("Hola, soy Marta")
    chat.say("Mi recibo es de 4500 pesos")
    key = next(fact.key for fact in chat.box.facts.values() if fact.value == 4500)
    chat.box.locked.add(key)
    for said in ("no, perdón, el recibo es de 9000 pesos", "el recibo es de nueve mil pesos"):
        answer = chat.say(said)
        assert chat.box.facts[key].value == 4500
        assert answer.startswith("Gracias, se lo comento al equipo. ¿")
        assert not re.search(r"recibo|4[.,]?500|9[.,]?000|corrij|entend", answer.lower()), answer


def test_a_name_that_staff_fixed_is_no_new_acquaintance() -> None:
    chat = Chat()
    chat.say("Hola, soy Alberto")
    chat.box.locked.add("name")
    assert "gusto" not in chat.say("soy Beto, y mi recibo es de 4500 pesos").lower()
