"""A business that sells to businesses asks for companies, sizes, days: its own questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.playbook.schema import Question, QuestionKind
from agent.turn import Language
from tests.agent.guided.chat import PLAYBOOK, Chat


def question(key: str, kind: QuestionKind, es: str, en: str, *hints: str) -> Question:
    return Question(key, kind, {"es": key, "en": key}, {"es": es, "en": en}, hints=hints)


QUESTIONS = (
    question("name", "name", "¿Cómo te llamas?", "What's your name?"),
    question("company", "company", "¿De qué empresa nos escribes?", "What company are you with?"),
    question(
        "size", "number", "¿Cuántos empleados son?", "How many people?", "empleados", "people"
    ),
    question("start", "date", "¿Qué día quieren empezar?", "What day do you want to start?"),
    question("crm", "yes_no", "¿Ya usan un CRM?", "Do you already use a CRM?"),
)
B2B = replace(PLAYBOOK, questions=QUESTIONS, rules=(), disqualifiers=())
BIMBO = {"name": "Luis", "company": "Grupo Bimbo", "size": 40, "start": "2027-01-15", "crm": True}
# «No, pero sí usamos Excel» is neither yes nor no.
EXCEL = {"name": "Ana", "company": "Bimbo", "size": 3, "start": "2026-11-30"}
Facts = dict[str, Any]

TALKS: list[tuple[Language, tuple[str, ...], Facts]] = [
    (
        "es",
        (
            "hola soy Luis de Grupo Bimbo",
            "somos como 40 empleados",
            "el 15 de enero",
            "creo que sí",
        ),
        BIMBO,
    ),
    (
        "es",
        ("Buenas, les escribo de Transportes Águila S.A. de C.V., soy Rodrigo",),
        {"name": "Rodrigo", "company": "Transportes Águila S.A. de C.V."},
    ),
    ("es", ("hola, Sofía", "Clínica Sonrisas"), {"name": "Sofía", "company": "Clínica Sonrisas"}),
    ("es", ("hola, les escribo de Monterrey", "Ana"), {"name": "Ana"}),
    ("es", ("hola", "Marta", "trabajo por mi cuenta", "3"), {"name": "Marta", "size": 3}),
    ("es", ("hola, Ana", "todavía no"), {"name": "Ana"}),
    ("es", ("hola", "Luz María"), {"name": "Luz María"}),
    ("es", ("hola, Ana", "Bimbo", "3", "el lunes", "no, pero sí usamos Excel"), EXCEL),
    ("es", ("hola, Ana", "en marzo"), {"name": "Ana"}),
    (
        "en",
        ("Hi, calling from Acme Inc.", "about a dozen people"),
        {"company": "Acme Inc.", "size": 12},
    ),
]


@pytest.mark.parametrize(("language", "says", "facts"), TALKS)
def test_what_is_known_in_the_end(language: Language, says: tuple[str, ...], facts: Facts) -> None:
    chat = Chat(language=language, playbook=B2B)
    for words in says:
        chat.say(words)
    assert chat.values == facts


def test_who_greets_the_assistant_by_name_says_no_name_of_their_own() -> None:
    chat = Chat(playbook=replace(B2B, assistant_name="Sofía"))
    chat.say("hola Sofía")
    assert chat.values == {}
