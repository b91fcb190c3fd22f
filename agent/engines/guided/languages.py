"""Which language a lead writes, and when that is clear enough to change ours."""

from __future__ import annotations

import re

from agent.engines.guided.folding import fold
from agent.engines.guided.words import word_list
from agent.turn import Language, TurnContext

SPANISH = word_list("spanish")
ENGLISH = word_list("english")
ASKED = (
    (
        "en",
        re.compile(
            r"\b((?:prefer|prefiero) (?:en )?(?:english|ingles)|in english|english please|en ingles|do you speak english)\b"
        ),
    ),
    (
        "es",
        re.compile(
            r"\b((?:prefer|prefiero) (?:en )?(?:spanish|espanol)|en espanol|espanol por favor|in spanish|hablas? espanol)\b"
        ),
    ),
)
CLEARLY = 2
PORTUGUESE = re.compile(
    r"\b(?:quero|voce|voces|obrigad[oa]|meu|minha|preco|boa tarde|bom dia|boa noite|gostaria|nao"
    r"|tenho|estou|falar|portugues|amanha|paineis|reais|atendem|quanto custa|chamo)\b"
)
FOREIGN = re.compile(
    r"\b(?:bonjour|bonsoir|voudrais|merci|je|s'il vous plait|vorrei|grazie|buongiorno|hallo|danke|bitte"
    r"|ich)\b"
)


def choose_language(context: TurnContext) -> Language:
    """Keep the conversation's language unless this burst is clearly in the other one."""
    text = " ".join(message.text for message in context.inbound if not message.reply_id)
    current: Language = context.language
    for language, pattern in ASKED:
        if pattern.search(fold(text).plain):
            return "en" if language == "en" else "es"
    spanish, english = count_words(text)
    mine, other = (spanish, english) if current == "es" else (english, spanish)
    needed = 1 if context.first_turn else CLEARLY
    if other >= needed and other > mine * (1 if context.first_turn else 2):
        return "en" if current == "es" else "es"
    return current


def count_words(text: str) -> tuple[int, int]:
    """Count the words that only Spanish, and only English, would use."""
    words = re.findall(r"[a-z']+", fold(text).plain)
    spanish = sum(word in SPANISH for word in words)
    english = sum(word in ENGLISH for word in words)
    spanish += 2 * any(mark in text for mark in "¿¡ñÑ")
    return spanish, english


def is_foreign(plain: str) -> bool:
    """Whether a folded text is in neither of our languages."""
    return is_portuguese(plain) or bool(FOREIGN.search(plain))


def is_portuguese(plain: str) -> bool:
    """Whether a folded text is in the foreign language that most leads share."""
    return bool(PORTUGUESE.search(plain))
