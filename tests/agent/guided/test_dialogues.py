from __future__ import annotations

from typing import Any

import pytest

from agent.engines.guided.places import said_zone
from agent.turn import BookingStatus, HandoffWhy, InboundText, LeadView
from tests.agent.guided.chat import Chat, qualified

# language, bursts after "hola", facts that must stand afterwards
UNDERSTOOD: list[tuple[str, list[tuple[str, ...] | str], dict[str, Any]]] = [
    ("es", ["Ana"], {"name": "Ana"}),
    ("es", ["soy ana lópez"], {"name": "Ana López"}),
    ("es", ["Me llamo Ana, mucho gusto"], {"name": "Ana"}),
    ("es", ["con Ana"], {"name": "Ana"}),
    ("es", ["JUAN PÉREZ"], {"name": "Juan Pérez"}),
    ("en", ["this is Mike Ross"], {"name": "Mike Ross"}),
    ("en", ["my name's O'Brien"], {"name": "O'Brien"}),
    ("es", ["¿cuánto cuesta?"], {}),
    ("es", ["Ana", "para mi negosio"], {"need": "business"}),
    ("es", ["Ana", "la segunda"], {"need": "business"}),
    ("es", ["Ana", "no es para casa, es para un local"], {"need": "business"}),
    ("es", ["Ana", "casa", "como mil quinientos"], {"bill": 1500}),
    ("es", ["Ana", "casa", "2.5k"], {"bill": 2500}),
    ("es", ["Ana", "casa", "dos mil y pico"], {"bill": 2000}),
    ("es", ["Ana", "casa", "somos 4 y pagamos 3000 pesos"], {"bill": 3000}),
    ("es", ["Ana", "casa", "500", "perdón, son 3000"], {"bill": 3000}),
    ("es", ["Ana", "casa", "500", "no, 3000"], {"bill": 3000}),
    ("es", ["Ana", "casa", "500", "Puebla"], {"city": "Puebla"}),
    ("es", ["Ana", "casa", "500", "soy de Puebla"], {"city": "Puebla", "name": "Ana"}),
    ("es", ["Ana", "casa", "500", "Puebla", "no es Puebla, es Cholula"], {"city": "Cholula"}),
    ("es", ["Ana", "casa", "500", "Puebla", "quise decir Cholula"], {"city": "Cholula"}),
    ("es", ["Ana", "casa", "500", "quiero una cita"], {"bill": 500}),
    ("es", ["Ana", "casa", "500", "Puebla, y me urge"], {"city": "Puebla", "timing": "now"}),
    ("es", ["Ana", "casa", "500", "Puebla", "el próximo mes"], {"timing": "months"}),
    (
        "es",
        ["Soy Ana, es para mi casa y pago 3000 de luz. Vivo en Puebla y me urge. ana@x.mx"],
        {
            "name": "Ana",
            "need": "home",
            "bill": 3000,
            "city": "Puebla",
            "timing": "now",
            "email": "ana@x.mx",
        },
    ),
    (
        "es",
        [("soy Luis", "es para mi casa", "pago como 2500 al mes", "en Guadalajara", "me urge")],
        {"name": "Luis", "need": "home", "bill": 2500, "city": "Guadalajara", "timing": "now"},
    ),
    (
        "en",
        ["I'm Sarah, it's for a warehouse, we pay around two grand and we're in Houston"],
        {"name": "Sarah", "need": "business", "bill": 2000, "city": "Houston"},
    ),
    ("en", ["Mike", "house", "$1,200", "not sure", "asap"], {"bill": 1200, "timing": "now"}),
    ("en", ["Mike", "house", "900", "actually, 1,900"], {"bill": 1900}),
    ("en", ["Mike", "house", "900", "Austin", "it's not Austin, it's Dallas"], {"city": "Dallas"}),
    ("es", ["la Sra. Carmen"], {"name": "Carmen"}),
    ("es", ["Ana", "tengo una tortillería", "me llegan como 8 mil"], {"bill": 8000}),
    ("es", ["Ana", "casa", "500", "CDMX", "ya"], {"city": "CDMX", "timing": "now"}),
    ("es", ["Ana", "¿por qué preguntas eso?", "casa"], {"need": "home"}),
    ("es", ["mi correo es ana arroba gmail punto com"], {"email": "ana@gmail.com"}),
]


