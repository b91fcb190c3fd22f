from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.turn import InboundText
from tests.agent.guided.chat import Chat, qualified

WORDS = st.sampled_from(
    [
        "hola",
        "Ana",
        "soy",
        "no",
        "sí",
        "perdón",
        "casa",
        "negocio",
        "3000",
        "mil",
        "quinientos",
        "$",
        "en",
        "Puebla",
        "mañana",
        "a",
        "las",
        "10",
        "jueves",
        "cambiar",
        "cita",
        "cancelar",
        "gracias",
        "¿qué?",
        "asesor",
        "bot",
        "yes",
        "next",
        "Tuesday",
        "my",
        "name",
        "is",
        "I'm",
        "2.5k",
        "ana@x.mx",
        "arroba",
        "el",
        "la",
        "segunda",
        "ninguna",
        ",",
        ".",
        "?",
        "é́",
        "\u200b",
        "👍",
        "26/11",
        "de",
        "y",
        "and",
        "not",
        "it's",
        "quise",
        "decir",
    ]
)
TEXT = st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=14).map(" ".join))
BURSTS = st.lists(TEXT, min_size=1, max_size=3)


@settings(max_examples=60)
@given(bursts=st.lists(BURSTS, min_size=1, max_size=4), far=st.booleans())
@example(bursts=[["EN "]], far=False)  # a place was looked for beyond the end
def test_any_text_gets_an_answer(bursts: list[list[str]], far: bool) -> None:
    chat = qualified(judged=False) if far else Chat(judged=False)
    for burst in bursts:
        chat.say(*burst)  # the fake checks every quote, the chat every limit


@settings(max_examples=60)
@given(
    TEXT,
    st.sampled_from(["text", "audio", "image", "sticker", "location", "unknown"]),
    st.text(max_size=40),
)
def test_any_kind_and_any_tap(text: str, kind: str, tap: str) -> None:
    chat = qualified(judged=False)
    chat.say(InboundText("m", text, kind, tap))


def test_the_same_turn_decides_the_same() -> None:
    first, second = qualified(), qualified()
    assert first.last == second.last
