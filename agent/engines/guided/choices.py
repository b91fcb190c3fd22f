"""Which of a question's choices a message names, guesses or misspells."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache

from agent.engines.guided.dates import find_month
from agent.engines.guided.folding import Folded, folded
from agent.engines.guided.hours import When
from agent.engines.guided.intents import Intent
from agent.engines.guided.ordinals import ORDINAL, ORDINALS
from agent.engines.guided.setting import Found, Setting
from agent.playbook.schema import Choice, Question

NEGATED = re.compile(
    r"\b(?:no(?: es| era| son| me| nos| te| le)?|none of your|not|isn't|it's not|sin|nao(?: e| era| sao)?|sem)(?: (?:para|pra|for|de))?"
    r"(?: (?:mi|un|una|la|el|my|a|an|the|our|minha|meu|um|uma|o))?\s*$"
)


# A competitor is no business of the lead's own.
COMPETITOR = re.compile(
    r"\b(?:otras?|outras?|another|other) (?:empresas?|companias?|company|companhia)\b|\bmercado li[bv]re\b"
)
# «Esse negócio de energia solar» is a thing, not a business.
A_THING = re.compile(r"\b(?:d?(?:esse|este)|nesse|es[et]e|tal|um|un) negocio d(?:e|el|a|o|as|os)\b")
# «¿Tienen oficina en Puebla?», «el teléfono de la oficina» are about ours.
OURS = re.compile(
    r"(?<!\bpara )(?<!\bpa )(?<!\bpra )(?<!\bfor )\b(?:el|la|los|las|su|sus|tienen|tem|the|you have)(?: (?:una?|an?|uma?|alguna?))? $"
)
# «Es para el negocio» says so, whatever was understood before.
IT_IS_FOR = re.compile(
    r"(?<!\bsi )(?<!\bno )\b(?:es|son|seria|it's|e|seria) (?:para|pa|pra|pro|for)"
    r"(?: (?:el|la|mi|un|una|o|a|meu|minha|um|uma|my|the|our|nuestr[oa]))? $"
)
CLOSE_ENOUGH = 0.82
SHORTEST_PHRASE = 9


SHORT_WORD = 2  # «ya» means a choice only as the whole answer


# Too common in other sentences to answer a question that was not asked.
WEAK_WORDS = frozenset(
    {
        "ahorita",
        "pronto",
        "soon",
        "local",
        "despues",
        "luego",
        "later",
        "company",
        "logo",
        "ja",
        "agora",
        "depois",
    }
)


# What people say for a day so far ahead, to be found among the words of the choices.
HORIZONS = (
    (31, frozenset({"este mes", "this month", "lo antes posible"})),
    (120, frozenset({"unos meses", "el proximo mes", "next month", "a few months"})),
    (730, frozenset({"mas adelante", "el proximo ano", "next year", "later on"})),
)


def find_choices(
    message: Folded, setting: Setting, intents: frozenset[Intent], when: When
) -> list[Found]:
    """Find an answer to each question that has choices."""
    found = []
    competitor = COMPETITOR.search(message.plain) is not None
    things = [match.span() for match in A_THING.finditer(message.plain)]
    for question in setting.playbook.questions:
        if question.kind != "choice" or Intent.LATER in intents or competitor:
            continue
        asked = setting.asks(question)
        answer = _choice(message, question, asked=asked, correcting=Intent.CORRECT in intents)
        asks = Intent.QUESTION in intents
        if answer and asks and OURS.search(message.plain, 0, answer.start):
            continue
        if answer and not asks:
            told = IT_IS_FOR.search(message.plain, 0, answer.start) is not None
            answer = replace(answer, explicit=told)
        if answer is None and asked:
            answer = _guessed_choice(message, question) or _by_date(
                message, question, setting, when
            )
        if answer and not any(a <= answer.start < b for a, b in things):
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
            for match in _or_more(phrase).finditer(message.plain):
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


@lru_cache(maxsize=4096)
def _or_more(phrase: str) -> re.Pattern[str]:
    """One or several of it: «hotel», «hoteles»."""
    return re.compile(rf"\b{re.escape(phrase)}(?:e?s)?\b")


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
        if text in phrases or (len(text) >= 3 and any(each.startswith(text) for each in phrases)):
            return Found(question.key, choice.value, start, start + len(text))
    return _misspelt_choice(message, question)


def _misspelt_choice(message: Folded, question: Question) -> Found | None:
    best: tuple[float, Found] | None = None
    words = list(re.finditer(r"[a-z]{2,20}", message.plain[:400]))
    for choice in question.choices:
        for phrase in (each for each in _phrases(choice) if len(each) > 3):
            size = phrase.count(" ") + 1
            if size > 1 and len(phrase) < SHORTEST_PHRASE:
                continue  # «pra lá» is no «pra já»
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
