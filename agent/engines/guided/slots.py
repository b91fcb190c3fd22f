"""A time chosen, wished or refused, while some are on offer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from agent import wording
from agent.engines.guided.acknowledging import acknowledge
from agent.engines.guided.choosing import (
    exact_starts,
    fresh_wish,
    named_slots,
    tapped_slot,
    wish_from,
)
from agent.engines.guided.dates import CANNOT, CLAUSE, find_when
from agent.engines.guided.hours import When
from agent.engines.guided.intents import Intent
from agent.engines.guided.offering import ask_to_book, book, find, list_again, offer, show
from agent.engines.guided.reading import OUR_OPTIONS
from agent.engines.guided.talk import Replies, Talk, slots_are_open
from agent.turn import HandoffWhy, Reply, SlotView, SlotWish

STUCK_AT = 2
FAR_AHEAD = timedelta(days=60)
ANSWERED_ELSEWHERE = (
    Intent.BOT,
    Intent.INFO,
    Intent.SMALL_TALK,
    Intent.HELLO,
    Intent.MEET,
    Intent.RESUME,
)


ASKS_IF_FREE = re.compile(
    r"\b(?:hay|tienes?|tienen|tendras?|tendran|libres?|disponibles?|disponibilidad|do you have"
    r"|tem|teria|livre|disponivel|da pra|is there|are you free|available|availability|open)\b"
)


SAME_HOUR = re.compile(
    r"\b(?:(?:la |a la )?misma hora|mismo horario|a esa (?:misma )?hora|same time|mesm[oa] hor(?:a|ario)|nesse horario)\b"
)


def choose_slot(talk: Talk) -> Replies | None:
    """Book what was tapped or named, if this lead is offered a meeting at all."""
    if talk.rating.may_meet or talk.context.meeting:
        return _choose(talk)
    _remember_wish(talk)
    return None


def _choose(talk: Talk) -> Replies | None:
    """Look for what was wished where no time on offer was meant."""
    offered = talk.context.offered
    if slot := tapped_slot(talk.reading, offered):
        return _take(talk, slot)
    if _tapped_the_unknown(talk):
        return offer(talk, talk.memory.wish, intro=talk.say("slots_expired"))
    if not slots_are_open(talk):
        _remember_wish(talk)
        return None
    if talk.reading.when and _says_cannot(talk):
        return talk.finish(Reply(talk.say("which_day")))
    fitting = named_slots(talk.reading, _meant(talk), offered, talk.zone)
    if len(fitting) == 1 and not talk.reading.has(Intent.NONE_FITS):
        return _take_or_ask(talk, fitting[0])
    return _look_further(talk, fitting)


def _says_cannot(talk: Talk) -> bool:
    """«El viernes no puedo» names a day and wishes another."""
    if talk.reading.when.hour is not None and talk.reading.when.bound:
        return False
    now = talk.context.now.astimezone(ZoneInfo(talk.zone))
    clauses = [clause for text in talk.reading.texts for clause in CLAUSE.findall(text)]
    timely = [each for each in clauses if find_when(each, now, language=talk.language)]
    return all(CANNOT.search(clause) for clause in timely or clauses if clause.strip())


def _meant(talk: Talk) -> When:
    """«A las 9» or «en la tarde», after they asked for Monday, means that Monday."""
    when, wished = talk.reading.when, fresh_wish(talk.memory.wish, talk.context.now)
    if not when or when.day is not None or wished.day is None:
        return when
    return replace(when, day=wished.day, or_day=wished.or_day)


def _take_or_ask(talk: Talk, slot: SlotView) -> Replies:
    """«¿Tienes el jueves a las 10?» is a question before it is a choice."""
    reading = talk.reading
    asks = reading.has(Intent.QUESTION) and any(map(ASKS_IF_FREE.search, reading.texts))
    if not asks or talk.context.meeting is not None:
        return _take(talk, slot)
    return ask_to_book(talk, slot)


def _take(talk: Talk, slot: SlotView) -> Replies:
    meeting = talk.context.meeting
    if meeting is None or talk.memory.moving:
        return book(talk, slot)
    if meeting.starts_at == slot.starts_at:
        details = talk.meeting_details(meeting)
        return talk.finish(Reply(details))
    talk.memory.confirming = f"move:{slot.id}"
    return talk.finish(
        wording.confirm_move(meeting, slot.starts_at, talk.language, zone=talk.memory.zone)
    )


def _tapped_the_unknown(talk: Talk) -> bool:
    strange = [tap for tap in talk.reading.taps if not tap.startswith(OUR_OPTIONS)]
    return bool(strange) and (slots_are_open(talk) or talk.next_question() is None)


def _remember_wish(talk: Talk) -> None:
    """Keep «mañana por la tarde» for when we get to times."""
    reading = talk.reading
    about_dates = any(
        question.kind == "date" and question.key in reading.answers
        for question in talk.playbook.questions
    )
    far = reading.when.day is not None and reading.when.day - talk.today > FAR_AHEAD
    if far and reading.when.hour is None:
        return  # «en unos 3 meses» is about the thing, not about a talk
    if reading.when and not about_dates and not _was_an_answer(talk):
        talk.memory.wish = wish_from(_meant(talk), talk.zone)


def _was_an_answer(talk: Talk) -> bool:
    """«Para el lunes» may have answered «¿para cuándo?»; with an hour it is a wish all the same."""
    reading, question = talk.reading, talk.playbook.question(talk.memory.asking)
    is_choice = question is not None and question.kind == "choice"
    answered = is_choice and question is not None and question.key in reading.answers
    vague = reading.when.hour is None and not reading.when.part
    return answered and vague and not reading.has(Intent.MEET)


def _look_further(talk: Talk, fitting: list[SlotView]) -> Replies | None:
    reading = talk.reading
    if reading.when:
        if len(fitting) > 1:
            return list_again(talk, tuple(fitting), talk.say("slots_which"))
        return look_for(talk)
    if reading.zone:
        acknowledge(talk)
        return offer(talk, talk.memory.wish)
    if len(fitting) > 1:
        return list_again(talk, tuple(fitting), talk.say("slots_which"))
    if reading.has(Intent.NONE_FITS) or (reading.has(Intent.NO) and not reading.answers):
        return _another_day(talk)
    return _stay_with_times(talk)


def _another_day(talk: Talk) -> Replies:
    """Ask which day; who does not say is shown later ones."""
    misses = talk.memory.misses.get("slots", 0) + 1
    talk.memory.misses["slots"] = misses
    if misses > STUCK_AT:
        return talk.hand_off(HandoffWhy.STUCK)
    if misses == STUCK_AT and talk.context.offered:
        last = max(slot.starts_at for slot in talk.context.offered)
        later = last.astimezone(ZoneInfo(talk.zone)).replace(hour=0, minute=0) + timedelta(days=1)
        return offer(talk, SlotWish(earliest=later), intro=talk.say("slots_later"))
    return talk.finish(Reply(talk.say("which_day")))


def _stay_with_times(talk: Talk) -> Replies | None:
    """Neither a time nor a wish: answer what was said without sending the list again."""
    reading = talk.reading
    if reading.topics or reading.answers or reading.kinds or reading.unknown_question:
        return None
    if reading.has(Intent.THANKS, Intent.BYE) and not reading.has(Intent.YES):
        return talk.finish(Reply(talk.say("here_if_needed")))
    if reading.has(*ANSWERED_ELSEWHERE):
        return None
    misses = talk.memory.misses.get("slots", 0) + 1
    talk.memory.misses["slots"] = misses
    if misses > STUCK_AT:
        return talk.hand_off(HandoffWhy.STUCK)
    if talk.context.offered:
        return list_again(talk, talk.context.offered, talk.say("slots_which"))
    return offer(talk, talk.memory.wish)


def look_for(talk: Talk, *, intro: str = "") -> Replies:
    """Look for what was wished; the very hour they named is taken when it is free."""
    when = _on_the_same_day(talk, _meant(talk))
    talk.memory.misses.pop("slots", None)
    wish = fresh_wish(wish_from(when, talk.zone) if when else SlotWish(), talk.context.now)
    result, starts = find(talk, wish), exact_starts(when, talk.zone)
    free = tuple(slot for slot in result.slots if slot.starts_at in starts)
    if not free:
        return show(talk, result, wish, intro=intro or talk.say("slots_wish"))
    talk.memory.wish = wish
    if len(free) > 1:
        return list_again(talk, free, talk.say("slots_which"))
    return _take_or_ask(talk, free[0])


def _on_the_same_day(talk: Talk, when: When) -> When:
    """«¿La pasamos a las 5?» keeps the meeting's day; «mi cita de las 10» names the old hour."""
    meeting = talk.context.meeting
    if meeting is None or not when or (talk.reading.has(Intent.NONE_FITS) and when.hour is None):
        return when
    old = meeting.starts_at.astimezone(ZoneInfo(talk.zone))
    if when.hour is None and any(map(SAME_HOUR.search, talk.reading.texts)):
        when = replace(when, hour=old.hour, minute=old.minute)
    moved = when if when.day or when.onwards else replace(when, day=old.date())
    return When() if old in exact_starts(moved, talk.zone) else moved
