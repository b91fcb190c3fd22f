"""Who said STOP and comes back; and a question in one message with an answer."""

from __future__ import annotations

import pytest

from agent.engines.guided.intents import Intent, find_intents
from agent.turn import Language
from conversations.models import Lead, Message
from conversations.services.consent_words import RESUME_WORDS
from tests.agent.guided.chat import Chat, qualified
from tests.agent.guided.stage import Stage, make_salesperson


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("opening", "stop", "resume", "reads"),
    [
        ("Hola", "baja", "Alta", "¡Qué bueno tenerte de vuelta! Perdona, ¿me dices tu nombre"),
        (
            "Hi, how are you",
            "STOP",
            "start",
            "Good to have you back! Sorry, could you tell me your name",
        ),
    ],
)
def test_who_comes_back_is_welcome_and_the_question_goes_on(
    opening: str, stop: str, resume: str, reads: str
) -> None:
    make_salesperson()
    stage = Stage()
    stage.say(opening)
    Message.objects.filter(direction="outbound").update(state="sent")
    assert stage.say(stop) == ""
    assert stage.say(resume).startswith(reads)
    assert Lead.objects.get().opted_out_at is None
    assert stage.facts == {}


@pytest.mark.parametrize("language", ["es", "en"])
def test_who_comes_back_to_times_sees_them_again(language: Language) -> None:
    chat = qualified(language)
    offered = chat.options
    said = chat.say("start" if language == "en" else "reanudar")
    assert "back" in said or "de vuelta" in said
    assert chat.options == offered


def test_every_word_that_resumes_is_known() -> None:
    said = (*RESUME_WORDS, "quiero darme de alta por favor", "pueden volver a escribirme")
    assert all(Intent.RESUME in find_intents(words) for words in said)
    assert Intent.RESUME not in find_intents("quiero dar de alta mi medidor")


@pytest.mark.parametrize(
    ("language", "says", "facts", "first", "then"),
    [
        ("es", "cuesta mucho? me urge", {"timing": "now"}, "El precio depende", "de tu recibo"),
        (
            "en",
            "is it expensive? asap",
            {"timing": "now"},
            "The price depends",
            "your electricity bill",
        ),
        (
            "es",
            "me urge, ¿hacen instalaciones en el extranjero?",
            {"timing": "now"},
            "Esa respuesta no la tengo",
            "de tu recibo",
        ),
        (
            "en",
            "I need it asap. do you also build pools?",
            {"timing": "now"},
            "I don't have that answer",
            "your electricity bill",
        ),
    ],
)
def test_a_question_beside_an_answer_is_answered_first(
    language: Language, says: str, facts: dict[str, str], first: str, then: str
) -> None:
    chat = Chat(language=language)
    chat.say("Hola, soy Ana, es para mi casa" if language == "es" else "I'm Ana, for my house")
    said = chat.say(says)
    assert chat.values.items() >= facts.items()
    assert 0 <= said.find(first) < said.find(then)


@pytest.mark.parametrize("says", ["me urge, ok?", "estoy en Puebla, y tú?"])
def test_a_tag_is_no_question(says: str) -> None:
    chat = Chat()
    chat.say("Hola, soy Ana, es para mi casa, pago 3000 de luz")
    assert "no la tengo" not in chat.say(says)
