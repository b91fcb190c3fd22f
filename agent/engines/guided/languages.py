"""Which language a lead writes, and when that is clear enough to change ours."""

from __future__ import annotations

import re

from agent.engines.guided.folding import fold
from agent.turn import Language, TurnContext

SPANISH = frozenset(
    [
        "hola",
        "buenas",
        "buenos",
        "dias",
        "tardes",
        "noches",
        "que",
        "quiero",
        "quisiera",
        "necesito",
        "para",
        "por",
        "favor",
        "gracias",
        "soy",
        "me",
        "llamo",
        "mi",
        "nombre",
        "es",
        "el",
        "la",
        "los",
        "las",
        "un",
        "una",
        "unos",
        "unas",
        "en",
        "de",
        "del",
        "con",
        "como",
        "cuanto",
        "cuando",
        "donde",
        "cual",
        "quien",
        "porque",
        "si",
        "pero",
        "estoy",
        "estamos",
        "tengo",
        "tienen",
        "puede",
        "pueden",
        "puedo",
        "precio",
        "casa",
        "negocio",
        "luz",
        "recibo",
        "pago",
        "cita",
        "manana",
        "jueves",
        "viernes",
        "lunes",
        "martes",
        "miercoles",
        "sabado",
        "domingo",
        "hablar",
        "persona",
        "informacion",
        "anuncio",
        "vi",
        "su",
        "sus",
        "perdon",
        "disculpa",
        "mejor",
        "mas",
        "menos",
        "este",
        "esta",
        "eso",
        "interesa",
        "gustaria",
        "ya",
        "te",
        "lo",
        "dije",
        "vivo",
        "somos",
        "cuesta",
        "ustedes",
        "usted",
        "ano",
        "hoy",
        "tarde",
    ]
)
ENGLISH = frozenset(
    [
        "hi",
        "hello",
        "hey",
        "the",
        "is",
        "are",
        "am",
        "i",
        "i'm",
        "i'd",
        "i'll",
        "my",
        "me",
        "your",
        "you",
        "we",
        "our",
        "they",
        "it",
        "it's",
        "what",
        "how",
        "when",
        "where",
        "who",
        "why",
        "which",
        "can",
        "could",
        "would",
        "should",
        "do",
        "does",
        "did",
        "have",
        "has",
        "want",
        "need",
        "like",
        "please",
        "thanks",
        "thank",
        "for",
        "with",
        "about",
        "from",
        "of",
        "and",
        "but",
        "not",
        "to",
        "in",
        "on",
        "at",
        "this",
        "that",
        "there",
        "be",
        "will",
        "an",
        "morning",
        "afternoon",
        "evening",
        "tomorrow",
        "today",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "next",
        "week",
        "house",
        "home",
        "business",
        "bill",
        "pay",
        "name",
        "price",
        "cost",
        "speak",
        "talk",
        "saw",
        "ad",
        "works",
        "time",
        "change",
        "move",
        "cancel",
        "meeting",
        "appointment",
        "interested",
        "looking",
        "sorry",
    ]
)
ASKED = (
    ("en", re.compile(r"\b(in english|english please|en ingles|do you speak english)\b")),
    ("es", re.compile(r"\b(en espanol|espanol por favor|in spanish|hablas? espanol)\b")),
)
CLEARLY = 2
FOREIGN = re.compile(
    r"\b(?:quero|voce|voces|obrigad[oa]|meu|minha|preco|boa tarde|bom dia|boa noite|gostaria|sao"
    r"|bonjour|bonsoir|voudrais|merci|je|s'il vous plait|vorrei|grazie|buongiorno|hallo|danke|bitte"
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
    return bool(FOREIGN.search(plain))
