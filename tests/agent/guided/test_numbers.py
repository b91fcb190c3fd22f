from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.engines.guided.folding import fold
from agent.engines.guided.numbers import find_amounts

ES_SMALL = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
ES_TENS = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
ES_HUNDREDS = [
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
]
EN_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
EN_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spanish(number: int) -> str:
    if number >= 1000:
        head = "mil" if number < 2000 else f"{spanish(number // 1000)} mil"
        return head + (f" {spanish(number % 1000)}" if number % 1000 else "")
    if number == 100:
        return "cien"
    if number > 100:
        return ES_HUNDREDS[number // 100 - 1] + (
            f" {spanish(number % 100)}" if number % 100 else ""
        )
    if number < 30:
        return ES_SMALL[number]
    tens = ES_TENS[number // 10 - 3]
    return f"{tens} y {ES_SMALL[number % 10]}" if number % 10 else tens


def english(number: int) -> str:
    if number >= 1000:
        head = f"{english(number // 1000)} thousand"
        return head + (f" {english(number % 1000)}" if number % 1000 else "")
    if number >= 100:
        head = f"{EN_SMALL[number // 100]} hundred"
        return head + (f" and {english(number % 100)}" if number % 100 else "")
    if number < 20:
        return EN_SMALL[number]
    tens = EN_TENS[number // 10 - 2]
    return f"{tens}-{EN_SMALL[number % 10]}" if number % 10 else tens


@given(st.integers(min_value=2, max_value=999_999))
def test_words_read_back(number: int) -> None:
    for words in (spanish(number), english(number)):
        assert [amount.value for amount in find_amounts(fold(words).plain)] == [number], words


@given(st.integers(min_value=0, max_value=99_999_999))
def test_digits_read_back(number: int) -> None:
    for text in (str(number), f"${number:,}", f"{number:,}".replace(",", ".") + " pesos"):
        assert [amount.value for amount in find_amounts(text)] == [number], text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$1,500", 1500),
        ("2.5k", 2500),
        ("dos mil y pico", 2000),
        ("1.500,00", 1500),
        ("1,500.50", 1500.5),
        ("2 mil 500", 2500),
        ("3mil500", 3500),
        ("dosmil", 2000),
        ("entre 2000 y 3000", 2500),
        ("de 2 a 3 mil", 2500),
        ("entre 3 y 4 millones", 3_500_000),
        ("4.5 mdp", 4_500_000),
        ("un millón y medio", 1_500_000),
        ("two and a half thousand", 2500),
        ("fifteen hundred", 1500),
        ("two grand", 2000),
        ("2 500", 2500),
        ("1,234.567", 1234.567),
    ],
)
def test_amounts(text: str, value: float) -> None:
    assert [amount.value for amount in find_amounts(fold(text).plain)] == [value]


def test_a_phone_number_is_no_amount() -> None:
    assert find_amounts("5512345678") == []
