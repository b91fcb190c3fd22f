"""Nothing more to ask: times, a person, or a goodbye; and who is let go without pressure."""

from __future__ import annotations

from agent import wording
from agent.engines.guided.acknowledging import acknowledge
from agent.engines.guided.digressing import digress, respond
from agent.engines.guided.intents import Intent
from agent.engines.guided.offering import list_again, offer
from agent.engines.guided.talk import Replies, Talk
from agent.turn import HandoffWhy, Reply

STUCK_AT = 2


def pause(talk: Talk) -> Replies | None:
    """Let a lead go who is busy or no longer interested: no question, and no pressure."""
    reading = talk.reading
    later = reading.has(Intent.LATER) and not reading.when.hour
    leaves = reading.has(Intent.BYE) and not reading.answers and talk.context.meeting is None
    refuses = reading.has(Intent.NOT_INTERESTED) and not _about_the_question(talk)
    refuses = refuses and not reading.answers  # «deixa pra lá, põe 3 mil»
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


def turn_away(talk: Talk) -> Replies | None:
    """Who is ruled out hears so once, kindly; the talk goes on, without times."""
    out, memory = talk.rating.disqualifier, talk.memory
    if out is None or talk.context.meeting is not None:
        memory.ruled_out = ""
        return None
    told, memory.ruled_out = memory.ruled_out == out.key, out.key
    # Asking stands for the fact that ruled them out: another value of it is an answer.
    memory.phase, memory.asking, memory.confirming = "declined", out.key, ""
    if replies := respond(talk):
        return replies
    if not told:
        return talk.finish(Reply(wording.pick(out.say, talk.language) or talk.say("disqualified")))
    asks = talk.reading.has(Intent.MEET) or talk.reading.taps or talk.reading.when
    if not asks:
        return _close(talk)
    if talk.said_before(talk.say("no_meeting_yet"), lines=2):
        return talk.hand_off(HandoffWhy.POLICY)
    return talk.finish(Reply(talk.say("no_meeting_yet")))


def after_questions(talk: Talk) -> Replies:
    """Everything is asked: offer times, or say how it goes on without any."""
    if talk.context.meeting is not None:
        return _close(talk)
    finished_now = bool(talk.memory.asking)
    talk.memory.asking = ""
    if not talk.playbook.meetings_offered and (finished_now or talk.reading.has(Intent.MEET)):
        return talk.hand_off(HandoffWhy.POLICY, talk.say("hand_off_finished"))
    if not talk.rating.may_meet:
        return _without_times(talk, finished_now)
    if talk.memory.phase == "declined" and not (finished_now or _wants_a_time(talk)):
        return _close(talk)
    if talk.memory.phase == "slots" and talk.context.offered and not talk.reading.corrected:
        return list_again(talk, talk.context.offered, talk.say("slots_which"))
    return offer(talk, talk.memory.wish)


def _wants_a_time(talk: Talk) -> bool:
    """«¿Puede ser el jueves?» after all, and not «el lunes te escribo»."""
    reading = talk.reading
    names_one = reading.when.day is not None or reading.when.hour is not None
    return reading.has(Intent.MEET) or (
        names_one and not reading.has(Intent.LATER, Intent.THANKS, Intent.BYE)
    )


def _without_times(talk: Talk, finished_now: bool) -> Replies:
    if not talk.playbook.meetings_offered:
        return _close(talk)
    if talk.reading.has(Intent.MEET) and not finished_now:
        return talk.hand_off(HandoffWhy.POLICY)
    if talk.said_before(talk.say("no_meeting_yet"), lines=2):
        return _close(talk)
    return talk.finish(Reply(talk.say("no_meeting_yet")))


def _close(talk: Talk) -> Replies:
    """Nothing is open: stay at hand without starting anything new."""
    talk.memory.asking = ""
    if talk.reading.has(Intent.BYE):
        return talk.finish(Reply(talk.say("bye")))
    if talk.progress or talk.reading.has(Intent.YES, Intent.NO, Intent.ANY_FITS, Intent.EMOJI):
        talk.memory.misses.pop("", None)
        return _stay_at_hand(talk)
    misses = talk.memory.misses.get("", 0) + 1
    talk.memory.misses[""] = misses
    if misses >= STUCK_AT:
        return talk.hand_off(HandoffWhy.STUCK)
    return talk.finish(Reply(f"{talk.say('again')} {talk.say('anything_else')}"))


def _stay_at_hand(talk: Talk) -> Replies:
    """Offer more, in words that do not stand above; a nod answers what is no more than one."""
    nods = talk.reading.has(Intent.THANKS, Intent.YES, Intent.NO, Intent.EMOJI)
    keys = ("here_if_needed",) if nods else ("anything_else", "here_if_needed")
    fresh = [text for text in map(talk.say, keys) if not talk.said_before(text, lines=2)]
    if fresh:
        return talk.finish(Reply(fresh[0]))
    if nods or not talk.parts:
        talk.parts = [talk.say("understood")]
    return talk.finish(Reply(""))
