"""The greeting, and the playbook's questions as messages."""

from __future__ import annotations

from agent.playbook.schema import Playbook, Question
from agent.turn import Language, Reply, ReplyOption
from agent.wording.texts import pick, say

BUTTONS, BUTTON_TITLE = 3, 20
ROWS, ROW_TITLE = 10, 24
DOLLAR_CURRENCIES = frozenset({"MXN", "USD", "COP", "CLP", "ARS", "CAD"})


def greeting(playbook: Playbook, language: Language) -> str:
    """Say who is writing, and that it is no person."""
    return say(
        "greeting",
        language,
        assistant=playbook.assistant_name,
        business=playbook.business_name,
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
    """Write an amount the way people do: «$3,500»."""
    number = f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"
    return f"${number}" if currency in DOLLAR_CURRENCIES else f"{number} {currency}"


def _fit(options: tuple[ReplyOption, ...], most: int, longest: int) -> bool:
    titles = {option.title for option in options}
    return (
        len(options) <= most
        and len(titles) == len(options)
        and all(0 < len(title) <= longest for title in titles)
    )
