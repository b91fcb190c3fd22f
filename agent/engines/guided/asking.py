"""The conversation's ordinary course: acknowledge, answer digressions, ask the next question."""

from __future__ import annotations

import re

from agent import wording
from agent.engines.guided.closing import after_questions
from agent.engines.guided.digressing import respond
from agent.engines.guided.intents import SPEAKS_OF_MEETING, Intent
from agent.engines.guided.offering import offer
from agent.engines.guided.prose import NO_COMPANY
from agent.engines.guided.talk import Replies, Talk
from agent.playbook.schema import Question
from agent.turn import HandoffWhy, Reply, SlotWish

STUCK_AT = 2
MOST_ASKED = 2
LIKE_AN_ADDRESS = re.compile(r"@|\barroba\b|\b(?:gmail|hotmail|outlook|yahoo)\b")
SKIPPED = 3
DIGRESSIONS = (
    *(Intent.INFO, Intent.BOT, Intent.WHY, Intent.SMALL_TALK, Intent.HELLO, Intent.THANKS),
    *(Intent.LANGUAGE, Intent.EMOJI, Intent.RESUME),
)
WANTS_OUR_QUESTION = (*SPEAKS_OF_MEETING, Intent.LANGUAGE, Intent.REPEAT, Intent.TOLD)


def answer_and_ask(talk: Talk) -> Replies:
    """Say what the burst calls for, then take the next step."""
    skipped = _skip(talk)
    if replies := respond(talk):
        return replies
    if skipped:
        talk.parts.append(_lets_go_on(talk))
    question = talk.next_question() if talk.context.meeting is None else None
    greets = talk.context.first_turn and len(talk.parts) == 1
    if greets and question is not None and not talk.reading.has(Intent.MEET):
        talk.parts[0] = f"{talk.parts[0]} {talk.say('greeting_plan')}"
    if talk.parts and not skipped and _asked_just_now(talk):
        return talk.finish(Reply(""))
    return after_questions(talk) if question is None else _ask(talk, question)


def _asked_just_now(talk: Talk) -> bool:
    """Whether they wrote on before they can have read our question: it stands right above."""
    reading = talk.reading
    if not talk.context.just_said("?"):
        return False
    moves_on = reading.answers or reading.when or reading.taps or reading.zone or reading.repeated
    return not moves_on and not reading.has(*WANTS_OUR_QUESTION)


def _lets_go_on(talk: Talk) -> str:
    """Who skips three questions does not read the same words three times."""
    return talk.say(f"skipped_{(len(talk.memory.skipped) - 1) % SKIPPED + 1}")


def _skip(talk: Talk) -> bool:
    if talk.reading.has(Intent.NO_EMAIL):
        return _skip_email(talk)
    if talk.reading.has(Intent.NO_QUESTIONS):
        return _skip_all(talk)
    question = talk.playbook.question(talk.memory.asking)
    if question is None or talk.value(question.key) is not None:
        return False
    if question.kind == "email" and not talk.reading.answers and talk.reading.has(Intent.LATER):
        talk.reading.intents.add(Intent.SKIP)
    has_none = question.kind == "company" and any(map(NO_COMPANY.search, talk.reading.texts))
    refuses = (talk.reading.has(Intent.SKIP) or has_none) or (
        not question.required and talk.reading.has(Intent.NO) and not talk.reading.answers
    )
    if refuses:
        talk.memory.decline([question.key])
        talk.progress = True
    return refuses


def _skip_all(talk: Talk) -> bool:
    before = len(talk.memory.skipped)
    while question := talk.next_question():
        talk.memory.skipped.append(question.key)
    talk.progress = True
    return len(talk.memory.skipped) > before


def _skip_email(talk: Talk) -> bool:
    keys = [question.key for question in talk.playbook.questions if question.kind == "email"]
    refused = [key for key in keys if talk.value(key) is None and key not in talk.memory.skipped]
    talk.memory.decline(refused)
    talk.progress = talk.progress or bool(refused)
    return bool(refused)


def _note_wish(talk: Talk) -> None:
    """Say that a time was heard while something else is still open."""
    if not talk.reading.when or talk.reading.has(Intent.LATER):
        return
    if not talk.playbook.meetings_offered:
        return
    said = wording.wished(talk.memory.wish, talk.language, zone=talk.zone, today=talk.today)
    if said and not (talk.reading.has(Intent.MEET) and not talk.context.first_turn and talk.parts):
        talk.parts.append(talk.say("wish_noted", when=said))
        talk.progress = True


