"""Answers to the playbook's questions inside one message, with the place that said them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.engines.guided.amounts import find_numbers
from agent.engines.guided.choices import find_choices
from agent.engines.guided.dates import find_when
from agent.engines.guided.emails import find_emails
from agent.engines.guided.folding import Folded, folded, whole_words
from agent.engines.guided.hours import When
from agent.engines.guided.intents import ASIDE, Intent
from agent.engines.guided.names import bare_name, given_name, introduced_name, may_be_name
from agent.engines.guided.prose import (
    PLACE_HINTS,
    company,
    corrected_text,
    free_text,
    hinted_text,
    placed_text,
    sounds_like_a_company,
    sounds_like_a_place,
)
from agent.engines.guided.setting import Found, Setting
from agent.playbook.schema import Question

TIME_WORDS = re.compile(
    r"\b(?:el|la|las|los|de|del|por|en|para|a|al|mejor|puede|podria|ser|seria|que|como|tipo|at|on|in"
    r"|the|for|around|maybe|could|it|be|si|se|y|o|or|me|queda|gustaria|pues|hola|esta|bien|dia|as|pra|pela|pelas|da|do|no|na|pode|poderia|ou"
    r"|pro|fica|tem|oi|bom|melhor)\b"
)
BUT = re.compile(
    r"\b(?:pero|but|mas|porem) (?:si|tengo|tenemos|hay|us[oa]\w*|tenho|temos|(?:i|we) (?:have|use))\b"
)
NO_NAME = ASIDE | {Intent.INSULT, Intent.HUMAN}
NO_CORRECTION = frozenset(
    {Intent.QUESTION, Intent.LANGUAGE, Intent.HUMAN, Intent.MEET, Intent.LATER, Intent.INFO}
)


def find_answers(
    message: Folded,
    setting: Setting,
    intents: frozenset[Intent],
    topics: Iterable[tuple[int, int]] = (),
) -> list[Found]:
    """Find every answer in a message, typed ones first, free text last."""
    when = find_when(message.plain, setting.now, language=setting.language)
    correcting = Intent.CORRECT in intents
    found = [
        *find_emails(message, setting),
        *find_numbers(message, setting, when, correcting=correcting),
        *find_choices(message, setting, intents, when),
        *_names(message, setting),
        *_hinted(message, setting),
        *_dates(message, setting, when),
        *_yes_no(message, setting, intents),
    ]
    if correcting and not intents & NO_CORRECTION:
        found += _corrections(message, setting, found)
    weak_no = Intent.NO in intents
    retold = set() if Intent.QUESTION in intents else _retold(setting)
    found = [
        answer
        for answer in found
        if answer.key in retold or _may_say(answer, setting, correcting, weak_no)
    ]
    if not any(answer.key == _asking_key(setting) for answer in found):
        spans = [(answer.start, answer.end) for answer in found] + list(topics)
        found += _free(message, setting, intents, [*spans, *_busy(message, setting, when)])
    return [answer for answer in found if answer.start < answer.end]


def _asking_key(setting: Setting) -> str:
    return setting.asking.key if setting.asking else ""


def _may_say(answer: Found, setting: Setting, correcting: bool, weak_no: bool) -> bool:
    if answer.start >= answer.end:
        return False
    if answer.key not in setting.known or answer.key == _asking_key(setting):
        return True
    if setting.known[answer.key] == answer.value:
        return True  # said again: the reader notes it
    return correcting or answer.explicit or (weak_no and answer.key == setting.last)


def _retold(setting: Setting) -> set[str]:
    """What a choice's own words change once nothing is asked: «y lo quiero para un negocio»."""
    if setting.asking is not None:
        return set()
    return {question.key for question in setting.playbook.questions if question.kind == "choice"}


def _is_place(question: Question | None) -> bool:
    return (
        question is not None
        and question.kind == "text"
        and any(f" {hint}".endswith(PLACE_HINTS) for hint in question.hints)
    )


def _busy(message: Folded, setting: Setting, when: When) -> list[tuple[int, int]]:
    """Where a time was said that is no answer in words: «mañana por la tarde» is no city."""
    if not when:
        return []
    rest = list(message.plain)
    for start, end in when.spans:
        rest[start:end] = " " * (end - start)
    only_time = not re.search(r"[^\W\d_]{2}", TIME_WORDS.sub(" ", "".join(rest)))
    return list(when.spans) if only_time or _is_place(setting.asking) else []


