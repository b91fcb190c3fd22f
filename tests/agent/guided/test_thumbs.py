"""Leads who type with their thumbs: shorthand, slips, second thoughts, a neighbour's price."""

from __future__ import annotations

import pytest

from agent.engines.guided.folding import fold
from agent.turn import HandoffWhy
from tests.agent.guided.cases import READY, Case, play

CASES = {
    "mx, shorthand": Case(
        ("buenas me yamo Rosaura soy d Tlalnepantla kiero paneles xfa, es casa, 2800 d luz",),
        {"name": "Rosaura", "city": "Tlalnepantla", "need": "home", "bill": 2800},
    ),
    "us, no apostrophes": Case(
        ("Hi", "im Danny, in Tijuana", "my house", "1500", "idk maybe in like 2 months"),
        {"name": "Danny", "city": "Tijuana", "timing": "months"},
        language="en",
    ),
    "us, has no e-mail": Case(
        (READY, "dont have one lol"), reads=("Elige",), never=("¿cuál te apunto?",)
    ),
    "us, how much r they": Case(
        ("hey, how much r the panels",), reads=("The price depends",), language="en"
    ),
    "br, the article": Case(("oi", "é o Cadu, de Contagem"), {"name": "Cadu"}, language="pt"),
    "br, the article, no capitals": Case(("oi", "sou o cadu"), {"name": "Cadu"}, language="pt"),
    "br, a word of hesitation": Case(
        ("Oi, sou o Cadu", "casa", "500", "nao, pera, 580", "Contagem"),
        {"bill": 580, "city": "Contagem"},
        language="pt",
    ),
    "cl, a word to begin with": Case(("hola", "po, Matías"), {"name": "Matías"}),
    "a sum is no city": Case(
        ("hola soy Ana", "mi casa", "2000", "3 mil", "Toluca"), {"city": "Toluca"}, never=("3 Mil",)
    ),
    "the neighbour's price": Case(
        ("hola soy Ana", "mi casa", "mi vecino pagó 60 mil con otra compañía", "3 mil"),
        {"bill": 3000},
        never=("60,000",),
    ),
    "her own bill beside the neighbour's": Case(
        ("hola soy Ana", "mi casa", "mi vecino paga 5 mil, yo pago 3 mil"), {"bill": 3000}
    ),
    "digo": Case(
        ("hola soy Ana", "mi casa", "2000", "GDL", "digo, Zapopan"),
        {"city": "Zapopan"},
        ("ya lo corregí",),
    ),
    "gmail is enough": Case((READY, "ana77 arroba gmail"), {"email": "ana77@gmail.com"}),
    "a slip behind the @": Case((READY, "ana@gmial.com"), reads=("no me quedó claro",)),
    "only what stands behind the @": Case(
        (READY, "ana@hotmail.com", "perdón, gmail.com"),
        {"email": "ana@gmail.com"},
        ("ya lo corregí",),
    ),
    "hundreds written apart": Case(
        ("hola soy Ana", "mi casa", "como mil ocho cientos pesos"), {"bill": 1800}, ("$1,800",)
    ),
    "an online shop is no business of hers": Case(
        ("hola soy Ana", "en mercado libre están en 3 mil", "casa", "800"),
        {"need": "home", "bill": 800},
    ),
    "esse negócio is a thing": Case(
        ("boa tarde, queria saber desse negocio de energia solar", "Lourdes", "pra minha casinha"),
        {"need": "home"},
        language="pt",
    ),
    "begging is no city": Case(
        ("hola soy Ana", "mi casa", "2000", "ándale no sea malita"), never=("city",)
    ),
    "nossa is no name": Case(
        ("Quanto custa?", "nossa, caro hein", "João Pedro"), {"name": "João Pedro"}, language="pt"
    ),
    "a city in a list": Case(
        ("soy Iván, casa, 2100, La Paz, ya, ivan@x.mx",),
        {"city": "La Paz", "name": "Iván", "email": "ivan@x.mx"},
    ),
    "signing today is no time": Case(
        (READY, "no", "si me haces descuento cierro hoy"), never=("Para hoy",)
    ),
    "who does not use mail": Case((READY, "no sé usar eso del correo"), reads=("Elige",)),
    "his wife goes on": Case(
        ("hola soy Pedro, casa, 1500, Puebla", "ahora soy su esposa Laura, es para el negocio"),
        {"name": "Laura", "need": "business"},
    ),
    "if it were for a business": Case(
        ("hola soy Pedro, casa, 1500, Puebla", "¿y si es para un negocio cuánto tarda?"),
        {"need": "home"},
    ),
    "called three times": Case(
        ("you guys already called me 3 times",), handed_off=HandoffWhy.FRUSTRATED, language="en"
    ),
    "make that another hour": Case(
        (READY, "no", "el jueves a las 12", "make that 4pm"), meeting="2026-11-26T22:00"
    ),
    "put me through is no name": Case(
        ("hola", "pásame con alguien"), never=("name",), handed_off=HandoffWhy.ASKED
    ),
    "a doctor": Case(("hola", "soy la doctora Jiménez"), {"name": "Jiménez"}),
    "br, the business behind the name": Case(
        ("Boa noite, sou a Fernanda da Padaria Pão Quente em Joinville",),
        {"name": "Fernanda", "city": "Joinville", "need": "business"},
        language="pt",
    ),
    "a customer already": Case(
        ("Me urge!!! se me quemó el inversor",), handed_off=HandoffWhy.POLICY
    ),
    "three weeks, d for de": Case(
        ("hola soy Ana, casa, 2000, Puebla", "mmm dentro d 3 semanas"), {"timing": "now"}
    ),
    "a question without its mark": Case(
        ("Hola buen dia, primero digame si trabajan con Infonavit",), reads=("no la tengo",)
    ),
    "the first one there is": Case((READY, "no", "el primero q tenga"), meeting="2026-11-26T16:00"),
    "not Monday but Tuesday": Case(
        (READY, "no", "el lunes a las 9", "ah y no es lunes, es martes"),
        reads=("la cambiamos",),
        meeting="2026-11-30T15:00",
    ),
    "our office, not hers": Case(
        (
            "hola soy Ana",
            "¿cuánto tiempo tienen en el mercado?",
            "¿me das el teléfono de la oficina?",
        ),
        never=("need",),
    ),
    "what it costs for her house": Case(("¿cuánto cuesta para mi casa?",), {"need": "home"}),
    "the same hour on another day": Case(
        (READY, "no", "el jueves a las 12", "puede ser el viernes a esa hora?"),
        meeting="2026-11-27T18:00",
    ),
    "another day after she cancelled": Case(
        (READY, "no", "el jueves a las 12", "cancélala", "sí", "¿y el viernes a las 10?"),
        reads=("vie", "27"),
    ),
    "goodbye is no name": Case(("precio x favor", "adios"), never=("name", "Adios")),
    "a teacher": Case(("hola", "Mtra. Patricia Salas"), {"name": "Patricia Salas"}),
    "deixa pra lá is no pra já": Case(
        ("Oi, sou a Rafa, casa, Búzios", "deixa pra lá, põe 3 mil", "agora não, só ano que vem"),
        {"bill": 3000, "timing": "looking"},
        never=("se mudar de ideia",),
        language="pt",
    ),
    "br, not at nine": Case(
        (READY, "no", "jueves 9", "não consigo às 9, 10 dá?"), meeting="2026-11-26T16:00"
    ),
    "nobody knows where it begins": Case(
        (READY, "claudia salao arroba hotmail punto com"), reads=("no me quedó claro",)
    ),
    "how long the talk takes": Case(
        (READY, "no", "¿cuánto tiempo dura la cita?"), never=("suele tomar pocos días",)
    ),
    "ok then": Case((READY, "no", "lunes", "ok then 10"), meeting="2026-11-30T16:00"),
    "another hour at once": Case(
        (READY, "no", "el martes a las 11... no no mejor 12"), meeting="2026-12-01T18:00"
    ),
    "monday week": Case((READY, "no", "del lunes en ocho a las 4"), meeting="2026-12-07T22:00"),
    "not tomorrow": Case(
        (READY, "no", "oye me salió algo, no voy a poder mañana"), reads=("¿Qué día",)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_thumbs(case: Case) -> None:
    play(case)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("xq no?", "porque no?"),
        ("3 k", "3 k"),
        ("D. F.", "d. f."),
        ("I'd", "i'd"),
        ("vitamina K", "vitamina k"),
    ],
)
def test_shorthand(text: str, plain: str) -> None:
    assert fold(text).plain == plain


def test_what_is_written_out_is_quoted_as_it_was_typed() -> None:
    message = fold("soy d Ñuñoa xfa")
    start = message.plain.index("de ")
    assert message.quote(start, start + len("de nunoa")) == "d Ñuñoa"
    assert message.quote(message.plain.index("por favor"), len(message.plain)) == "xfa"
