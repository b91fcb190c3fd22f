"""What is said about an answer that was heard: thanks, and what was understood."""

from __future__ import annotations

import re

from agent import wording
from agent.engines.guided.intents import Intent
from agent.engines.guided.talk import Talk

THANKS = 4
HARMLESS = frozenset({"sticker", "reaction"})


def acknowledge(talk: Talk) -> None:
    """Say that an answer was heard, and what was understood where that may be wrong."""
    reading = talk.reading
    if not reading.answers:
        if reading.repeated and (reading.has(Intent.TOLD) or not reading.topics):
            talk.parts.append(talk.say("known_already"))
            talk.progress = True
        return
    stored = [key for key in reading.answers if key not in talk.proposed]
    if not stored:
        talk.parts.append(talk.say("passed_on"))
        return
    values = [text for key in stored if (text := _shown(talk, key))]
    if reading.corrected:
        key = "corrected" if values else "corrected_plain"
        talk.parts.append(talk.say(key, values=", ".join(values)))
        return
    named = any(kind_of(talk, key) == "name" for key in stored)
    said = [talk.say("nice_to_meet", name=talk.name)] if named and talk.name else []
    if values:
        said.append(talk.say("noted", values=", ".join(values)))
    if said:
        talk.parts.append(" ".join(said))
    elif not (talk.context.first_turn or _says_more(talk)):
        talk.parts.append(talk.say(f"thanks_{len(talk.facts) % THANKS + 1}"))


def _says_more(talk: Talk) -> bool:
    """Whether an answer or a thank-you of its own follows: «Gracias. ¡Gracias por la foto!»."""
    reading = talk.reading
    more = reading.topics or reading.unknown_question or reading.kinds - HARMLESS
    return bool(more or talk.memory.ruled_out)


def _shown(talk: Talk, key: str) -> str:
    """Repeat what we may have misread: numbers in words, corrections. Never free text."""
    question, value = talk.playbook.question(key), talk.value(key)
    kind = question.kind if question else ""
    corrected = key in talk.reading.corrected
    if kind in ("money", "number") and isinstance(value, int | float):
        return _shown_number(talk, key, value) if corrected or not _in_digits(talk, key) else ""
    if question is not None and kind == "choice" and corrected:
        choice = next((choice for choice in question.choices if choice.value == value), None)
        return wording.pick(choice.label, talk.language).lower() if choice else ""
    return str(value) if kind == "name" and corrected else ""


def _shown_number(talk: Talk, key: str, value: float) -> str:
    if kind_of(talk, key) == "number":
        return f"{value:g}"
    sum_ = wording.money(value, talk.playbook.currency)
    return sum_ if key in talk.reading.corrected else talk.say("about", value=sum_)


def _in_digits(talk: Talk, key: str) -> bool:
    """Whether the lead wrote these very digits, so that there is nothing to misread."""
    digits = re.sub(r"\D", "", talk.reading.answers[key].quote)
    return digits == re.sub(r"\D", "", f"{talk.value(key):g}") or digits == f"{talk.value(key):.0f}"


def kind_of(talk: Talk, key: str) -> str:
    """The kind of a question; "" if there is none of this key."""
    question = talk.playbook.question(key)
    return question.kind if question else ""
