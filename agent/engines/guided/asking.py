"""The conversation's ordinary course: acknowledge, answer digressions, ask the next question."""

from __future__ import annotations

from agent import wording
from agent.engines.guided.intents import Intent
from agent.engines.guided.offering import offer
from agent.engines.guided.talk import Replies, Talk
from agent.playbook.schema import Question
from agent.playbook.scoring import score
from agent.turn import HandoffWhy, Reply

MOST_UNKNOWN = 2
STUCK_AT = 2
AUDIO = frozenset({"audio", "voice"})
FILES = frozenset({"image", "document", "video"})
HARMLESS = frozenset({"sticker", "reaction"})
POLITE = (Intent.HELLO, Intent.THANKS, Intent.SMALL_TALK, Intent.BYE, Intent.EMOJI, Intent.LANGUAGE)


def answer_and_ask(talk: Talk) -> Replies:
    """Say what the burst calls for, then take the next step."""
    skipped = _skip(talk)
    _acknowledge(talk)
    _digress(talk)
    _media(talk)
    _be_polite(talk)
    if talk.memory.unknown >= MOST_UNKNOWN and talk.reading.unknown_question:
        return talk.hand_off(HandoffWhy.STUCK)
    if skipped:
        talk.parts.append(talk.say("skipped"))
    question = talk.next_question()
    if question is not None and talk.context.meeting is None:
        return _ask(talk, question)
    return _after_questions(talk)


def _skip(talk: Talk) -> bool:
    if talk.reading.has(Intent.NO_EMAIL):
        return _skip_email(talk)
    question = talk.playbook.question(talk.memory.asking)
    if question is None or talk.value(question.key) is not None:
        return False
    refuses = talk.reading.has(Intent.SKIP) or (
        not question.required and talk.reading.has(Intent.NO) and not talk.reading.answers
    )
    if refuses:
        talk.memory.skipped.append(question.key)
        talk.progress = True
    return refuses


def _skip_email(talk: Talk) -> bool:
    keys = [question.key for question in talk.playbook.questions if question.kind == "email"]
    refused = [key for key in keys if talk.value(key) is None and key not in talk.memory.skipped]
    talk.memory.skipped.extend(refused)
    talk.progress = talk.progress or bool(refused)
    return bool(refused)


def _acknowledge(talk: Talk) -> None:
    answers = talk.reading.answers
    if not answers:
        return
    values = [text for key in answers if (text := _shown(talk, key))]
    named = next((key for key in answers if _kind(talk, key) == "name"), "")
    if talk.reading.corrected:
        key = "corrected" if values else "corrected_plain"
        talk.parts.append(talk.say(key, values=", ".join(values)))
        return
    said = []
    if named and talk.name:
        said.append(talk.say("nice_to_meet", name=talk.name))
    if values:
        said.append(talk.say("noted", values=", ".join(values)))
    if said:
        talk.parts.append(" ".join(said))
    elif not (talk.context.first_turn or talk.reading.topics or talk.reading.unknown_question):
        talk.parts.append(talk.say(f"thanks_{len(talk.facts) % 3 + 1}"))


def _shown(talk: Talk, key: str) -> str:
    """Repeat what we may have misread: numbers, dates, choices. Never free text."""
    question, value = talk.playbook.question(key), talk.value(key)
    if question is None:
        return ""
    if question.kind == "money" and isinstance(value, int | float):
        return wording.money(value, talk.playbook.currency)
    if question.kind == "number":
        return f"{value:g}" if isinstance(value, int | float) else ""
    if question.kind == "choice" and key in talk.reading.corrected:
        choice = next((choice for choice in question.choices if choice.value == value), None)
        label = wording.pick(choice.label, talk.language) if choice else ""
        return f"«{label}»" if label and talk.language == "es" else label
    return ""


def _kind(talk: Talk, key: str) -> str:
    question = talk.playbook.question(key)
    return question.kind if question else ""


def _digress(talk: Talk) -> None:
    said = [wording.pick(topic.answer, talk.language) for topic in talk.reading.topics]
    if not said and talk.reading.has(Intent.INFO):
        said = [wording.pick(talk.playbook.about, talk.language)]
    if talk.reading.has(Intent.WHY):
        said.append(talk.say("why"))
    if talk.reading.has(Intent.BOT) and not talk.context.first_turn:
        playbook = talk.playbook
        said.append(
            talk.say("bot_yes", assistant=playbook.assistant_name, business=playbook.business_name)
        )
    if talk.reading.unknown_question and not said:
        said.append(talk.say("unknown_question"))
        talk.memory.unknown += 1
    elif talk.progress or said:
        talk.memory.unknown = 0
    if said:
        talk.parts.extend(said)
        talk.progress = True