def _ask(talk: Talk, question: Question) -> Replies:
    memory = talk.memory
    if _insists_on_a_time(talk):
        return offer(talk, memory.wish)
    if question.kind == "money" and talk.reading.foreign_money:
        in_ours = wording.in_currency(talk.playbook.currency, talk.language)
        if not talk.said_before(in_ours, lines=len(talk.context.history)):
            memory.asking = question.key
            return talk.finish(Reply(in_ours))
    _note_wish(talk)
    _speak_of_meeting(talk)
    missed = memory.asking == question.key and not talk.progress
    times = memory.asked.get(question.key, 0)
    if missed:
        memory.misses[question.key] = memory.misses.get(question.key, 0) + 1
        if memory.misses[question.key] >= STUCK_AT or times >= MOST_ASKED:
            return _give_up(talk, question)
    if times >= MOST_ASKED:
        return _ask_no_more(talk, question)
    # Who mends an earlier answer meanwhile has not passed it over.
    waits = memory.asking == question.key and talk.reading.corrected
    memory.asking = question.key
    memory.asked[question.key] = times if waits else times + 1
    return talk.finish(_worded(talk, question, missed=missed))


def _speak_of_meeting(talk: Talk) -> None:
    """Who wants a meeting hears that one comes, or that a person will see to it."""
    wants = talk.reading.has(Intent.MEET)
    if not talk.playbook.meetings_offered:
        said = talk.said_before(talk.say("no_bookings"), lines=len(talk.context.history))
        if (wants or talk.reading.when.hour is not None) and not said:
            talk.progress = True
            talk.parts.append(talk.say("no_bookings"))
    elif wants and not talk.progress:
        talk.progress = True
        talk.parts.append(talk.say("first_questions"))


def _ask_no_more(talk: Talk, question: Question) -> Replies:
    """Asked twice already: who asks something else is answered, who goes on is asked the next."""
    if talk.parts and _digresses(talk):
        return talk.finish(Reply(""))
    talk.memory.skipped.append(question.key)
    following = talk.next_question()
    return _ask(talk, following) if following else after_questions(talk)


def _digresses(talk: Talk) -> bool:
    reading = talk.reading
    asks = reading.topics or reading.unknown_question or reading.kinds or talk.memory.off_topic
    moves_on = reading.answers or reading.repeated or reading.when
    return bool(asks or reading.has(*DIGRESSIONS)) and not moves_on


def _worded(talk: Talk, question: Question, *, missed: bool) -> Reply:
    """The question in the words that fit, and not in those that stand right above."""
    if missed and talk.reading.has(Intent.TOLD):
        talk.parts.append(talk.say("told_already"))
        return wording.ask(question, talk.language)
    # Where no address was written, none was misread.
    misread = question.kind != "email" or any(map(LIKE_AN_ADDRESS.search, talk.reading.texts))
    asked = wording.ask(question, talk.language, again=missed and misread)
    if not talk.said_before(asked.text):
        return asked
    if not misread:
        return Reply(talk.say("email_then"))
    return wording.ask(question, talk.language, again=not missed) if question.again else asked


def _insists_on_a_time(talk: Talk) -> bool:
    """Who speaks of times twice instead of answering is shown times."""
    if not talk.reading.when or talk.reading.answers or talk.memory.wish == SlotWish():
        return False
    said = talk.memory.misses.get("wish", 0) + 1
    talk.memory.misses["wish"] = said
    return said >= STUCK_AT and talk.rating.may_meet


def _give_up(talk: Talk, question: Question) -> Replies:
    """Go on without the answer; when that happens again, people take over."""
    if question.required:
        talk.memory.given_up += 1
    if talk.memory.given_up >= talk.playbook.hand_off.stuck_after:
        return talk.hand_off(HandoffWhy.STUCK)
    talk.memory.skipped.append(question.key)
    talk.parts.append(_words_to_give_up(talk, question))
    following = talk.next_question()
    if following is None:
        return after_questions(talk)
    talk.memory.asking = following.key
    talk.memory.asked[following.key] = 1
    return talk.finish(wording.ask(following, talk.language))


def _words_to_give_up(talk: Talk, question: Question) -> str:
    if not question.required:
        return _lets_go_on(talk)
    return talk.say("given_up_name" if question.kind == "name" else "given_up")