@pytest.mark.parametrize(("language", "bursts", "facts"), UNDERSTOOD)
def test_understands(language: str, bursts: list[Any], facts: dict[str, Any]) -> None:
    chat = Chat(language="en" if language == "en" else "es")
    chat.say("hi" if language == "en" else "hola")
    for burst in bursts:
        chat.say(*((burst,) if isinstance(burst, str) else burst))
        assert len(chat.replies) == 1
    assert chat.values.items() >= facts.items()
    assert chat.box.handed_off is None


# (what is said, words that must not become a fact)
@pytest.mark.parametrize(
    "text",
    [
        "quiero información",
        "¿cuánto cuesta?",
        "buenas tardes",
        "gracias",
        "sí",
        "👍",
        "soy de Puebla",
        "I'm looking for prices",
        "no entiendo",
    ],
)
def test_does_not_take_it_for_a_name(text: str) -> None:
    chat = Chat()
    chat.say("hola")
    chat.say(text)
    assert "name" not in chat.values


@pytest.mark.parametrize(
    "text",
    [
        "quiero hablar con una persona",
        "Una persona, por favor",
        "¿eres un robot? quiero una persona",
        "asesor por favor",
        "me puedes comunicar con alguien?",
        "pásame con un agente",
        "prefiero un humano",
        "agent please",
        "can I talk to a human?",
        "get me a real person",
        "I need to speak with someone",
    ],
)
def test_a_person_when_asked(text: str) -> None:
    for chat in (Chat(), qualified()):
        said = chat.say(text)
        assert chat.box.handed_off == HandoffWhy.ASKED
        assert "equipo" in said or "team" in said


@pytest.mark.parametrize(
    "text", ["quiero una cita con un asesor", "¿eres una persona?", "are you a real person?"]
)
def test_no_person_when_not_asked(text: str) -> None:
    chat = Chat()
    chat.say("hola")
    chat.say(text)
    assert chat.box.handed_off is None


@pytest.mark.parametrize("text", ["eres un idiota", "no me entiendes", "this is useless"])
def test_anger_goes_to_a_person(text: str) -> None:
    chat = Chat()
    chat.say("hola")
    chat.say(text)
    assert chat.box.handed_off == HandoffWhy.FRUSTRATED


def test_greets_discloses_and_asks_in_one_message() -> None:
    said = Chat().say("Hola, vi su anuncio")
    assert "asistente virtual de Sol y Ahorro" in said
    assert said.endswith("¿Cómo te llamas?")


def test_answers_in_the_leads_language() -> None:
    chat = Chat()
    assert "What's your name?" in chat.say("Hi, I saw your ad")
    chat.say("Mike")
    chat.say("ok")
    assert "My home" in [option.title for option in chat.replies[0].options]
    said = chat.say("mejor en español por favor, quiero saber cuánto cuesta")
    assert "El precio depende" in said


def test_digression_then_the_open_question() -> None:
    chat = Chat()
    chat.say("hola")
    said = chat.say("¿tienen garantía?")
    assert "garantía del fabricante" in said
    assert said.endswith("¿me dices tu nombre para saber con quién hablo?")


def test_unknown_question_is_never_invented_and_ends_with_a_person() -> None:
    chat = Chat()
    chat.say("hola")
    assert "no la tengo" in chat.say("¿los paneles son chinos?")
    chat.say("¿qué marca de inversor usan?")
    assert chat.box.handed_off == HandoffWhy.STUCK


def test_asks_once_more_then_goes_on_then_hands_off() -> None:
    chat = Chat()
    chat.say("hola")
    chat.say("Ana")
    chat.say("casa")
    assert "Por ejemplo: 2500" in chat.say("pues depende")
    assert "eso lo ves con el asesor. ¿En qué ciudad" in chat.say("mmm ya veremos")
    assert chat.box.handed_off is None
    chat.say("mmm")
    chat.say("pues a ver")
    assert chat.box.handed_off == HandoffWhy.STUCK


