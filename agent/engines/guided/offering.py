"""Times: offering, booking, moving and cancelling, always through the toolbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from agent import wording
from agent.engines.guided.choosing import AFTER_LUNCH, NOON, fresh_wish
from agent.engines.guided.talk import Replies, Talk
from agent.turn import (
    BookingResult,
    BookingStatus,
    HandoffWhy,
    MeetingView,
    Reply,
    SlotsResult,
    SlotView,
    SlotWish,
)


def offer(talk: Talk, wish: SlotWish, *, intro: str = "") -> Replies:
    """Look for times and list them; an empty agenda is said and handed over."""
    wish = fresh_wish(wish, talk.context.now)
    result = find(talk, wish)
    exact = [slot for slot in result.slots if _is_the_one(wish, _local(talk, slot))]
    if len(exact) == 1 and talk.context.meeting is None and not intro:
        return ask_to_book(talk, exact[0])
    return show(talk, result, wish, intro=intro)


def ask_to_book(talk: Talk, slot: SlotView) -> Replies:
    """Say that the hour they named is free, and wait for a yes."""
    talk.memory.phase, talk.memory.asking = "slots", ""
    talk.memory.confirming = f"book:{slot.id}"
    return talk.finish(wording.confirm_book(slot.starts_at, talk.language, zone=talk.zone))


def find(talk: Talk, wish: SlotWish) -> SlotsResult:
    """Ask for times; what cannot be had is asked for more widely."""
    result = talk.toolbox.find_slots(wish)
    for wider in _wider(wish):
        if result.slots or result.problem == "calendar_down":
            break
        result = talk.toolbox.find_slots(wider)
    return result


def show(talk: Talk, result: SlotsResult, wish: SlotWish, *, intro: str = "") -> Replies:
    """List what was found, and say so when it is not what they asked for."""
    if result.problem == "calendar_down":
        return talk.hand_off(HandoffWhy.PROVIDER_DOWN)
    if not result.slots:
        return talk.hand_off(HandoffWhy.PROVIDER_DOWN, talk.say("no_slots"))
    talk.memory.phase, talk.memory.asking, talk.memory.confirming = "slots", "", ""
    talk.memory.wish = wish
    fitting = _how_it_fits(talk, result.slots, wish)
    usual = talk.say("slots" if wish == SlotWish() else "slots_wish")
    return talk.finish(_list(talk, result.slots, fitting or intro or usual))


def _wider(wish: SlotWish) -> list[SlotWish]:
    """The same day at any hour, then anything soon."""
    same_day = SlotWish(day=wish.day, or_day=wish.or_day)
    wider = [same_day, SlotWish()] if wish.day else [SlotWish()]
    return [other for other in wider if other != wish]


def _how_it_fits(talk: Talk, slots: Sequence[SlotView], wish: SlotWish) -> str:
    """Words for a wish that cannot be had, or not quite; "" for one that can, or none."""
    local = [_local(talk, slot) for slot in slots]
    if wish.day is not None:
        local = [at for at in local if at.date() in (wish.day, wish.or_day)]
        if not local:
            day = wording.near_day(wish.day, talk.today, talk.language)
            return talk.say("slots_not_day", day=day)
    if wish.earliest is not None and not any(at >= wish.earliest for at in local):
        return talk.say("slots_not_dates")
    if not any(_keeps_to_hour(wish, at) for at in local):
        return talk.say("slots_not_then" if wish.bound else "slots_not_hour")
    if wish.part and not any(_is_in(wish.part, at) for at in local):
        return talk.say("slots_not_then")
    return ""


def _local(talk: Talk, slot: SlotView) -> datetime:
    return slot.starts_at.astimezone(ZoneInfo(talk.zone))


def _is_the_one(wish: SlotWish, at: datetime) -> bool:
    """Whether this is the very day and hour they named."""
    exact = wish.day is not None and wish.at is not None and not wish.bound
    return exact and at.date() in (wish.day, wish.or_day) and _keeps_to_hour(wish, at)


def _keeps_to_hour(wish: SlotWish, at: datetime) -> bool:
    if wish.at is None:
        return True
    fits = {"": wish.at.__eq__, "after": wish.at.__le__, "before": wish.at.__gt__}[wish.bound]
    return bool(fits(at.time()))


def _is_in(part: str, at: datetime) -> bool:
    return at.hour < NOON if part == "morning" else at.hour >= AFTER_LUNCH


def book(talk: Talk, slot: SlotView) -> Replies:
    """Book or move to an offered time and say what the row says."""
    moving = talk.context.meeting is not None
    tool = talk.toolbox.reschedule if moving else talk.toolbox.check_and_book
    result = tool(slot.id)
    if moving and result.status == BookingStatus.NO_MEETING:
        result, moving = talk.toolbox.check_and_book(slot.id), False
    return _report(talk, result, moving=moving)


def cancel(talk: Talk) -> Replies:
    """Cancel what the lead confirmed cancelling."""
    result = talk.toolbox.cancel_meeting()
    talk.memory.settle()
    if result.status == BookingStatus.CANCELLED:
        talk.memory.phase = "declined"
        return talk.finish(Reply(wording.cancelled(talk.language)))
    if result.status == BookingStatus.NO_MEETING:
        return talk.finish(Reply(talk.say("no_meeting")))
    if result.status == BookingStatus.LIMIT:
        return talk.hand_off(HandoffWhy.POLICY)
    return talk.hand_off(HandoffWhy.PROVIDER_DOWN)


def _report(talk: Talk, result: BookingResult, *, moving: bool) -> Replies:
    status = result.status
    if status in (BookingStatus.CONFIRMED, BookingStatus.PENDING) and result.meeting:
        return _booked(talk, result.meeting, moved=moving)
    if status in (BookingStatus.TAKEN, BookingStatus.EXPIRED):
        return _offer_again(talk, result)
    if status == BookingStatus.HAS_MEETING and (meeting := result.meeting or talk.context.meeting):
        talk.memory.settle()
        details = talk.meeting_details(meeting)
        return talk.finish(Reply(f"{details}\n\n{talk.say('change_note')}"))
    why = HandoffWhy.POLICY if status == BookingStatus.LIMIT else HandoffWhy.PROVIDER_DOWN
    return talk.hand_off(why)


def _booked(talk: Talk, meeting: MeetingView, *, moved: bool) -> Replies:
    talk.memory.settle()
    text = wording.confirmation(
        meeting,
        talk.language,
        name=talk.name,
        zone=talk.memory.zone,
        moved=moved,
        note=talk.playbook.meeting_note,
    )
    return talk.finish(Reply(text))


def _offer_again(talk: Talk, result: BookingResult) -> Replies:
    lost = result.status == BookingStatus.TAKEN
    talk.memory.confirming = ""
    if not result.alternatives:
        intro = f"{talk.say('taken')} {talk.say('taken_offer')}" if lost else ""
        return offer(talk, talk.memory.wish, intro=intro or talk.say("slots_expired"))
    talk.memory.phase, talk.memory.asking = "slots", ""
    intro = "" if lost else talk.say("slots_expired")
    if lost:
        intro = f"{talk.say('taken')} {talk.say('taken_offer')}"
    return talk.finish(_list(talk, result.alternatives, intro))


def _list(talk: Talk, slots: tuple[SlotView, ...], intro: str) -> Reply:
    """The list, in words that do not stand right above."""
    words = (intro or talk.say("slots"), talk.say("slots_which"), talk.say("slots_wish"))
    opening = next((text for text in words if not talk.said_before(text)), words[0])
    reply = wording.slot_list(
        slots, zone=talk.zone, language=talk.language, certain=talk.zone_certain, intro=opening
    )
    told = talk.said_before(reply.text.removeprefix(opening).strip())
    return replace(reply, text=opening) if told else reply


def list_again(talk: Talk, slots: tuple[SlotView, ...], intro: str) -> Replies:
    """Show times that are already on offer."""
    talk.memory.phase, talk.memory.asking = "slots", ""
    return talk.finish(_list(talk, slots, intro))
