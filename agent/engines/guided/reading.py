"""A burst of messages read as one: answers, intents, topics, times."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from agent.engines.guided.amounts import in_foreign_money
from agent.engines.guided.answers import find_answers
from agent.engines.guided.date_words import WEEKDAYS
from agent.engines.guided.dates import find_month, find_wish
from agent.engines.guided.folding import Folded, fold
from agent.engines.guided.forms import form_answers
from agent.engines.guided.hours import When
from agent.engines.guided.intents import NOT_PUZZLING, Intent, find_intents
from agent.engines.guided.names import cased, place_cased
from agent.engines.guided.places import said_zone
from agent.engines.guided.setting import Found, Setting
from agent.engines.guided.topics import find_topics
from agent.playbook.schema import Playbook, Question, Topic
from agent.turn import NO_MARKETING, Answer, InboundText, KnownFact, Language

LONGEST_READ = 2000
ASKED = re.compile(r"[^.,;!?¡¿\n]+\?")
# «No es lunes, es martes».
NOT_THAT_DAY = re.compile(
    rf"\b(?:no|nao|not) (?:es |era |e |it's )?(?:el |on |na )?(?:{'|'.join(WEEKDAYS)})\b"
    r"[\s,]*(?=(?:es|era|sino|mejor|melhor|e|but|it's)\b)"
)
CHANGED_MIND = re.compile(
    r"\b(?:(?:no+|nao)\W+(?:(?:no+|nao)\W+)*(?:mejor|melhor|espera|better|make it|wait)\b[\s,]*"
    # «No puedo a las 9, ¿a las 10?»
    r"|(?:no (?:puedo|podre|voy a poder)|nao (?:consigo|posso|vou conseguir)|can't)(?: \w+){0,3} \d{1,2}"
    r"\s*[,;]\s*(?:(?:y|e|mas|pero|but|mejor|que tal|a las|as|at) )*)"
    r"(?=(?P<number>\d{1,2}(?!\d|[:/.-]\d| de\b| ?mil| ?k\b))?)"
)
# «Si me haces descuento cierro hoy» wishes no time.
DEAL = re.compile(
    r"\b(?:cierro|cerramos|firmo|firmamos|compro|deposito|pago|contrato|fecho|fechamos|assino"
    r"|sign|buy|close|pay)(?: (?:it|ya|now))? (?:hoy|hoje|today|manana|amanha|tomorrow)(?: mismo)?\b"
)
SHORTEST_QUESTION = 3
LONGEST_ACRONYM = 4
ARE_YOU_THERE = re.compile(
    r"^\W*(?:(?:hola+|hi|hello|hey|alo|oye|oiga|buenas?|sigue[ns]? ahi|esta[ns]? ahi|hay alguien(?: ahi)?"
    r"|(?:are )?you (?:still )?there|(?:is )?any(?:one|body) (?:there|here)|contestan?|oi|ola|alguem(?: ai)?|tem alguem ai|esta[os]? ai|ta ai)\W*)+$"
)
# Slots are ids alone, and rows of a list.
OUR_OPTIONS = ("answer:", "cancel:", "move:", "book:")
READABLE = frozenset({"text", "button_reply", "list_reply"})
# What stands under an order is about the order: «para el lunes» wishes no meeting.
NO_TALK = frozenset({"order", "flow_reply", NO_MARKETING})


@dataclass
class Reading:
    """What a burst said. `taps` are reply ids nobody has checked yet."""

    answers: dict[str, Answer] = field(default_factory=dict)
    corrected: set[str] = field(default_factory=set)
    repeated: bool = False
    intents: set[Intent] = field(default_factory=set)
    topics: list[Topic] = field(default_factory=list)
    when: When = field(default_factory=When)
    zone: str = ""
    taps: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    unknown_question: bool = False
    foreign_money: bool = False

    def has(self, *intents: Intent) -> bool:
        """Whether any of these was said."""
        return any(intent in self.intents for intent in intents)


def read_burst(
    inbound: Iterable[InboundText], setting: Setting, facts: Iterable[KnownFact]
) -> Reading:
    """Read every message in order; a later answer replaces an earlier one."""
    reading = Reading()
    known = {fact.key: fact.value for fact in facts}
    for message in inbound:
        text = message.text[:LONGEST_READ]
        if message.kind == "request_welcome":
            reading.intents.add(Intent.HELLO)
        elif message.kind not in READABLE and (message.unheard or not message.spoken):
            reading.kinds.add(message.kind)
        if message.reply_id and not _is_foreign_button(message):
            reading.taps.append(message.reply_id)
            _read_tap(message, setting.playbook, reading, known)
        elif text.strip() and message.kind not in NO_TALK:
            asking = None if message.reply_id else setting.asking
            read_against = replace(setting, known=dict(known), asking=asking)
            _read_text(message.message_id, fold(text), read_against, reading, known)
        for answer in form_answers(message, setting):
            if known.get(answer.key) != answer.value:
                _keep(answer, reading, known)
    return reading


def _is_foreign_button(message: InboundText) -> bool:
    """A template's button: its words are said, while an option of ours is its id alone."""
    return message.kind == "button_reply" and not message.reply_id.startswith(OUR_OPTIONS)