def _media(talk: Talk) -> None:
    kinds = talk.reading.kinds
    if not kinds:
        return
    heard = bool(talk.reading.texts)
    if kinds & AUDIO and not heard:
        talk.parts.append(talk.say("audio"))
    elif kinds & FILES:
        talk.parts.append(talk.say("file"))
    elif "location" in kinds:
        talk.parts.append(talk.say("location"))
    elif not kinds & HARMLESS and not heard:
        talk.parts.append(talk.say("unsupported"))
    talk.progress = True


def _be_polite(talk: Talk) -> None:
    reading = talk.reading
    if reading.has(*POLITE):
        talk.progress = True
    if talk.parts:
        return
    if reading.has(Intent.SMALL_TALK):
        talk.parts.append(talk.say("small_talk"))
    elif reading.has(Intent.THANKS):
        talk.parts.append(talk.say("welcome"))
    elif reading.has(Intent.HELLO) and not talk.context.first_turn:
        talk.parts.append(talk.say("hello_again"))


def _ask(talk: Talk, question: Question) -> Replies:
    memory = talk.memory
    if _wants_meeting(talk):
        talk.progress = True
        if not talk.parts or talk.context.first_turn:
            talk.parts.append(talk.say("first_questions"))
    again = False
    if memory.asking == question.key and not talk.progress:
        again = True
        memory.misses[question.key] = memory.misses.get(question.key, 0) + 1
        if memory.misses[question.key] >= STUCK_AT:
            return _give_up(talk, question)
    memory.asking = question.key
    if again and talk.reading.has(Intent.TOLD):
        return talk.finish(
            _with_text(wording.ask(question, talk.language), talk.say("told_already"))
        )
    return talk.finish(wording.ask(question, talk.language, again=again))


def _wants_meeting(talk: Talk) -> bool:
    return talk.reading.has(Intent.MEET) or bool(talk.reading.when and talk.memory.wish.day)


def _give_up(talk: Talk, question: Question) -> Replies:
    if question.required:
        return talk.hand_off(HandoffWhy.STUCK)
    talk.memory.skipped.append(question.key)
    talk.parts.append(talk.say("skipped"))
    following = talk.next_question()
    if following is None:
        return _after_questions(talk)
    talk.memory.asking = following.key
    return talk.finish(wording.ask(following, talk.language))


def _with_text(reply: Reply, text: str) -> Reply:
    return Reply(text, reply.kind, reply.options, reply.button_label)


def _after_questions(talk: Talk) -> Replies:
    if talk.context.meeting is not None:
        return _close(talk)
    finished_now = bool(talk.memory.asking)
    talk.memory.asking = ""
    points = score(talk.playbook, talk.facts.values()).points
    if points < talk.playbook.meeting_from:
        if talk.reading.has(Intent.MEET) and not finished_now:
            return talk.hand_off(HandoffWhy.POLICY)
        return talk.finish(Reply(talk.say("no_meeting_yet")))
    if talk.memory.phase == "declined" and not (finished_now or talk.reading.has(Intent.MEET)):
        return _close(talk)
    return offer(talk, talk.memory.wish)


def _close(talk: Talk) -> Replies:
    """Nothing is open: stay at hand without starting anything new."""
    talk.memory.asking = ""
    if talk.reading.has(Intent.BYE):
        return talk.finish(Reply(talk.say("bye")))
    if talk.progress or talk.reading.has(Intent.YES, Intent.NO):
        talk.memory.misses.pop("", None)
        key = "here_if_needed" if talk.reading.has(Intent.THANKS, Intent.YES, Intent.NO) else ""
        return talk.finish(Reply(talk.say(key or "anything_else")))
    misses = talk.memory.misses.get("", 0) + 1
    talk.memory.misses[""] = misses
    if misses >= STUCK_AT:
        return talk.hand_off(HandoffWhy.STUCK)
    return talk.finish(Reply(f"{talk.say('again')} {talk.say('anything_else')}"))
