"""What leads send besides text: thanked for in a few words, and the talk goes on; in bursts too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.turn import HandoffWhy, InboundText, Language
from integrations.messaging import MessageKind
from tests.agent.guided.chat import Chat, qualified

SOON = timedelta(seconds=4)
ASK = "¿Cómo te llamas?"
QUESTIONS = (ASK, "What's your name?")
AGAIN = ("¿me dices tu nombre", "could you tell me your name")
THANKS = {
    "image": ("Gracias por la foto", "Thanks for the photo"),
    "video": ("Gracias por el video", "Thanks for the video"),
    "document": ("Gracias por el archivo", "Thanks for the file"),
    "audio": ("no puedo escuchar audios", "can't listen to voice notes"),
    "voice": ("no puedo escuchar audios", "can't listen to voice notes"),
    "contacts": ("Gracias por el contacto", "Thanks for the contact"),
    "location": ("Gracias por la ubicación", "Thanks for the location"),
    "order": ("Gracias por tu pedido", "Thanks for your order"),
    "flow_reply": ("Gracias por llenar el formulario", "Thanks for filling in the form"),
    "call": ("Vi tu llamada", "I saw your call"),
    "own_number": ("Gracias por tu número", "Thanks for your number"),
    "no_marketing": ("ya no te mandamos promociones", "no more promotions"),
    "sticker": ("🙂", "🙂"),
    "unsupported": ("no lo puedo leer", "can't read that kind"),
    "something new": ("no lo puedo leer", "can't read that kind"),
}
# Words, taps, what is about other messages, and what only we send.
SAYS_NOTHING_ELSE = {
    *("text", "button_reply", "list_reply", "reaction", "system", "edit", "revoke"),
    *("request_welcome", "buttons", "list", "template", "contact_request"),
}


def test_no_kind_is_forgotten() -> None:
    assert set(MessageKind) - set(THANKS) == SAYS_NOTHING_ELSE


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("kind", THANKS)
def test_it_is_thanked_for_and_the_question_follows(kind: str, language: Language) -> None:
    at = 0 if language == "es" else 1
    first, later = Chat(language=language), Chat(language=language)
    said = first.kind(kind)
    assert THANKS[kind][at] in said or kind == "sticker"
    assert said.endswith(QUESTIONS[at])
    later.say("hola" if language == "es" else "hello")
    said = later.kind(kind)
    assert THANKS[kind][at] in said
    assert said.endswith(QUESTIONS[at]) or AGAIN[at] in said
    assert (later.values, later.box.handed_off) == ({}, None)


def test_who_opens_the_chat_is_greeted() -> None:
    chat = Chat()
    assert chat.kind("request_welcome").startswith("¡Hola!")
    assert "no lo puedo leer" not in chat.replies[0].text
    assert "¡Aquí sigo!" in chat.kind("request_welcome")


@pytest.mark.parametrize(
    "kinds",
    [("contacts", "sticker"), ("image",), ("voice", "voice"), ("location", "order", "image")],
)
def test_a_burst_gets_one_question(kinds: tuple[str, ...]) -> None:
    chat = Chat()
    said = chat.kind(*kinds, text="hola")
    assert len(chat.replies) == 1
    assert said.count("?") == said.count(ASK) == 1


def test_several_things_are_thanked_for_at_once() -> None:
    assert "Gracias por todo" in Chat().kind("contacts", "location", "unsupported")
    said = Chat().kind("unsupported", text="Soy Ana")
    assert "Uno de tus mensajes no lo pude leer" in said
    assert "Ana" in said


@pytest.mark.parametrize("later", ["contacts", "sticker", "image", "order", "unsupported"])
def test_what_comes_right_after_the_question_does_not_repeat_it(later: str) -> None:
    chat = Chat(pause=SOON)
    chat.say("hola")
    said = chat.kind(later)
    assert said
    assert "?" not in said
    assert "?" not in chat.say("hola")
    assert "Mucho gusto, Ana" in chat.say("Ana")


def test_but_an_answer_and_a_change_of_language_do_move_on() -> None:
    chat = Chat(pause=SOON)
    chat.say("hola")
    assert "?" in chat.say("Ana")
    assert "?" in chat.say("in English please")
    times = qualified()
    times.pause = SOON
    times.say("¿y qué garantía tienen?")
    assert times.say("el viernes a las 12") != ""
    assert times.box.wishes


def test_files_one_by_one_are_not_asked_the_same_in_the_same_words() -> None:
    chat = Chat()
    said = [chat.say("hola"), *(chat.kind("image") for _each in range(3))]
    asked = [ASK in text for text in said]
    assert asked == [True, False, False, False]
    assert "¿me dices tu nombre" in said[1]
    assert said[2] == "¡Recibido! 👍"


def test_two_voice_notes_in_a_row_are_no_cry_for_a_person() -> None:
    chat = Chat(pause=SOON)
    chat.kind("voice")
    assert "Este también" in chat.kind("voice")
    assert chat.box.handed_off is None
    beside = Chat(pause=SOON)
    beside.kind("voice", text="buenas")
    assert "Este también" in beside.kind("voice")
    slow = Chat()
    slow.kind("voice")
    slow.kind("voice")
    assert slow.box.handed_off is HandoffWhy.STUCK


@pytest.mark.parametrize("kind", ["text", "button_reply"])
def test_a_button_of_a_template_says_its_words_and_answers_nothing(kind: str) -> None:
    def says(words: str) -> InboundText:
        return InboundText("b", words, kind, words if kind == "button_reply" else "")

    chat = Chat()
    chat.say("Hola, soy Ana, es para mi casa y pago 3000")
    known = dict(chat.values)
    assert "ciudad" in chat.say(says("Me interesa"))
    assert chat.values == known
    assert "Instalamos" in chat.say(says("Quiero información"))
    assert "no hay problema" in chat.say(says("Ya no me interesa"))


def test_a_button_is_nobodys_name() -> None:
    chat = Chat()
    chat.say("hola")
    chat.say(InboundText("b", "Plan Familiar", "button_reply", "plan"))
    assert chat.values == {}
    chat.say("Plan Familiar")
    assert chat.values == {"name": "Plan Familiar"}


def test_the_note_under_an_order_wishes_no_meeting() -> None:
    chat = qualified()
    wishes = list(chat.box.wishes)
    assert "Gracias por tu pedido" in chat.say(InboundText("o", "para el lunes", "order"))
    assert chat.box.wishes == wishes


def test_thanks_are_said_once() -> None:
    chat = Chat()
    chat.say("Hola, soy Ana")
    assert chat.kind("contacts", text="es para mi casa").startswith("¡Gracias por el contacto!")


def test_a_tap_against_promotions_says_nothing_else_and_the_talk_goes_on() -> None:
    chat = qualified()
    tapped = InboundText("b", "No recibir promociones", "no_marketing")
    said = chat.say(tapped, InboundText("c", "", "image"))
    assert said.startswith("Listo, ya no te mandamos promociones.")
    assert "Gracias por la foto" in said
    assert (chat.box.handed_off, "no hay problema" in said) == (None, False)


@pytest.mark.parametrize("words", ["Hola, ¿sigue disponible?", "Is this still available?"])
def test_what_an_ad_writes_for_them_is_answered(words: str) -> None:
    said = Chat().say(words)
    assert "Instalamos" in said or "We install" in said
