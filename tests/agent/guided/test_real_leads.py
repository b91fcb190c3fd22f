"""What went wrong when the flow was tried the way people really write; one case a failure."""

from __future__ import annotations

import pytest

from agent.turn import HandoffWhy
from tests.agent.guided.cases import READY, Case, play
from tests.agent.guided.chat import Chat, qualified

NOT_NAMES = """
asdf|qwerty|asdasd|123|x|aaa|mmm|xd|nvm|jaja|jajaja|jeje|haha|no sé|nadie|ninguno|anónimo|test|prueba
buen día|buenas|órale|ándale pues|a poco|claro|listo|ok|sí|precio|info por favor|me interesa|gracias
¿quién pregunta?|para qué quieres saber|quién eres|desde cuándo|la verdad no|todo bien|te digo luego
none of your business|whatever|who wants to know|idk|dejen de molestar|no quiero contestar preguntas
allá en Culiacán|stop asking me questions you stupid bot|👍|...
"""
NAMES = {
    "beto": "Beto",
    "Hola buenas noches, Fer": "Fer",
    "Buen día, Ana Ruiz": "Ana Ruiz",
    "aquí Memo": "Memo",
    "Ximena 😊": "Ximena",
    "Ana jaja": "Ana",
    "the name's Kate": "Kate",
    "Soy Jorge de Tijuana": "Jorge",
    "Karla, ¿y tú?": "Karla",
    "es Toño": "Toño",
    "soy el chuy": "Chuy",
    "María José de la Cruz": "María José de la Cruz",
    "Lynn": "Lynn",
    "Schwartz": "Schwartz",
}
BOOKED = (READY, "no", "el primero")