def test_skips() -> None:
    chat = Chat()
    chat.say("hola")
    assert "casa o para un negocio" in chat.say("prefiero no decir")
    chat.say("casa")
    assert "ciudad" in chat.say("no sé")
    assert chat.state["skipped"] == ["name", "bill"]


def test_repeat_and_told_already() -> None:
    chat = Chat()
    chat.say("hola")
    assert "¿me dices tu nombre" in chat.say("¿qué?")
    chat = Chat()
    chat.say("hola")
    assert chat.say("ya te lo dije") == "Perdona, se me pasó. ¿Cómo te llamas?"


def test_tap_on_a_choice() -> None:
    chat = Chat()
    chat.say("hola")
    chat.say("Ana")
    assert chat.options[1] == "answer:need:business"
    chat.tap("answer:need:business")
    assert chat.values["need"] == "business"
    chat.tap("answer:need:palace", "Palacio")
    assert chat.values["need"] == "business"


def test_books_a_tap() -> None:
    chat = qualified()
    assert chat.replies[0].kind == "list"
    assert "hora de Ciudad de México" in chat.replies[0].text
    said = chat.tap(chat.options[0])
    assert "Tu cita quedó confirmada" in said
    assert "jueves 26 de noviembre a las 10:00" in said
    assert chat.box.meeting is not None
    assert "a las 10:00" in chat.say("¿a qué hora era?")
    assert "garantía" in chat.say("¿y la garantía?")


@pytest.mark.parametrize(
    ("language", "text", "slot"),
    [
        ("es", "la segunda", "112616"),
        ("es", "2", "112616"),
        ("es", "la última", "113016"),
        ("es", "el jueves a las 10", "112610"),
        ("es", "mañana a las 4 de la tarde", "112616"),
        ("es", "cualquiera", "112610"),
        ("en", "the second one", "112616"),
        ("en", "Friday at 10", "112710"),
        ("en", "Monday 4pm works", "113016"),
    ],
)
def test_books_words(language: str, text: str, slot: str) -> None:
    chat = qualified("en" if language == "en" else "es")
    offered = {each.id: each for each in chat.box.offered}
    chat.say(text)
    assert chat.box.meeting is not None
    assert chat.box.meeting.starts_at == offered[f"slot-{slot}"].starts_at


def test_a_wish_is_looked_up_not_booked() -> None:
    chat = qualified()
    chat.say("mejor mañana por la tarde")
    assert chat.box.meeting is None
    assert str(chat.box.wishes[-1].day) == "2026-11-26"
    assert chat.box.wishes[-1].part == "afternoon"
    assert chat.replies[0].kind == "list"


def test_an_early_wish_is_remembered() -> None:
    chat = Chat()
    chat.say("quiero una cita mañana por la tarde")
    for text in ("Pedro", "casa", "4 mil", "Toluca", "pronto", "no"):
        chat.say(text)
    assert str(chat.box.wishes[0].day) == "2026-11-26"


def test_none_fits() -> None:
    chat = qualified()
    assert "¿Qué día" in chat.say("ninguna me queda")
    chat.say("el viernes")
    assert chat.replies[0].kind == "list"


def test_taken_then_pending() -> None:
    chat = qualified()
    chat.box.results = [BookingStatus.TAKEN, BookingStatus.PENDING]
    said = chat.tap(chat.options[0])
    assert "acaban de ocupar" in said
    said = chat.tap(chat.options[0])
    assert "todavía no está confirmada" in said
    assert "quedó confirmada" not in said


@pytest.mark.parametrize("status", [BookingStatus.UNAVAILABLE, BookingStatus.LIMIT])
def test_refused_booking_goes_to_a_person(status: BookingStatus) -> None:
    chat = qualified()
    chat.box.results = [status]
    said = chat.tap(chat.options[0])
    assert chat.box.handed_off is not None
    assert "confirmada" not in said


@pytest.mark.parametrize("problem", ["calendar_down", "no_slots"])
def test_no_times_goes_to_a_person(problem: str) -> None:
    chat = Chat()
    chat.box.slots_problem = problem
    chat.say("Hola, soy Ana, es para mi casa y pago 3000 de luz. Vivo en Puebla y me urge")
    chat.say("no")
    assert chat.box.handed_off == HandoffWhy.PROVIDER_DOWN


