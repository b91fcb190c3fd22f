"""What a lead wants from the conversation itself, found by phrases in folded text."""

from __future__ import annotations

import re
from enum import StrEnum

from agent.engines.guided.meeting_phrases import MEETING_PHRASES
from agent.engines.guided.phrases import PERSON, TALK_PHRASES
from agent.engines.guided.portuguese import PORTUGUESE_PHRASES


class Intent(StrEnum):
    """Something other than an answer."""

    HUMAN = "human"
    INSULT = "insult"
    REPEAT = "repeat"
    TOLD = "told"
    SKIP = "skip"
    CORRECT = "correct"
    CANCEL = "cancel"
    MOVE = "move"
    DETAILS = "details"
    INFO = "info"
    MEET = "meet"
    NONE_FITS = "none_fits"
    ANY_FITS = "any_fits"
    BOT = "bot"
    SMALL_TALK = "small_talk"
    HELLO = "hello"
    THANKS = "thanks"
    BYE = "bye"
    YES = "yes"
    NO = "no"
    QUESTION = "question"
    EMOJI = "emoji"
    NO_EMAIL = "no_email"
    LANGUAGE = "language"
    WHY = "why"
    LATER = "later"
    NOT_INTERESTED = "not_interested"
    NO_MEETING = "no_meeting"
    CANNOT = "cannot"
    NO_QUESTIONS = "no_questions"
    NEEDS_STAFF = "needs_staff"
    RESUME = "resume"


# What is neither a name nor any other answer.
ASIDE = frozenset(
    {
        Intent.SKIP,
        Intent.REPEAT,
        Intent.TOLD,
        Intent.INFO,
        Intent.LATER,
        Intent.NOT_INTERESTED,
        Intent.LANGUAGE,
        Intent.MEET,
        Intent.NO_MEETING,
        Intent.NO_QUESTIONS,
        Intent.NEEDS_STAFF,
        Intent.RESUME,
    }
)
SPEAKS_OF_MEETING = frozenset({Intent.MEET, Intent.MOVE, Intent.CANCEL, Intent.DETAILS})
# What is understood for itself, so that the rest is no question that we cannot answer.
NOT_PUZZLING = (
    ASIDE
    | SPEAKS_OF_MEETING
    | {
        Intent.HUMAN,
        Intent.BOT,
        Intent.SMALL_TALK,
        Intent.NONE_FITS,
        Intent.ANY_FITS,
        Intent.WHY,
        Intent.NO_EMAIL,
        Intent.EMOJI,
        Intent.CANNOT,
    }
)
# No free words stand beside these.
SILENT = NOT_PUZZLING | {Intent.INSULT, Intent.BYE}
PHRASES = {**TALK_PHRASES, **MEETING_PHRASES}
COMPILED = {
    intent: tuple(map(re.compile, (*PHRASES[intent], *PORTUGUESE_PHRASES.get(intent, ()))))
    for intent in Intent
}
REFUSES_PERSON = re.compile(
    r"\b(?:no (?:quiero|necesito|hace falta)|don'?t (?:want|need)|nao (?:quero|preciso))\b(?: \w+){0,3} "
    rf"(?:{PERSON}|alguien|someone|alguem)\b"
)
URGENT = re.compile(r"\b(?:ya|ahora|ahorita|right now|now|agora|ja)\b")
MEETING_WORD = re.compile(
    r"\b(?:cita|reunion|agend\w+|videollamada|visita|appointment|meeting|schedule|book|marcar"
    r"|marca|reuniao|videochamada)\b"
)
SENTENCE = re.compile(r"[.?!\n]+")
LETTERS = re.compile(r"\w")


def find_intents(plain: str) -> frozenset[Intent]:
    """Find every intent of one message."""
    if not LETTERS.search(plain) and "?" not in plain:
        thumbs = {intent for intent in (Intent.YES, Intent.NO) if _matches(intent, plain)}
        return frozenset({Intent.EMOJI, *thumbs})
    found = {intent for intent in COMPILED if _matches(intent, plain)}
    if Intent.HUMAN in found and not _wants_person(plain, found):
        found.discard(Intent.HUMAN)
    if Intent.NO_MEETING in found:
        found.discard(Intent.MEET)
    if Intent.INSULT in found and re.search(r"\bno (?:te )?entiendo\b", plain):
        found.discard(Intent.INSULT)
    return frozenset(found)


def _matches(intent: Intent, plain: str) -> bool:
    return any(pattern.search(plain) for pattern in COMPILED[intent])


def _asks_beside(sentence: str) -> bool:
    """«¿Eres un robot? Quiero una persona»: the second one asks, the first only wonders."""
    return _matches(Intent.HUMAN, sentence) and not _matches(Intent.BOT, sentence)


def _wants_person(plain: str, found: set[Intent]) -> bool:
    if REFUSES_PERSON.search(plain):
        return False
    if Intent.BOT in found and not any(map(_asks_beside, SENTENCE.split(plain))):
        return False
    return not MEETING_WORD.search(plain) or bool(URGENT.search(plain))
