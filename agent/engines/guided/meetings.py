"""What a lead can do about times: choose, change, cancel, ask when it was."""

from __future__ import annotations

from agent import wording
from agent.engines.guided.choosing import named_slots, tapped_slot, wish_from
from agent.engines.guided.intents import Intent
from agent.engines.guided.offering import book, cancel, list_again, offer
from agent.engines.guided.talk import Replies, Talk, slots_are_open
from agent.turn import HandoffWhy, Reply, SlotView, SlotWish

STUCK_AT = 2


def settle_confirmation(talk: Talk) -> Replies | None:
    """Act on a yes or no to «¿cancelo tu cita?» or «¿la cambio?»."""
    confirming = talk.memory.confirming
    if not confirming:
        return None
    kind, _, slot_id = confirming.partition(":")
    yes = f"{kind}:yes" in talk.reading.taps or talk.reading.has(Intent.YES)
    no = f"{kind}:no" in talk.reading.taps or talk.reading.has(Intent.NO)
    if kind == "cancel" and not no and talk.reading.has(Intent.CANCEL):
        yes = True
    if yes == no:
        return None
    talk.memory.confirming = ""
    if no and not talk.reading.has(Intent.MOVE):
        talk.memory.settle()
        return talk.finish(Reply(talk.say("kept")))
    if no:
        return None
    if kind == "cancel":
        return cancel(talk)
    slot = next((slot for slot in talk.context.offered if slot.id == slot_id), None)
    return book(talk, slot) if slot else offer(talk, SlotWish(), intro=talk.say("slots_expired"))


def serve_meeting(talk: Talk) -> Replies | None:
    """Change, cancel or repeat a meeting."""
    meeting, reading = talk.context.meeting, talk.reading
    if meeting is None:
        return _without_meeting(talk)
    if reading.has(Intent.CANCEL) and not reading.has(Intent.MOVE):
        talk.memory.confirming = "cancel"
        return talk.finish(wording.confirm_cancel(meeting, talk.language, zone=talk.memory.zone))
    if reading.has(Intent.MOVE) or (reading.has(Intent.NONE_FITS) and not talk.memory.moving):
        talk.memory.moving = True
        return offer(talk, _wish(talk), intro=talk.say("slots_move"))
    if reading.has(Intent.DETAILS) or (reading.has(Intent.MEET) and not reading.when):
        details = wording.meeting_details(meeting, talk.language, zone=talk.memory.zone)
        return talk.finish(Reply(f"{details}\n\n{talk.say('change_note')}"))
    return None


def _without_meeting(talk: Talk) -> Replies | None:
    reading = talk.reading
    if talk.memory.asking or slots_are_open(talk) or reading.has(Intent.MEET):
        return None
    asks = Intent.CANCEL, Intent.MOVE, Intent.DETAILS
    if not reading.has(*asks) or talk.context.first_turn or reading.answers or reading.topics:
        return None
    return talk.finish(Reply(f"{talk.say('no_meeting')} {talk.say('anything_else')}"))


def choose_slot(talk: Talk) -> Replies | None:
    """Book what was tapped or named; look for what was wished."""
    offered = talk.context.offered
    if slot := tapped_slot(talk.reading, offered):
        return _take(talk, slot)
    if _tapped_the_unknown(talk):
        return offer(talk, talk.memory.wish, intro=talk.say("slots_expired"))
    if not slots_are_open(talk):
        _remember_wish(talk)
        return None
    fitting = named_slots(talk.reading, offered, talk.zone)
    if len(fitting) == 1 and not talk.reading.has(Intent.NONE_FITS):
        return _take(talk, fitting[0])
    return _look_further(talk, fitting)


def _take(talk: Talk, slot: SlotView) -> Replies:
    meeting = talk.context.meeting
    if meeting is None or talk.memory.moving:
        return book(talk, slot)
    if meeting.starts_at == slot.starts_at:
        details = wording.meeting_details(meeting, talk.language, zone=talk.memory.zone)
        return talk.finish(Reply(details))
    talk.memory.confirming = f"move:{slot.id}"
    return talk.finish(
        wording.confirm_move(meeting, slot.starts_at, talk.language, zone=talk.memory.zone)
    )


def _tapped_the_unknown(talk: Talk) -> bool:
    ours = ("answer:", "cancel:", "move:")
    strange = [tap for tap in talk.reading.taps if not tap.startswith(ours)]
    return bool(strange) and (slots_are_open(talk) or talk.next_question() is None)


def _remember_wish(talk: Talk) -> None:
    """Keep «mañana por la tarde» for when we get to times."""
    reading = talk.reading
    about_dates = any(
        question.kind == "date" and question.key in reading.answers
        for question in talk.playbook.questions
    )
    clear = reading.when.hour is not None and reading.when.day is not None
    if reading.when and not about_dates and (reading.has(Intent.MEET) or clear):
        talk.memory.wish = _wish(talk)


def _look_further(talk: Talk, fitting: list[SlotView]) -> Replies | None:
    reading = talk.reading
    if reading.when:
        if len(fitting) > 1:
            return list_again(talk, tuple(fitting), talk.say("slots_which"))
        return offer(talk, _wish(talk))
    if reading.zone:
        return offer(talk, talk.memory.wish)
    if len(fitting) > 1:
        return list_again(talk, tuple(fitting), talk.say("slots_which"))
    if reading.has(Intent.NONE_FITS) or (reading.has(Intent.NO) and not reading.answers):
        return _another_day(talk)
    return _stay_with_times(talk)


def _another_day(talk: Talk) -> Replies:
    misses = talk.memory.misses.get("slots", 0) + 1
    talk.memory.misses["slots"] = misses
    if misses > STUCK_AT:
        return talk.hand_off(HandoffWhy.STUCK)
    return talk.finish(Reply(talk.say("which_day")))


def _stay_with_times(talk: Talk) -> Replies | None:
    """Neither a time nor a wish: answer what was said without sending the list again."""
    reading = talk.reading
    if reading.topics or reading.answers or reading.kinds or reading.unknown_question:
        return None
    if reading.has(Intent.THANKS, Intent.BYE) and not reading.has(Intent.YES):
        return talk.finish(Reply(talk.say("here_if_needed")))
    if reading.has(Intent.BOT, Intent.INFO, Intent.SMALL_TALK, Intent.HELLO, Intent.MEET):
        return None
    misses = talk.memory.misses.get("slots", 0) + 1
    talk.memory.misses["slots"] = misses
    if misses >= STUCK_AT + 1:
        return talk.hand_off(HandoffWhy.STUCK)
    if talk.context.offered:
        return list_again(talk, talk.context.offered, talk.say("slots_which"))
    return offer(talk, talk.memory.wish)


def _wish(talk: Talk) -> SlotWish:
    return wish_from(talk.reading.when, talk.zone) if talk.reading.when else SlotWish()
