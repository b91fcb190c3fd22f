"""The conversation's ordinary course: acknowledge, answer digressions, ask the next question."""

from __future__ import annotations

import re

from agent import wording
from agent.engines.guided.digressing import (
    AUDIO,
    MOST_UNKNOWN,
    acknowledge,
    be_polite,
    digress,
    mention_files,
)
from agent.engines.guided.intents import Intent
from agent.engines.guided.offering import list_again, offer
from agent.engines.guided.reading import SPEAKS_OF_MEETING
from agent.engines.guided.talk import Replies, Talk
from agent.playbook.schema import Question
from agent.playbook.scoring import score
from agent.turn import HandoffWhy, Reply, SlotWish

STUCK_AT = 2
MOST_GIVEN_UP = 2
LIKE_AN_ADDRESS = re.compile(r"@|\barroba\b|\b(?:gmail|hotmail|outlook|yahoo)\b")
SKIPPED = 3
WANTS_OUR_QUESTION = (*SPEAKS_OF_MEETING, Intent.LANGUAGE, Intent.REPEAT, Intent.TOLD)


def pause(talk: Talk) -> Replies | None:
    """Let a lead go who is busy or no longer interested: no question, and no pressure."""
    reading = talk.reading
    later = reading.has(Intent.LATER) and not reading.when.hour
    leaves = reading.has(Intent.BYE) and not reading.answers and talk.context.meeting is None
    refuses = reading.has(Intent.NOT_INTERESTED) and not _about_the_question(talk)
    refuses = refuses or (reading.has(Intent.CANCEL) and talk.context.meeting is None)
    if reading.has(Intent.NO_MEETING) and talk.context.meeting is None:
        return _no_meeting(talk)
    goes_on = reading.topics or reading.unknown_question or reading.has(Intent.NO_EMAIL)
    if goes_on or talk.context.first_turn or not (later or leaves or refuses):
        return None
    acknowledge(talk)
    if refuses:
        talk.memory.phase, talk.memory.asking = "declined", ""
    return talk.finish(Reply(talk.say("not_interested" if refuses else "later")))


def _no_meeting(talk: Talk) -> Replies:
    """They want no appointment: answer what they asked, and leave it at that."""
    acknowledge(talk)
    digress(talk)
    talk.memory.phase, talk.memory.asking = "declined", ""
    return talk.finish(Reply(talk.say("no_meeting_wanted")))


def _about_the_question(talk: Talk) -> bool:
    """«No, gracias» to an optional question refuses that question only."""
    question = talk.playbook.question(talk.memory.asking)
    flat = talk.reading.has(Intent.NO) and talk.reading.has(Intent.THANKS)
    return flat and question is not None and not question.required


