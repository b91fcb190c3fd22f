"""Whether a value fits its question. Pure; models get every kind of thing wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from agent.playbook.schema import Question

LONGEST = 500


def misfit(question: Question | None, value: Any) -> str:
    """Why the value cannot be stored, or ""."""
    if question is None:
        return "there is no such question"
    if isinstance(value, str) and not 0 < len(value.strip()) <= LONGEST:
        return "the text is empty or too long"
    return CHECKS[question.kind](question, value)


def _text(_question: Question, value: Any) -> str:
    return "" if isinstance(value, str) else "a text is wanted"


def _number(_question: Question, value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if is_number and abs(value) < 1e15 else "a number is wanted"


def _amount(question: Question, value: Any) -> str:
    return _number(question, value) or ("" if value >= 0 else "an amount is not below zero")


def _choice(question: Question, value: Any) -> str:
    allowed = [choice.value for choice in question.choices]
    return "" if value in allowed else f"one of {', '.join(allowed)} is wanted"


def _yes_no(_question: Question, value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false is wanted"


def _date(_question: Question, value: Any) -> str:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return "a date as YYYY-MM-DD is wanted"
    return ""


def _email(_question: Question, value: Any) -> str:
    try:
        validate_email(value)
    except ValidationError:
        return "this is no e-mail address"
    return ""


CHECKS = {
    "text": _text,
    "name": _text,
    "company": _text,
    "email": _email,
    "number": _number,
    "money": _amount,
    "choice": _choice,
    "date": _date,
    "yes_no": _yes_no,
}