def test_a_foreign_id_never_books() -> None:
    chat = qualified()
    chat.say(InboundText("x", "jue 26 nov", "list_reply", "slot-of-somebody-else"))
    assert "check_and_book" not in chat.box.calls
    assert chat.replies[0].kind == "list"


@pytest.mark.parametrize("text", ["cámbiala para el martes", "reschedule please", "otra hora?"])
def test_offers_other_times_for_a_meeting(text: str) -> None:
    chat = qualified()
    chat.tap(chat.options[0])
    chat.say(text)
    assert chat.replies[0].kind == "list"


def test_moves() -> None:
    chat = qualified()
    chat.tap(chat.options[0])
    chat.say("¿puedo cambiar la cita al viernes?")
    assert chat.replies[0].kind == "list"
    assert "quedó cambiada" in chat.say("el viernes a las 12")
    assert chat.box.calls.count("check_and_book") == 1


def test_an_old_tap_asks_before_moving() -> None:
    chat = qualified()
    ids = chat.options
    chat.tap(ids[0])
    assert "¿La cambio al" in chat.tap(ids[1], "jue")
    assert "quedó cambiada" in chat.tap("move:yes", "Sí, cambiarla")


@pytest.mark.parametrize(("answer", "gone"), [("sí", True), ("no", False), ("cancel:yes", True)])
def test_cancels_only_after_a_yes(answer: str, gone: bool) -> None:
    chat = qualified()
    chat.tap(chat.options[0])
    chat.say("quiero cancelar mi cita")
    assert chat.box.meeting is not None
    chat.tap(answer) if ":" in answer else chat.say(answer)
    assert (chat.box.meeting is None) is gone
    assert chat.say("gracias")
    assert chat.replies[0].kind == "text"


def test_asks_about_an_uncertain_zone_and_takes_the_correction() -> None:
    chat = Chat(language="en", lead=LeadView(time_zone_certain=False))
    chat.say("Hi, I'm Ana, it's for my house and I pay 3000 for power, as soon as possible")
    chat.say("Springfield")
    said = chat.say("no")
    assert "tell me the city" in said
    said = chat.say("I'm in Tijuana")
    assert "Tijuana time" in said
    assert "tell me the city" not in said


@pytest.mark.parametrize(
    ("city", "zone"),
    [
        ("Houston", "America/Chicago"),
        ("Toronto", "America/Toronto"),
        ("Vancouver", "America/Vancouver"),
        ("Mexicali", "America/Tijuana"),
        ("Manaus", "America/Manaus"),
        ("Moscow", "Europe/Moscow"),
        ("Perth", "Australia/Perth"),
        ("Tenerife", "Atlantic/Canary"),
    ],
)
def test_cities_of_countries_with_several_clocks(city: str, zone: str) -> None:
    assert said_zone(f"i'm in {city.lower()}") == zone


def test_goes_on_after_another_engine() -> None:
    chat = Chat()
    chat.say("Hola, soy Ana, es para mi casa y pago 3000 de luz")
    chat.state = {}
    chat.say("Puebla")
    assert chat.values["city"] == "Puebla"
    chat = qualified()
    chat.state = {}
    chat.tap(chat.options[0])
    assert chat.box.meeting is not None


def test_broken_state_is_ignored() -> None:
    chat = Chat()
    chat.state = {"asking": 7, "wish": {"day": "soon"}, "zone": "Nowhere/Else", "misses": [1]}
    assert chat.say("hola")


def test_a_rejected_answer_is_asked_again() -> None:
    chat = Chat()
    chat.say("hola")
    chat.say("Ana")
    chat.say("casa")
    chat.box.reject = {"bill": "too small"}
    assert "Por ejemplo: 2500" in chat.say("500")


def test_below_the_bar_no_meeting_is_offered() -> None:
    chat = Chat()
    chat.playbook = chat.box.playbook = type(chat.playbook)(
        **{**vars(chat.playbook), "meeting_from": 90}
    )
    chat.say("Hola, soy Ana, es para mi casa y pago 400 de luz. Vivo en Puebla, solo estoy viendo")
    assert "quedó registrado" in chat.say("no")
    assert "find_slots" not in chat.box.calls