CASES = {
    "name and city in one breath": Case(
        ("Hola, soy Ana, de Puebla",), {"name": "Ana", "city": "Puebla"}, ("Mucho gusto, Ana",)
    ),
    "a family name that is a city too": Case(("Hola, soy Carmen de León",), never=("city",)),
    "a city that is a name, once the name is known": Case(
        ("hola", "Rob", "oficina", "7500", "Leon"), {"city": "Leon"}
    ),
    "three answers between commas": Case(
        ("hola", "Luis,casa,3000"), {"name": "Luis", "need": "home", "bill": 3000}
    ),
    "three answers between slashes": Case(
        ("hola", "Ana María / Puebla"), {"name": "Ana María", "city": "Puebla"}
    ),
    "everything without a full stop": Case(
        (
            "hola soy memo quiero paneles para mi casa en zapopan pago 2300 me urge mi correo es "
            "memo@x.mx mañana a las 10",
            "sí",
        ),
        {"name": "Memo", "need": "home", "city": "Zapopan", "bill": 2300, "email": "memo@x.mx"},
        meeting="2026-11-26T16:00",
    ),
    "everything and an hour": Case(
        (
            "Buenos días, soy Patricia Ruiz de Querétaro, tengo un salón de belleza y pago como "
            "$4,500 de luz, lo quiero cuanto antes, pati@x.mx. ¿Podría ser el jueves a las 10?",
        ),
        {"name": "Patricia Ruiz", "city": "Querétaro", "need": "business", "bill": 4500},
        ("jueves 26 de noviembre a las 10:00 está libre. ¿Te la agendo?",),
    ),
    "a long story": Case(
        (
            "hola",
            "mira te cuento, mi vecino puso paneles y yo la verdad estoy pagando un dineral, el "
            "último recibo me llegó en 4,870 pesos y eso que no tengo clima, me llamo Refugio "
            "Salas y vivo en Gómez Palacio",
        ),
        {"name": "Refugio Salas", "bill": 4870, "city": "Gómez Palacio"},
    ),
    "a far corner": Case(
        ("hola", "Juan", "casa", "2000", "en un rancho cerca de Tequila Jalisco"),
        {"city": "un rancho cerca de Tequila Jalisco", "need": "home"},
    ),
    "letters for a city": Case(("hola", "Beto", "casa", "1800", "gdl"), {"city": "GDL"}),
    "corrected in the same breath": Case(
        ("hola", "Ana", "para mi casa... no, espera, es para mi negocio"), {"need": "business"}
    ),
    "wait is no city": Case(
        ("hello", "I'm Rob", "office", "5000", "no wait, 7500"),
        {"bill": 7500},
        ("I changed it: $7,500", "What city"),
        language="en",
    ),
    "another place, not another city": Case(
        ("hola", "Ana", "casa", "2000", "mejor para mi negocio"),
        {"need": "business"},
        ("¿En qué ciudad",),
    ),
    "which of two numbers": Case(
        ("hola", "Ana", "casa", "2000", "Toluca", "oye eran 1500 no 2000"), {"bill": 1500}
    ),
    "moved to another town while choosing": Case(
        (READY, "no", "oye me equivoqué, vivo en Cholula"),
        {"city": "Cholula"},
        ("ya lo corregí", "¿Cuál de estas horas"),
    ),
    "lucas": Case(("hola", "Martín", "casa", "unos 50 lucas"), {"bill": 50000}),
    "half a word": Case(("hola", "Raúl", "neg"), {"need": "business"}),
    "next year": Case(
        ("hola", "Ana", "casa", "800", "Toluca", "para el siguiente año"), {"timing": "looking"}
    ),
    "an hour is no e-mail": Case((READY, "la primera"), never=("no me quedó claro",)),
    "no hurry": Case(("hola", "Ana", "casa", "800", "Toluca", "no me urge"), {"timing": "looking"}),
    "only looking": Case(
        ("hola", "Ana", "casa", "800", "Toluca", "nomás ando viendo"), {"timing": "looking"}
    ),
    "the year that comes": Case(
        ("hola", "Ana", "casa", "800", "Toluca", "el año que viene"), {"timing": "looking"}
    ),
    "the sooner the better": Case(
        ("hola", "Ana", "casa", "800", "Toluca", "entre más rápido mejor"), {"timing": "now"}
    ),
    "when something happens is no question": Case(
        ("hola", "Ana", "casa", "800", "Toluca", "cuando salga mi aguinaldo"),
        reads=("¿Sería pronto",),
        never=("no la tengo",),
    ),
    "two months of electricity are not two months to wait": Case(
        ("hola", "Ana", "casa", "me llega de 2800 cada dos meses"),
        {"bill": 2800},
        never=("timing",),
    ),
    "kilowatts are no money": Case(
        ("hola", "Juan", "casa", "gasto 400 kwh"), reads=("Por ejemplo: 2500",), never=("bill",)
    ),
    "somebody else's price is no bill": Case(
        ("hola", "Ana", "otra empresa me dio 80 mil, ¿ustedes?"), never=("bill", "need")
    ),
    "surprise is no insult": Case(
        ("hola", "Raúl", "casa", "no mames me llega de 6 mil"), {"bill": 6000}, ("¿En qué ciudad",)
    ),
    "dictated e-mail": Case(
        (READY, "este mi correo es arturo punto garza guion bajo 1 arroba gmail punto com"),
        {"email": "arturo.garza_1@gmail.com"},
    ),
    "half dictated e-mail": Case(
        (READY, "ana.perez arroba hotmail.com"), {"email": "ana.perez@hotmail.com"}
    ),
    "an address that reaches nobody": Case(
        (READY, "carlos@gmail.con"), reads=("no me quedó claro",), never=("email",)
    ),
    "no e-mail was written, so none was misread": Case(
        (READY, "¿me van a mandar spam?"), never=("no me quedó claro",)
    ),
    "WhatsApp instead of an e-mail": Case((READY, "al whats mejor"), reads=("Elige",)),
    "what is this": Case(("¿qué es esto?",), reads=("Instalamos paneles",), never=("no la tengo",)),
    "about": Case(("Hey, is this about solar?",), reads=("We install",), language="en"),
    "who asks": Case(("hola", "¿quién pregunta?"), reads=("Soy Luz", "¿me dices tu nombre")),
    "what for": Case(("hola", "Ana", "¿y eso para qué?"), reads=("llegue preparado",)),
    "robot, asked twice": Case(
        ("hola", "¿eres un robot?", "o sea que no eres persona"), reads=("Así es",)
    ),
    "is the call free": Case(
        ("hola", "¿la cita tiene costo?"), reads=("sin costo",), never=("El precio",)
    ),
    "a visit instead": Case(
        (READY, "no", "¿y si mejor me visitan en mi casa?"),
        reads=("a distancia", "¿Cuál de estas horas"),
    ),
    "clouds": Case(("hola", "Iván", "¿y si se nubla funcionan?"), reads=("Con nubes",)),
    "insists on the price": Case(
        ("precio", "precio", "precio por favor"), reads=("escribe «asesor»",)
    ),
    "two questions without an answer": Case(
        ("hola", "¿los paneles son chinos?", "¿y el inversor?"),
        reads=("Eso tampoco lo sé",),
        never=("no te estoy entendiendo",),
        handed_off=HandoffWhy.STUCK,
    ),
    "no questions": Case(
        ("hola", "no quiero contestar preguntas"), reads=("Está bien", "Elige"), never=("name",)
    ),
    "not your business": Case(
        ("hi", "none of your business"), never=("need",), reads=("home or for a business",)
    ),
    "no appointment, only the price": Case(
        (READY, "no", "no quiero cita, solo el precio"),
        reads=("El precio depende", "Va, sin cita"),
        never=("¿Qué día",),
    ),
    "goodbye in the middle": Case(
        ("hola", "Ana", "bye"), reads=("sin prisa",), never=("casa, un negocio",)
    ),
    "anybody there": Case(
        ("hola", "Ana", "hola?", "hola??"), reads=("¡Aquí sigo!",), never=("no la tengo",)
    ),
    "what the name is for": Case(
        ("hi", "what do you need my name for"), reads=("advisor comes prepared",)
    ),
    "roughly": Case(("hi", "how much would it be roughly?"), reads=("The price depends",)),
    "which days are there": Case(
        (READY, "no", "¿qué día cree que pueda?"),
        reads=("¿Cuál de estas horas",),
        never=("no la tengo",),
    ),
    "an advisor should ring": Case(
        (READY, "no", "mejor que me marque un asesor"), handed_off=HandoffWhy.ASKED
    ),
    "the other hour then": Case(
        (READY, "no", "Thursday afternoon", "ok 4 then"), meeting="2026-11-26T22:00"
    ),
    "keep it after all": Case(
        (*BOOKED, "I need to cancel", "actually no keep it"),
        {"city": "Puebla"},
        ("didn't change anything",),
        meeting="2026-11-26T16:00",
    ),
    "leave me alone": Case(("hola", "ya no me escriban"), reads=("no hay problema",)),
    "an advisor, politely": Case(
        ("hola", "me puedes pasar a un asesor humano porfa"), handed_off=HandoffWhy.ASKED
    ),
    "by phone": Case(
        ("hola", "Juan", "prefiero que me hablen por teléfono"), handed_off=HandoffWhy.ASKED
    ),
    "somebody should call": Case(("hi", "Can someone call me?"), handed_off=HandoffWhy.ASKED),
    "Spanish after all": Case(
        ("Hi", "Ana", "prefiero español"), reads=("seguimos en español", "¿Los paneles")
    ),
    "Portuguese, a person": Case(
        ("Oi, tudo bem? quero falar com uma pessoa",), handed_off=HandoffWhy.ASKED
    ),
    "today": Case((READY, "no", "¿hoy se puede?"), reads=("Para hoy no tengo lugar",)),
    "after the 30th": Case((READY, "no", "después del 30"), reads=("Tengo estas horas",)),
    "far ahead": Case((READY, "no", "mejor en enero"), reads=("Para esas fechas",)),
    "an hour that is good": Case(
        (READY, "no", "Thursday afternoon", "5 is good"), meeting="2026-11-26T23:00"
    ),
    "weekday misspelt": Case((READY, "no", "el juevez a las diez"), meeting="2026-11-26T16:00"),
    "you choose": Case((READY, "no", "no sé, tú dime"), meeting="2026-11-26T16:00"),
    "cannot that day": Case(
        (*BOOKED, "oye, no voy a poder ese día, ¿puede ser otro?"), reads=("la cambiamos",)
    ),
    "something came up": Case(
        (*BOOKED, "se me complicó, no voy a poder"), reads=("la podemos cambiar", "cancelarla")
    ),
    "only another day": Case(
        (*BOOKED, "el lunes", "a las 10"), reads=("cambiada",), meeting="2026-11-30T16:00"
    ),
    "the appointment is not wanted any more": Case(
        (*BOOKED, "ya no voy a querer la cita"), reads=("¿Cancelo tu cita",)
    ),
    "no after all": Case(
        (*BOOKED, "quiero cancelar", "siempre no, déjala"),
        reads=("no cambié nada",),
        meeting="2026-11-26T16:00",
    ),
    "how to join": Case((*BOOKED, "¿cómo me conecto?"), reads=("Tu cita es",)),
    "late": Case((*BOOKED, "voy 10 minutos tarde"), handed_off=HandoffWhy.POLICY),
    "nobody there": Case(
        (*BOOKED, "ya estoy en la llamada y no hay nadie"),
        {"city": "Puebla"},
        handed_off=HandoffWhy.POLICY,
    ),
    "one more for my brother": Case(
        (*BOOKED, "quiero otra cita para mi hermano"), handed_off=HandoffWhy.POLICY
    ),
    "thanks, and thanks again": Case(
        (*BOOKED, "muchas gracias", "ok", "igualmente", "listo", "jaja"),
        reads=("🙂",),
        never=("no te entendí",),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_real_lead(case: Case) -> None:
    play(case)


@pytest.mark.parametrize("text", NOT_NAMES.strip().replace("\n", "|").split("|"))
def test_nonsense_is_nobodys_name(text: str) -> None:
    chat = Chat()
    chat.say("hola")
    said = chat.say(text)
    assert "name" not in chat.values
    assert "need" not in chat.values
    assert "Mucho gusto" not in said
    assert "Nice to meet" not in said


@pytest.mark.parametrize(("text", "name"), NAMES.items())
def test_a_name_is_taken(text: str, name: str) -> None:
    chat = Chat()
    chat.say("hola")
    chat.say(text)
    assert chat.values["name"] == name


def test_who_skips_everything_reads_other_words_each_time() -> None:
    chat = Chat()
    said = [chat.say(words) for words in ("hola", "prefiero no decirlo", "paso", "no sé")][1:]
    assert len({text.partition("¿")[0] for text in said}) == 3


def test_a_nod_answers_a_nod() -> None:
    chat = qualified()
    chat.tap(chat.options[0])
    assert "Aquí estoy" in chat.say("gracias")
    assert [chat.say("ok"), chat.say("👍")] == ["🙂", "🙂"]


def test_a_correction_passes_no_question_over() -> None:
    chat = Chat()
    for words in ("Hola, soy Ana", "para mi casa en Puebla", "3200 al bimestre"):
        chat.say(words)
    assert "ya lo corregí: $1,200" in chat.say("no, quise decir 1200")
    assert "¿Para cuándo" in chat.say("soy la dueña")


def test_a_question_beside_an_answer_is_heard_in_portuguese_too() -> None:
    chat = Chat(language="pt")
    chat.say("Oi, vi o anúncio de vocês")
    said = chat.say("pago mil e duzentos por mês, e vocês parcelam?")
    assert chat.values["bill"] == 1200
    assert "Essa resposta eu não tenho" in said


def test_another_choice_is_taken_once_nothing_is_asked() -> None:
    chat = qualified()
    chat.tap(chat.options[0])
    assert chat.values["need"] == "home"
    assert "ya lo corregí: un negocio" in chat.say("y lo quiero para un negocio")
    chat.say("¿también instalan en casas?")
    assert chat.values["need"] == "business"


def test_given_back_with_a_meeting_no_questions_are_announced() -> None:
    chat = qualified()
    chat.tap(chat.options[0])
    chat.turns = 0  # staff gave it back: the agent introduces itself anew
    chat.history = []
    said = chat.say("¿siguen ahí?")
    assert "Soy Luz" in said
    assert "preguntas" not in said