def _names(message: Folded, setting: Setting) -> list[Found]:
    question = next((q for q in setting.playbook.questions if q.kind == "name"), None)
    if question is None:
        return []
    asked = setting.asks(question)
    name = introduced_name(message, asked=asked)
    if name is None and not asked and question.key not in setting.known:
        name = bare_name(message, ours=folded(setting.playbook.assistant_name))
    if name is None:
        return []
    return [Found(question.key, name.value, name.start, name.end, explicit=name.strong)]


def _hinted(message: Folded, setting: Setting) -> list[Found]:
    found = []
    named = any(q.kind == "name" and q.key in setting.known for q in setting.playbook.questions)
    for question in setting.playbook.questions:
        span = None
        if question.kind == "text" and question.hints:
            span = hinted_text(message, [folded(hint) for hint in question.hints])
            asked = setting.asks(question)
            placed = placed_text(message, asked=asked, named=named) if _is_place(question) else None
            if span is None and placed:
                found.append(Found(question.key, message.quote(*placed), *placed))
        elif question.kind == "company":
            span = company(message)
        if span:
            found.append(Found(question.key, message.quote(*span), span[0], span[1], explicit=True))
    return found


def _dates(message: Folded, setting: Setting, when: When) -> list[Found]:
    if when.day is None or not when.spans:
        return []
    for question in setting.playbook.questions:
        hinted = any(whole_words(folded(h)).search(message.plain) for h in question.hints)
        if question.kind == "date" and (setting.asks(question) or hinted):
            return [Found(question.key, when.day.isoformat(), *when.spans[0], explicit=hinted)]
    return []


def _yes_no(message: Folded, setting: Setting, intents: frozenset[Intent]) -> list[Found]:
    question = setting.asking
    if question is None or question.kind != "yes_no" or Intent.QUESTION in intents:
        return []
    word = re.search(r"[\w👍👎✅👌🙌]+", message.plain)
    yes, no = Intent.YES in intents, Intent.NO in intents
    if no and BUT.search(message.plain):
        return []  # «no, pero tengo un gato»
    if word is None or yes == no:
        return []
    return [Found(question.key, yes, *word.span())]


def _corrections(message: Folded, setting: Setting, found: list[Found]) -> list[Found]:
    wordy = {
        question.key: str(setting.known[question.key])
        for question in setting.playbook.questions
        if question.kind in ("text", "name", "company") and question.key in setting.known
    }
    if any(answer.key in wordy for answer in found):
        return []
    key, span = corrected_text(message, wordy, setting.last, typed=bool(found))
    if not key or span is None:
        return []
    question = setting.playbook.question(key)
    if question and question.kind == "name" and not may_be_name(message.plain[slice(*span)]):
        return []
    if _is_place(question) and not sounds_like_a_place(message.plain[slice(*span)]):
        return []
    return [Found(key, message.quote(*span), *span, explicit=True)]


def _free(
    message: Folded,
    setting: Setting,
    intents: frozenset[Intent],
    spans: list[tuple[int, int]],
) -> list[Found]:
    question = setting.asking
    if question is None or question.kind not in ("text", "name", "company"):
        return []
    if question.kind == "name":
        return _free_name(message, question, intents, spans)
    span = free_text(message, intents, spans)
    if span and _is_place(question) and not sounds_like_a_place(message.plain[slice(*span)]):
        return []
    if span and question.kind == "company":
        span = span if sounds_like_a_company(message.plain[slice(*span)]) else None
    return [Found(question.key, message.quote(*span), *span)] if span else []


def _free_name(
    message: Folded,
    question: Question,
    intents: frozenset[Intent],
    spans: list[tuple[int, int]],
) -> list[Found]:
    name = None if intents & NO_NAME else given_name(message)
    if name is None or any(name.start < b and a < name.end for a, b in spans):
        return []
    if Intent.QUESTION in intents and not _ends_before_question(message, name.end):
        return []
    return [Found(question.key, name.value, name.start, name.end)]


def _ends_before_question(message: Folded, end: int) -> bool:
    """Whether the name is a sentence of its own: «Carlos. ¿Y cuánto cuesta?»."""
    rest = message.plain[end:].lstrip(" ")
    return rest[:1] in {".", ",", ";", "\n", "¿", "!"} and "?" in rest[1:]
