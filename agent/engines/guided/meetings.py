"""What a lead can do about a meeting: confirm, change, cancel, ask when it was."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from agent import wording
from agent.engines.guided.choosing import exact_starts
from agent.engines.guided.intents import Intent
from agent.engines.guided.offering import book, cancel, list_again, offer
from agent.engines.guided.slots import look_for
from agent.engines.guided.talk import Replies, Talk, slots_are_open
from agent.turn import HandoffWhy, Reply, SlotWish

MOST_WORDS = 4
INSTEAD = re.compile(
    r"\b(?:mejor|prefiero|preferiria|puede ser|podria ser|podra ser|melhor|prefiro|prefiria|pode ser|poderia ser|rather|instead|better|could it be|make (?:that|it)|no (?:es|era)|nao (?:e|era)|sino)\b"
)
THINKS_IT_IS_BOOKED = re.compile(
    r"\b(?:nos vemos|ahi estare|alla nos|ahi estoy|ate (?:amanha|la|segunda|terca|quarta|quinta|sexta)|combinado entao|see you|talk (?:then|soon)|i'll be there)\b"
)


def settle_confirmation(talk: Talk) -> Replies | None:
    """Act on a yes or no to «¿cancelo tu cita?», «¿te la agendo?» or «¿la cambio?»."""
    kind, _, slot_id = talk.memory.confirming.partition(":")
    if not kind:
        return _late_tap(talk)
    taps, reading = talk.reading.taps, talk.reading
    yes = f"{kind}:yes" in taps or reading.has(Intent.YES)
    no = f"{kind}:no" in taps or reading.has(Intent.NO)
    if kind == "cancel" and not no and reading.has(Intent.CANCEL):
        yes = True
    # A yes to something else, later on, must not book or cancel.
    talk.memory.confirming = ""
    if yes == no or (reading.when and kind != "cancel"):
        return None
    if no:
        return _declined(talk, kind)
    if kind == "cancel":
        return cancel(talk)
    slot = next((slot for slot in talk.context.offered if slot.id == slot_id), None)
    return book(talk, slot) if slot else offer(talk, SlotWish(), intro=talk.say("slots_expired"))


def _declined(talk: Talk, kind: str) -> Replies | None:
    if talk.reading.has(Intent.MOVE):
        return None
    if kind == "book":
        return offer(talk, SlotWish())
    talk.memory.settle()
    return talk.finish(Reply(talk.say("kept")))


def _late_tap(talk: Talk) -> Replies | None:
    """A button of a question that is no longer open: ask again, do nothing."""
    meeting = talk.context.meeting
    if "cancel:yes" in talk.reading.taps and meeting is not None:
        talk.memory.confirming = "cancel"
        return talk.finish(wording.confirm_cancel(meeting, talk.language, zone=talk.memory.zone))
    return None


def serve_meeting(talk: Talk) -> Replies | None:
    """Change, cancel or repeat a meeting."""
    meeting, reading = talk.context.meeting, talk.reading
    if meeting is None:
        return _without_meeting(talk)
    drops = reading.has(Intent.CANCEL) or (
        reading.has(Intent.NOT_INTERESTED) and not reading.has(Intent.THANKS)
    )
    if drops and not reading.has(Intent.MOVE):
        talk.memory.confirming = "cancel"
        return talk.finish(wording.confirm_cancel(meeting, talk.language, zone=talk.memory.zone))
    if (intro := _moves(talk)) and not talk.playbook.meetings_offered:
        return talk.hand_off(HandoffWhy.POLICY)
    if intro:
        return look_for(talk, intro=talk.say(intro))
    about_it = reading.has(Intent.MEET) and not (reading.when or reading.topics)
    if reading.has(Intent.DETAILS) or about_it:
        details = talk.meeting_details(meeting)
        return talk.finish(Reply(f"{details}\n\n{talk.say('change_note')}"))
    return None


def _moves(talk: Talk) -> str:
    """Which words open the times for a move; "" when no move was asked for."""
    reading = talk.reading
    none_fits = reading.has(Intent.NONE_FITS) and not reading.has(Intent.LATER)
    if reading.has(Intent.MOVE) or (none_fits and not talk.memory.moving):
        talk.memory.moving = True
        return "slots_move"
    if _wishes_another_time(talk):
        return "slots_move"
    if reading.has(Intent.CANNOT) and not talk.memory.moving:
        talk.memory.moving = True
        return "slots_cannot"
    return ""


def _wishes_another_time(talk: Talk) -> bool:
    """«Mejor el viernes a las 12», said to a meeting that stands at another time."""
    meeting, when = talk.context.meeting, talk.reading.when
    texts = " ".join(talk.reading.texts)
    if meeting is None or talk.memory.moving or not when or THINKS_IT_IS_BOOKED.search(texts):
        return False
    if starts := exact_starts(when, talk.zone):
        return meeting.starts_at not in starts
    if talk.reading.has(Intent.QUESTION) and talk.reading.has(Intent.DETAILS):
        return False
    talk.memory.moving = bool(INSTEAD.search(texts)) or _names_another_day(talk)
    return talk.memory.moving


def _names_another_day(talk: Talk) -> bool:
    """«El lunes», and nothing else, when the meeting is on Thursday."""
    meeting, reading = talk.context.meeting, talk.reading
    if meeting is None or reading.when.day is None or reading.has(Intent.QUESTION, Intent.THANKS):
        return False
    short = sum(len(text.split()) for text in reading.texts) <= MOST_WORDS
    day = meeting.starts_at.astimezone(ZoneInfo(talk.zone)).date()
    return short and day not in (reading.when.day, reading.when.or_day)


def _without_meeting(talk: Talk) -> Replies | None:
    reading = talk.reading
    if slots_are_open(talk):
        return _nothing_booked(talk)
    if talk.memory.asking or reading.has(Intent.MEET):
        return None
    asks = Intent.CANCEL, Intent.MOVE, Intent.DETAILS
    if not reading.has(*asks) or talk.context.first_turn or reading.answers or reading.topics:
        return None
    return talk.finish(Reply(f"{talk.say('no_meeting')} {talk.say('anything_else')}"))


def _nothing_booked(talk: Talk) -> Replies | None:
    """They ask when it is, or say goodbye, and have not chosen yet."""
    reading, offered = talk.reading, talk.context.offered
    if reading.when or not offered:
        return None
    asks = reading.has(Intent.DETAILS) and reading.has(Intent.QUESTION)
    leaves = any(THINKS_IT_IS_BOOKED.search(text) for text in reading.texts)
    if asks or leaves:
        return list_again(talk, offered, talk.say("slots_not_booked"))
    return None
