"""Which language a lead writes, and when that is clear enough to change ours."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.engines.guided.folding import fold
from agent.engines.guided.words import word_list
from agent.playbook.schema import Playbook
from agent.turn import LANGUAGES, Language, TurnContext

WORDS: Mapping[Language, frozenset[str]] = {
    "es": word_list("spanish"),
    "en": word_list("english"),
    "pt": word_list("portuguese"),
}
MARKS: Mapping[Language, re.Pattern[str]] = {
    "es": re.compile(r"[¿¡ñ]"),
    "en": re.compile(r"(?!)"),
    "pt": re.compile(r"[ãõçâêô]|\bàs?\b|\bolá\b|\bé\b"),
}
MARKED = 2
NAMES: Mapping[Language, str] = {
    "es": "spanish|espanol|espanhol",
    "en": "english|ingles",
    "pt": "portuguese|portugues|brazilian",
}
ASKED = {
    language: re.compile(
        rf"\b(?:(?:prefer|prefiero|prefiro) (?:en |em )?|in |en |em |do you speak |hablas? |hablan "
        rf"|falas? |falam )(?:{names})\b|\b(?:{names}) (?:please|por favor)\b"
    )
    for language, names in NAMES.items()
}
CLEARLY = 2
NOT_WORDS = re.compile(r"\S*@\S*|\S+\.(?:com|net|org)\b\S*|https?://\S+")
FOREIGN = re.compile(
    r"\b(?:bonjour|bonsoir|voudrais|merci|je|s'il vous plait|vorrei|grazie|buongiorno|hallo|danke|bitte"
    r"|ich)\b"
)


def choose_language(context: TurnContext) -> Language:
    """Keep the conversation's language unless this burst is clearly in another of ours."""
    spoken, wanted = languages_of(context.playbook), _wanted(context)
    if wanted in spoken:
        return wanted
    keeps = context.language in spoken and not context.first_turn
    return context.language if keeps else spoken[0]


def languages_of(playbook: Playbook) -> tuple[Language, ...]:
    """The languages in which the business answers; Spanish if it names none that we know."""
    named = (one for name in playbook.languages for one in LANGUAGES if one == name)
    return tuple(named) or LANGUAGES[:1]


def unspoken(context: TurnContext) -> Language | None:
    """The language that this burst is in, or asks for, and that the business does not answer in."""
    wanted = _wanted(context)
    return None if wanted in languages_of(context.playbook) else wanted


def is_foreign(plain: str) -> bool:
    """Whether a folded text is in a language that is none of ours."""
    return bool(FOREIGN.search(plain))


def count_words(text: str) -> dict[Language, int]:
    """Count the words that each language uses, and the letters that only it has."""
    said = NOT_WORDS.sub(" ", text)
    words = re.findall(r"[a-z']+", fold(said).plain)
    return {
        language: sum(word in known for word in words)
        + MARKED * bool(MARKS[language].search(said.lower()))
        for language, known in WORDS.items()
    }


def _wanted(context: TurnContext) -> Language:
    """What they ask for, else what they write, else what was spoken so far."""
    text = " ".join(message.text for message in context.inbound if not message.reply_id)
    plain, current = fold(text).plain, context.language
    asked = next((one for one, pattern in ASKED.items() if pattern.search(plain)), None)
    if asked is not None:
        return asked
    counts = count_words(text)
    most = max(counts.values())
    likeliest = [language for language, count in counts.items() if count == most]
    needed, times = (1, 1) if context.first_turn else (CLEARLY, 2)
    if len(likeliest) > 1 or most < needed or most <= counts[current] * times:
        return current
    return likeliest[0]
