from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from agent import wording
from agent.turn import HandoffWhy, Language, MeetingView, SlotView
from agent.wording.texts import TEXTS

AT = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
LANGUAGES: tuple[Language, ...] = get_args(Language)


def test_every_text_in_every_language_with_the_same_blanks() -> None:
    for key, texts in TEXTS.items():
        blanks = [
            {name for _, name, _, _ in string.Formatter().parse(text)} for text in texts.values()
        ]
        assert set(texts) == set(LANGUAGES), key
        assert len({frozenset(each | {None}) for each in blanks}) == 1, key


def test_titles_fit() -> None:
    for language in LANGUAGES:
        for days in range(366):
            title = wording.slot_title(AT + timedelta(days=days), "America/Mexico_City", language)
            assert len(title) <= 24


def test_slot_list() -> None:
    slots = tuple(SlotView(f"s{n}", AT, AT, "Laura Méndez " * 8) for n in range(12))
    reply = wording.slot_list(
        slots, zone="America/Argentina/Buenos_Aires", language="es", certain=False
    )
    assert len(reply.options) == 10
    assert reply.options[0].title == "mié 30 sep, 19:30"
    assert all(len(option.description) <= 72 for option in reply.options)
    assert all(option.description.endswith("hora de Buenos Aires") for option in reply.options)
    assert "hora de Buenos Aires" in reply.text
    assert "otra ciudad" in reply.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_a_confirmed_row_is_called_confirmed(language: Language) -> None:
    meeting = MeetingView(AT, AT, "America/Mexico_City", "Laura", confirmed=False)
    said = wording.confirmation(meeting, language, name="Ana")
    denied = {"es": "no está confirmada", "en": "isn't confirmed", "pt": "não está confirmado"}
    assert denied[language] in said
    sure = MeetingView(AT, AT, "America/Mexico_City", "Laura", True, "https://meet.example/1")
    assert "https://meet.example/1" in wording.confirmation(sure, language)


def test_hand_off_has_words_for_every_reason() -> None:
    for why in HandoffWhy:
        for language in LANGUAGES:
            assert wording.hand_off(why, language)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (3500, "MXN", "$3,500"),
        (99.5, "USD", "$99.50"),
        (1200, "EUR", "1,200 EUR"),
        (3500, "BRL", "R$ 3.500"),
        (350000, "CLP", "$350.000"),
    ],
)
def test_money(amount: float, currency: str, text: str) -> None:
    assert wording.money(amount, currency) == text