def answer_and_ask(talk: Talk) -> Replies:
    """Say what the burst calls for, then take the next step."""
    skipped = _skip(talk)
    acknowledge(talk)
    digress(talk)
    mention_files(talk)
    be_polite(talk)
    if talk.memory.unknown >= MOST_UNKNOWN and talk.reading.unknown_question:
        return talk.hand_off(HandoffWhy.STUCK, talk.say("hand_off_unknown"))
    if skipped:
        talk.parts.append(_lets_go_on(talk))
    if talk.context.first_turn and len(talk.parts) == 1 and not talk.reading.has(Intent.MEET):
        talk.parts[0] = f"{talk.parts[0]} {talk.say('greeting_plan')}"
    if talk.parts and not skipped and _asked_just_now(talk):
        return talk.finish(Reply(""))
    question = talk.next_question()
    if question is not None and talk.context.meeting is None:
        return _ask(talk, question)
    return _after_questions(talk)


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
    refuses = talk.reading.has(Intent.SKIP) or (
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
    said = wording.wished(talk.memory.wish, talk.language, zone=talk.zone, today=talk.today)
    if said and not (talk.reading.has(Intent.MEET) and not talk.context.first_turn and talk.parts):
        talk.parts.append(talk.say("wish_noted", when=said))
        talk.progress = True


def _ask(talk: Talk, question: Question) -> Replies:
    memory = talk.memory
    if _insists_on_a_time(talk):
        return offer(talk, memory.wish)
    _note_wish(talk)
    if talk.reading.has(Intent.MEET) and not talk.progress:
        talk.progress = True
        talk.parts.append(talk.say("first_questions"))
    again = False
    if memory.asking == question.key and not talk.progress:
        again = True
        memory.misses[question.key] = memory.misses.get(question.key, 0) + 1
        if memory.misses[question.key] >= STUCK_AT:
            return _give_up(talk, question)
    memory.asking = question.key
    if again and talk.reading.has(Intent.TOLD):
        talk.parts.append(talk.say("told_already"))
        return talk.finish(wording.ask(question, talk.language))
    # Where no address was written, none was misread.
    misread = question.kind != "email" or any(map(LIKE_AN_ADDRESS.search, talk.reading.texts))
    asked = wording.ask(question, talk.language, again=again and misread)
    if misread and _is_worn(talk, question, asked):
        asked = wording.ask(question, talk.language, again=not again)
    return talk.finish(asked)


def _is_worn(talk: Talk, question: Question, asked: Reply) -> bool:
    """Whether these very words stand above, and nothing was said that would part the two."""
    if not talk.said_before(asked.text):
        return False
    only_files = not talk.reading.texts and not talk.reading.kinds & AUDIO
    return not talk.parts or bool(question.again and only_files)


def _insists_on_a_time(talk: Talk) -> bool:
    """Who speaks of times twice instead of answering is shown times."""
    if not talk.reading.when or talk.reading.answers or talk.memory.wish == SlotWish():
        return False
    said = talk.memory.misses.get("wish", 0) + 1
    talk.memory.misses["wish"] = said
    enough = score(talk.playbook, talk.facts.values()).points >= talk.playbook.meeting_from
    return said >= STUCK_AT and enough


def _give_up(talk: Talk, question: Question) -> Replies:
    """Go on without the answer; when that happens again, people take over."""
    if question.required:
        talk.memory.given_up += 1
    if talk.memory.given_up >= MOST_GIVEN_UP:
        return talk.hand_off(HandoffWhy.STUCK)
    talk.memory.skipped.append(question.key)
    talk.parts.append(_words_to_give_up(talk, question))
    following = talk.next_question()
    if following is None:
        return _after_questions(talk)
    talk.memory.asking = following.key
    return talk.finish(wording.ask(following, talk.language))


def _words_to_give_up(talk: Talk, question: Question) -> str:
    if not question.required:
        return _lets_go_on(talk)
    return talk.say("given_up_name" if question.kind == "name" else "given_up")


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
    if talk.memory.phase == "slots" and talk.context.offered and not talk.reading.corrected:
        return list_again(talk, talk.context.offered, talk.say("slots_which"))
    return offer(talk, talk.memory.wish)


def _close(talk: Talk) -> Replies:
    """Nothing is open: stay at hand without starting anything new."""
    talk.memory.asking = ""
    if talk.reading.has(Intent.BYE):
        return talk.finish(Reply(talk.say("bye")))
    if talk.progress or talk.reading.has(Intent.YES, Intent.NO, Intent.ANY_FITS, Intent.EMOJI):
        talk.memory.misses.pop("", None)
        if not talk.reading.has(Intent.THANKS, Intent.YES, Intent.NO, Intent.EMOJI):
            return talk.finish(Reply(talk.say("anything_else")))
        if talk.said_before(talk.say("here_if_needed"), lines=2):
            # Said already: «ok», «gracias», «👍» need no more than a nod.
            talk.parts = []
            return talk.finish(Reply(talk.say("understood")))
        return talk.finish(Reply(talk.say("here_if_needed")))
    misses = talk.memory.misses.get("", 0) + 1
    talk.memory.misses[""] = misses
    if misses >= STUCK_AT:
        return talk.hand_off(HandoffWhy.STUCK)
    return talk.finish(Reply(f"{talk.say('again')} {talk.say('anything_else')}"))