def _read_tap(
    message: InboundText, playbook: Playbook, reading: Reading, known: dict[str, object]
) -> None:
    word, _, rest = message.reply_id.partition(":")
    key, _, value = rest.partition(":")
    question = playbook.question(key)
    if word != "answer" or question is None or not message.text.strip():
        return
    if any(choice.value == value for choice in question.choices):
        _keep(Answer(key, value, message.message_id, message.text.strip()), reading, known)


def _read_text(
    message_id: str,
    message: Folded,
    setting: Setting,
    reading: Reading,
    known: dict[str, object],
) -> None:
    intents = find_intents(message.plain)
    spans = find_topics(message.plain, setting.playbook, reading.topics)
    found = find_answers(message, _still_asking(setting, reading), intents, spans)
    for answer in found:
        quote, value = message.quote(answer.start, answer.end), _value(answer, setting)
        if answer.key in known and known[answer.key] == value:
            reading.repeated = True
        elif quote:
            _keep(Answer(answer.key, value, message_id, quote), reading, known)
    when = _when(message.plain, setting)
    reading.when = _joined(reading.when, when)
    reading.zone = said_zone(message.plain) or reading.zone
    reading.intents |= intents
    reading.texts.append(message.plain)
    reading.foreign_money |= in_foreign_money(message.plain, setting.playbook.currency)
    puzzled = Intent.QUESTION in intents and not (intents & NOT_PUZZLING)
    puzzled = puzzled and not ARE_YOU_THERE.match(message.plain)
    said = [*((answer.start, answer.end) for answer in found), *spans, *when.spans]
    if (puzzled and not said) or (found and _asks_besides(message.plain, said)):
        reading.unknown_question = True


def _asks_besides(plain: str, said: list[tuple[int, int]]) -> bool:
    """Whether a question stands next to the answers: «soy Ana, ¿hacen trámites en otro país?»."""
    for clause in ASKED.finditer(plain):
        start, end = clause.span()
        answers = any(a < end and start < b for a, b in said)
        intents = find_intents(clause[0])
        long = len(clause[0].split()) >= SHORTEST_QUESTION
        if long and not answers and Intent.QUESTION in intents and not intents & NOT_PUZZLING:
            return True
    return False


def _when(plain: str, setting: Setting) -> When:
    """Read a time, the last one where they changed their mind."""
    for pattern in (DEAL, NOT_THAT_DAY):
        plain = pattern.sub(lambda said: " " * len(said[0]), plain)
    for changed in reversed(list(CHANGED_MIND.finditer(plain))):
        start = changed.end()
        # «No, mejor 12»: a number by itself is the hour.
        at = "a las " if changed["number"] else ""
        later = _said_when(" " * (start - len(at)) + at + plain[start:], setting)
        if later:
            return _joined(_said_when(plain[: changed.start()], setting), later)
    return _said_when(plain, setting)


def _said_when(plain: str, setting: Setting) -> When:
    """Read a time; a bare month is one only while times are on offer."""
    when = find_wish(plain, setting.now, language=setting.language)
    month = None if when or not setting.slots_open else find_month(plain, setting.now)
    return When(day=month[0], onwards=True, spans=(month[1],)) if month else when


def _joined(before: When, now: When) -> When:
    """Read «el lunes» and «a las 9», sent apart, as one time."""
    if not (before and now) or (now.day and before.day):
        return now or before
    hourly = now if now.hour is not None else before
    return replace(
        now,
        day=now.day or before.day,
        or_day=now.or_day if now.day else before.or_day,
        part=now.part or before.part,
        hour=hourly.hour,
        minute=hourly.minute,
        bound=hourly.bound,
        onwards=now.onwards or before.onwards,
    )


def _still_asking(setting: Setting, reading: Reading) -> Setting:
    if setting.asking and setting.asking.key in reading.answers:
        return replace(setting, asking=None, last=setting.asking.key)
    return setting


def _keep(answer: Answer, reading: Reading, known: dict[str, object]) -> None:
    if answer.key in known and known[answer.key] != answer.value:
        reading.corrected.add(answer.key)
    reading.answers[answer.key] = answer
    known[answer.key] = answer.value


def _value(answer: Found, setting: Setting) -> object:
    question = setting.playbook.question(answer.key)
    value = answer.value
    if question and question.kind in ("text", "company", "name") and isinstance(value, str):
        shouted = value == value.upper() and len(value) > LONGEST_ACRONYM
        plainly = (value == value.lower() or shouted) and len(value.split()) <= 4
        written = cased(value) if plainly else value
        return written if question.kind == "name" else place_cased(written)
    return value


def make_setting(
    playbook: Playbook,
    *,
    asking: Question | None,
    last: str,
    now: datetime,
    language: Language,
    slots_open: bool,
) -> Setting:
    """Describe what the burst is read against, before its facts are known."""
    return Setting(
        playbook=playbook,
        asking=asking,
        last=last,
        known={},
        now=now,
        language=language,
        slots_open=slots_open,
    )
