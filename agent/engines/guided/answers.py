"""Answers to the playbook's questions inside one message, with the place that said them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from agent.engines.guided.dates import When, find_month, find_when
from agent.engines.guided.folding import Folded, folded, whole_words
from agent.engines.guided.intents import Intent
from agent.engines.guided.names import given_name, introduced_name, may_be_name
from agent.engines.guided.numbers import Amount, find_amounts
from agent.engines.guided.prose import (
    PLACE_HINTS,
    company,
    corrected_text,
    free_text,
    hinted_text,
    placed_text,
    sounds_like_a_place,
)
from agent.playbook.schema import Choice, Playbook, Question
from agent.turn import Language

EMAIL = re.compile(
    r"(?<![\w.+-])[a-z0-9](?:[\w.+-]{0,62}[a-z0-9_+-])?@(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,4}"
    r"[a-z]{2,24}(?![\w@-])"
)
SPOKEN_EMAIL = re.compile(
    r"\b([a-z0-9][\w.+-]{0,40})\s+(?:arroba|at)\s+([a-z0-9-]{2,40})\s+(?:punto|dot)\s+"
    r"(com|net|org|mx|es|co|edu|io)(?:\s+(?:punto|dot)\s+(mx|co|ar|pe|cl))?\b"
)
NEGATED = re.compile(
    r"\b(?:no(?: es| era| son)?|not|isn't|it's not|sin)(?: (?:para|for|de))?"
    r"(?: (?:mi|un|una|la|el|my|a|an|the|our))?\s*$"
)
ORDINAL = re.compile(
    r"^\W*(?:(?:la|el|the|opcion|option|number|numero)\s+)?(?:(?P<digit>\d{1,2})|"
    r"(?P<word>primer[oa]?|segund[oa]|tercer[oa]?|cuart[oa]|quint[oa]|ultim[oa]|first|second|third"
    r"|fourth|fifth|last))(?:\s+(?:opcion|option|one))?\W*(?:por favor|please)?\W*$"
)
ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "primer primero primera first",
            "segundo segunda second",
            "tercer tercero tercera third",
            "cuarto cuarta fourth",
            "quinto quinta fifth",
        ),
        start=1,
    )
    for word in words.split()
} | {"ultimo": -1, "ultima": -1, "last": -1}
CLOSE_ENOUGH = 0.82
SMALL_MONEY = 20
SUBSTANTIAL = 100
ROUGHLY = re.compile(r"\b(?:como|unos|unas|son|alrededor de|cerca de|about|around|like)\b")
MOST_AMOUNTS = 20
REACH = 45
SHORT_WORD = 2  # «ya» means a choice only as the whole answer
# Too common in other sentences to answer a question that was not asked.
WEAK_WORDS = frozenset(
    {"ahorita", "pronto", "soon", "local", "despues", "luego", "later", "company"}
)
# What people say for a day so far ahead, to be found among the words of the choices.
HORIZONS = (
    (31, frozenset({"este mes", "this month", "lo antes posible"})),
    (120, frozenset({"unos meses", "el proximo mes", "next month", "a few months"})),
    (730, frozenset({"mas adelante", "el proximo ano", "next year", "later on"})),
)
TIME_WORDS = re.compile(
    r"\b(?:el|la|las|los|de|del|por|en|para|a|al|mejor|puede|podria|ser|seria|que|como|tipo|at|on|in"
    r"|the|for|around|maybe|could|it|be|si|se|y|o|or|me|queda|gustaria|pues|hola|esta|bien|dia)\b"
)
NO_NAME = frozenset(
    {
        Intent.SKIP,
        Intent.REPEAT,
        Intent.TOLD,
        Intent.INFO,
        Intent.LATER,
        Intent.NOT_INTERESTED,
        Intent.LANGUAGE,
        Intent.MEET,
    }
)
NO_CORRECTION = frozenset(
    {Intent.QUESTION, Intent.LANGUAGE, Intent.HUMAN, Intent.MEET, Intent.LATER, Intent.INFO}
)
NUMERIC = ("number", "money")


@dataclass(frozen=True)
class Found:
    """An answer at [start, end) of the folded text. `explicit`: the words name the question."""

    key: str
    value: Any
    start: int
    end: int
    explicit: bool = False


@dataclass(frozen=True)
class Setting:
    """What an answer is read against."""

    playbook: Playbook
    asking: Question | None
    last: str
    known: Mapping[str, Any]
    now: datetime
    language: Language
    slots_open: bool

    def asks(self, question: Question) -> bool:
        """Whether this question is the open one."""
        return self.asking is not None and self.asking.key == question.key


def find_answers(
    message: Folded,
    setting: Setting,
    intents: frozenset[Intent],
    topics: Iterable[tuple[int, int]] = (),
) -> list[Found]:
    """Find every answer in a message, typed ones first, free text last."""
    when = find_when(message.plain, setting.now, month_first=setting.language == "en")
    correcting = Intent.CORRECT in intents
    found = [
        *_emails(message, setting),
        *_numbers(message, setting, when, correcting=correcting),
        *_choices(message, setting, intents, when),
        *_names(message, setting),
        *_hinted(message, setting),
        *_dates(message, setting, when),
        *_yes_no(message, setting, intents),
    ]
    if correcting and not intents & NO_CORRECTION:
        found += _corrections(message, setting, found)
    if not any(answer.key == _asking_key(setting) for answer in found):
        spans = [(answer.start, answer.end) for answer in found] + list(topics)
        found += _free(message, setting, intents, [*spans, *_busy(message, setting, when)])
    weak_no = Intent.NO in intents
    return [answer for answer in found if _may_say(answer, setting, correcting, weak_no)]


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


def _emails(message: Folded, setting: Setting) -> list[Found]:
    question = next((q for q in setting.playbook.questions if q.kind == "email"), None)
    if question is None:
        return []
    if match := EMAIL.search(message.plain):
        return [Found(question.key, match.group(), *match.span(), explicit=True)]
    if match := SPOKEN_EMAIL.search(message.plain):
        value = f"{match[1]}@{match[2]}.{match[3]}" + (f".{match[4]}" if match[4] else "")
        return [Found(question.key, value, *match.span(), explicit=True)]
    return []


def _numbers(message: Folded, setting: Setting, when: When, *, correcting: bool) -> list[Found]:
    questions = [q for q in setting.playbook.questions if q.kind in NUMERIC]
    if not questions:
        return []
    busy = [*when.spans, *(match.span() for match in EMAIL.finditer(message.plain))]
    best: dict[str, tuple[tuple[bool, bool, float], Found]] = {}
    for amount in find_amounts(message.plain)[:MOST_AMOUNTS]:
        if not amount.marked and any(amount.start < b and a < amount.end for a, b in busy):
            continue
        question, hinted = _number_target(amount, message.plain, setting, questions, correcting)
        if question is None or not _plausible(amount, question, message.plain, setting):
            continue
        value = int(amount.value) if float(amount.value).is_integer() else amount.value
        rank = (amount.marked, hinted, amount.value)
        answer = Found(question.key, value, amount.start, amount.end, explicit=hinted)
        if question.key not in best or rank > best[question.key][0]:
            best[question.key] = (rank, answer)
    return [answer for _, answer in best.values()]


def _number_target(
    amount: Amount,
    plain: str,
    setting: Setting,
    questions: list[Question],
    correcting: bool,
) -> tuple[Question | None, bool]:
    nearest = min(
        ((_hint_distance(question, plain, amount), question) for question in questions),
        key=lambda pair: pair[0],
    )
    if nearest[0] <= REACH:
        return nearest[1], True
    if setting.asking and setting.asking.kind in NUMERIC:
        return setting.asking, False
    if setting.slots_open and not (amount.marked or correcting):
        return None, False
    money = [question for question in questions if question.kind == "money"]
    if amount.marked and len(money) == 1:
        return money[0], False
    if correcting:
        known = [question for question in questions if question.key in setting.known]
        last = next((question for question in known if question.key == setting.last), None)
        return last or (known[0] if len(known) == 1 else None), False
    return next((q for q in questions if q.key == setting.last), None) or _only_open(
        amount, plain, setting, questions
    ), False


def _only_open(
    amount: Amount, plain: str, setting: Setting, questions: list[Question]
) -> Question | None:
    """A number that stands alone, or is said roughly, answers the one question that wants one."""
    rest = plain[: amount.start] + plain[amount.end :]
    alone = not re.search(r"\w", ROUGHLY.sub("", rest))
    rough = ROUGHLY.search(plain[max(0, amount.start - 12) : amount.start]) is not None
    asked = setting.asking is not None and setting.asking.kind in ("choice", "email")
    alone = alone or (amount.value >= SUBSTANTIAL and (rough or asked))
    unknown = [question for question in questions if question.key not in setting.known]
    return unknown[0] if alone and len(questions) == len(unknown) == 1 else None


def _hint_distance(question: Question, plain: str, amount: Amount) -> int:
    nearest = REACH + 1
    for hint in question.hints:
        for match in whole_words(folded(hint)).finditer(plain):
            gap = max(amount.start - match.end(), match.start() - amount.end, 0)
            nearest = min(nearest, gap)
    return nearest


def _plausible(amount: Amount, question: Question, plain: str, setting: Setting) -> bool:
    if amount.bare_word:
        return setting.asks(question) and len(plain.split()) == 1
    if question.kind == "money" and not amount.marked and amount.value < SMALL_MONEY:
        return setting.asks(question) and len(plain.split()) <= 4
    return True


def _choices(
    message: Folded, setting: Setting, intents: frozenset[Intent], when: When
) -> list[Found]:
    found = []
    for question in setting.playbook.questions:
        if question.kind != "choice" or Intent.LATER in intents:
            continue
        asked = setting.asks(question)
        answer = _choice(message, question, asked=asked, correcting=Intent.CORRECT in intents)
        if answer is None and asked:
            answer = _guessed_choice(message, question) or _by_date(
                message, question, setting, when
            )
        if answer is not None:
            found.append(answer)
    return found


def _by_date(message: Folded, question: Question, setting: Setting, when: When) -> Found | None:
    """Read «en enero» or «para el lunes» as the choice that speaks of so far ahead."""
    day, span = when.day, when.spans[0] if when.spans else (0, 0)
    if when.hour is not None or when.part:
        return None
    if day is None and (month := find_month(message.plain, setting.now)):
        day, span = month
    if day is None:
        return None
    ahead = (day - setting.now.date()).days
    phrases = next((words for limit, words in HORIZONS if ahead <= limit), frozenset[str]())
    for choice in question.choices:
        if phrases & set(_phrases(choice)):
            return Found(question.key, choice.value, *span)
    return None


def _choice(message: Folded, question: Question, *, asked: bool, correcting: bool) -> Found | None:
    hits: list[tuple[int, int, str]] = []
    for choice in question.choices:
        for phrase in (each for each in _phrases(choice) if len(each) > SHORT_WORD):
            if phrase in WEAK_WORDS and not asked:
                continue
            if phrase not in message.plain:
                continue
            for match in whole_words(phrase).finditer(message.plain):
                before = message.plain[max(0, match.start() - 30) : match.start()]
                if not NEGATED.search(before):
                    hits.append((match.start(), match.end(), choice.value))
    if not hits:
        return None
    if correcting:
        start, end, value = max(hits)
    else:
        start, end, value = max(hits, key=lambda hit: (hit[1] - hit[0], -hit[0]))
    return Found(question.key, value, start, end)


def _guessed_choice(message: Folded, question: Question) -> Found | None:
    """Read «la segunda», the beginning of a label, or a misspelt word."""
    text = message.plain.strip(" .,!?¡¿\n")
    start = message.plain.find(text)
    if match := ORDINAL.match(text):
        number = ORDINALS.get(match["word"]) if match["word"] else int(match["digit"])
        index = len(question.choices) - 1 if number == -1 else (number or 0) - 1
        if 0 <= index < len(question.choices):
            return Found(question.key, question.choices[index].value, start, start + len(text))
    for choice in question.choices:
        phrases = _phrases(choice)
        if text in phrases or (len(text) >= 4 and any(each.startswith(text) for each in phrases)):
            return Found(question.key, choice.value, start, start + len(text))
    return _misspelt_choice(message, question)


def _misspelt_choice(message: Folded, question: Question) -> Found | None:
    best: tuple[float, Found] | None = None
    words = list(re.finditer(r"[a-z]{2,20}", message.plain[:400]))
    for choice in question.choices:
        for phrase in (each for each in _phrases(choice) if len(each) > 3):
            size = phrase.count(" ") + 1
            for first, last in zip(words, words[size - 1 :], strict=False):
                ratio = _likeness(message.plain[first.start() : last.end()], phrase)
                if ratio >= CLOSE_ENOUGH and (best is None or ratio > best[0]):
                    found = Found(question.key, choice.value, first.start(), last.end())
                    best = (ratio, found)
    return best[1] if best else None


def _likeness(said: str, phrase: str) -> float:
    if abs(len(said) - len(phrase)) > 2 or len(said) < 4 or said[0] != phrase[0]:
        return 0.0
    return SequenceMatcher(None, said, phrase).ratio()


def _phrases(choice: Choice) -> list[str]:
    labels = (folded(label) for label in choice.label.values())
    words = (folded(word) for word in choice.words)
    return [phrase for phrase in (*labels, *words) if len(phrase) > 1]


def _names(message: Folded, setting: Setting) -> list[Found]:
    question = next((q for q in setting.playbook.questions if q.kind == "name"), None)
    if question is None:
        return []
    asked = setting.asks(question)
    name = introduced_name(message, asked=asked)
    if name is None:
        return []
    return [Found(question.key, name.value, name.start, name.end, explicit=name.strong)]


def _hinted(message: Folded, setting: Setting) -> list[Found]:
    found = []
    for question in setting.playbook.questions:
        span = None
        if question.kind == "text" and question.hints:
            span = hinted_text(message, [folded(hint) for hint in question.hints])
            asked = setting.asks(question)
            placed = placed_text(message, asked=asked) if _is_place(question) else None
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
