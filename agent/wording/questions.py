"""The greeting, and the playbook's questions as messages."""

from __future__ import annotations

from collections.abc import Sequence

from babel.lists import format_list
from babel.numbers import format_decimal, get_currency_name

from agent.playbook.schema import Playbook, Question
from agent.turn import Language, Reply, ReplyOption
from agent.wording.clock import LOCALES
from agent.wording.texts import pick, say

BUTTONS, BUTTON_TITLE = 3, 20
ROWS, ROW_TITLE = 10, 24
# The sign of a currency, and who writes its numbers.
MONEY = {
    "MXN": ("$", "es_MX"),
    "USD": ("$", "en_US"),
    "CAD": ("$", "en_CA"),
    "COP": ("$", "es_CO"),
    "CLP": ("$", "es_CL"),
    "ARS": ("$", "es_AR"),
    "PEN": ("S/ ", "es_PE"),
    "BRL": ("R$ ", "pt_BR"),
}


def greeting(playbook: Playbook, language: Language) -> str:
    """Say who is writing, and that it is no person."""
    return say(
        "greeting",
        language,
        assistant=playbook.assistant_name,
        business=playbook.business_name,
    )


def our_languages(languages: Sequence[Language], language: Language) -> str:
    """Say in which languages one is answered here."""
    names = [say(f"in_{one}", language) for one in languages]
    return say(
        "other_language", language, languages=format_list(names, "or", locale=LOCALES[language])
    )


def ask(question: Question, language: Language, *, again: bool = False) -> Reply:
    """Ask a question; choices become buttons or a list when they fit."""
    text = pick(question.ask, language)
    if again:
        fallback = f"{say('again', language)} {text}"
        text = pick(question.again, language) or fallback
    options = tuple(
        ReplyOption(f"answer:{question.key}:{choice.value}", pick(choice.label, language))
        for choice in question.choices
    )
    if not options:
        return Reply(text)
    if _fit(options, BUTTONS, BUTTON_TITLE):
        return Reply(text, "buttons", options)
    if _fit(options, ROWS, ROW_TITLE):
        return Reply(text, "list", options, say("options", language))
    lines = (f"{number}. {option.title}" for number, option in enumerate(options, start=1))
    return Reply("\n".join((text, *lines)))


def money(amount: float, currency: str) -> str:
    """Write an amount the way people do where the money is from: «$3,500», «R$ 3.500»."""
    sign, locale = MONEY.get(currency, ("", "es_MX"))
    number = format_decimal(amount, "#,##0.00" if amount % 1 else "#,##0", locale=locale)
    return f"{sign}{number}" if sign else f"{number} {currency}"


def in_currency(currency: str, language: Language) -> str:
    """Ask what a sum in other money is in the business's own."""
    name = get_currency_name(currency, count=2, locale=LOCALES[language])
    name = name if language == "en" else name.lower()
    return say("in_currency", language, currency=name)


def _fit(options: tuple[ReplyOption, ...], most: int, longest: int) -> bool:
    titles = {option.title for option in options}
    return (
        len(options) <= most
        and len(titles) == len(options)
        and all(0 < len(title) <= longest for title in titles)
    )
