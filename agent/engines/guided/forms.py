"""A filled-in form: a field that bears the name of a question answers it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from agent.engines.guided.answers import find_answers
from agent.engines.guided.folding import fold, folded
from agent.engines.guided.intents import find_intents
from agent.engines.guided.setting import Setting
from agent.playbook.schema import Playbook, Question
from agent.turn import Answer, InboundText

E_MAIL = frozenset({"email", "mail", "correo", "correoelectronico", "emailaddress"})


def form_answers(message: InboundText, setting: Setting) -> Iterator[Answer]:
    """What its fields answer; those that bear no question's name are for people."""
    for name, value in message.form:
        question = _question(name, setting.playbook)
        said = _read(question, value, setting) if question else None
        if question and said:
            yield Answer(question.key, said[0], message.message_id, said[1])


def _question(name: str, playbook: Playbook) -> Question | None:
    plain = re.sub(r"[^a-z0-9]", "", folded(name))
    keys = {re.sub(r"[^a-z0-9]", "", folded(each.key)): each for each in playbook.questions}
    if plain not in keys and plain in E_MAIL:
        return next((each for each in playbook.questions if each.kind == "email"), None)
    return keys.get(plain)


def _read(question: Question, value: str, setting: Setting) -> tuple[object, str] | None:
    """The value and its quote: as it stands where that fits, else read like any answer."""
    if question.kind in ("text", "name", "company") or _is_option(question, value):
        return value, value
    text = fold(value)
    asked = replace(setting, asking=question, known={})
    for found in find_answers(text, asked, frozenset(find_intents(text.plain))):
        if found.key == question.key:
            return found.value, text.quote(found.start, found.end)
    return None


def _is_option(question: Question, value: str) -> bool:
    """A row of the form's own list, or its date picker, says the very value."""
    if question.kind == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return True
    return any(choice.value == value for choice in question.choices)
