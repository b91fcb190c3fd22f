"""Everything said about times and meetings: rendered from rows, never from an intention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from agent.opening import next_opening
from agent.playbook.schema import Texts
from agent.turn import (
    HandoffWhy,
    Language,
    MeetingView,
    Reply,
    ReplyOption,
    SlotView,
    SlotWish,
    TurnContext,
)
from agent.wording.clock import (
    clock,
    date_and_time,
    day_name,
    near_day,
    slot_title,
    zone_name,
)
from agent.wording.texts import pick, say

LIST_ROWS = 10
DESCRIPTION_LIMIT = 72
NO_NOTE: Texts = {}


def slot_list(
    slots: Sequence[SlotView],
    *,
    zone: str,
    language: Language,
    certain: bool = True,
    intro: str = "",
) -> Reply:
    """Offer times as a list whose rows carry the slots' own ids."""
    where = zone_name(zone, language)
    note = say("slots_zone" if certain else "slots_zone_guess", language, zone=where)
    rows = tuple(
        ReplyOption(
            id=slot.id,
            title=slot_title(slot.starts_at, zone, language),
            description=_host_and_zone(slot.host, where),
        )
        for slot in slots[:LIST_ROWS]
    )
    return Reply(
        text=f"{intro or say('slots', language)} {note}",
        kind="list",
        options=rows,
        button_label=say("slots_button", language),
    )


def _host_and_zone(host: str, where: str) -> str:
    """A name may be cut short, whose clock it is may not."""
    said = f" · {where}"
    return host[: DESCRIPTION_LIMIT - len(said)] + said


def confirmation(
    meeting: MeetingView,
    language: Language,
    *,
    name: str = "",
    zone: str = "",
    moved: bool = False,
    note: Texts = NO_NOTE,
) -> str:
    """Say what the row says: confirmed only if it is. `note`: how it takes place without a link."""
    greeted = f", {name}" if name else ""
    if not meeting.confirmed:
        opening, closing = say("pending", language, name=greeted), say("pending_note", language)
    else:
        opening = say("moved" if moved else "confirmed", language, name=greeted)
        closing = say("change_note", language)
    file = _file(meeting, language)
    return f"{opening}\n{_lines(meeting, language, zone, note)}{file}\n\n{closing}"


def meeting_details(
    meeting: MeetingView, language: Language, *, zone: str = "", note: Texts = NO_NOTE
) -> str:
    """Repeat the lead's meeting."""
    opening = say("your_meeting" if meeting.confirmed else "your_hold", language)
    return f"{opening}\n{_lines(meeting, language, zone, note)}"


def reminder(
    meeting: MeetingView,
    language: Language,
    *,
    name: str = "",
    zone: str = "",
    note: Texts = NO_NOTE,
) -> str:
    """Say what is ahead, before it is."""
    opening = say("reminder", language, name=f", {name}" if name else "")
    return f"{opening}\n{_lines(meeting, language, zone, note)}\n\n{say('change_note', language)}"


def moved_by_host(
    meeting: MeetingView,
    language: Language,
    *,
    name: str = "",
    zone: str = "",
    note: Texts = NO_NOTE,
) -> str:
    """Say that we moved it, and that it can be changed."""
    opening = say("host_moved", language, name=f", {name}" if name else "")
    lines = _lines(meeting, language, zone, note) + _file(meeting, language)
    return f"{opening}\n{lines}\n\n{say('host_moved_note', language)}"


def cancelled_by_host(
    meeting: MeetingView,
    slots: Sequence[SlotView],
    language: Language,
    *,
    name: str = "",
    zone: str = "",
    certain: bool = True,
) -> Reply:
    """Apologise, and offer other times; without any a person has to."""
    where = zone or meeting.time_zone
    when = date_and_time(meeting.starts_at, where, language)
    sorry = say("host_cancelled", language, name=f", {name}" if name else "", when=when)
    if not slots:
        return Reply(f"{sorry} {say('host_cancelled_person', language)}")
    intro = f"{sorry} {say('host_cancelled_slots', language)}"
    return slot_list(slots, zone=where, language=language, certain=certain, intro=intro)


def cancelled_by_us(
    meeting: MeetingView, language: Language, *, name: str = "", zone: str = ""
) -> str:
    """Apologise, and leave it to them whether they want another time."""
    when = date_and_time(meeting.starts_at, zone or meeting.time_zone, language)
    sorry = say("host_cancelled", language, name=f", {name}" if name else "", when=when)
    return f"{sorry} {say('host_cancelled_note', language)}"


def confirm_cancel(meeting: MeetingView, language: Language, *, zone: str = "") -> Reply:
    """Ask before cancelling."""
    when = date_and_time(meeting.starts_at, zone or meeting.time_zone, language)
    return _yes_or_no("cancel", say("confirm_cancel", language, when=when), language)


def confirm_book(starts_at: datetime, language: Language, *, zone: str) -> Reply:
    """Answer «¿tienes el jueves a las 10?»: it is free, and nothing is booked yet."""
    when = date_and_time(starts_at, zone, language)
    return _yes_or_no("book", say("confirm_book", language, when=when), language)


def wished(wish: SlotWish, language: Language, *, zone: str, today: date | None = None) -> str:
    """Say back what time they asked for: «el jueves 26 de noviembre por la tarde»."""
    said = []
    if wish.day is not None:
        days = [near_day(day, today, language) for day in (wish.or_day, wish.day) if day]
        said.append(say("or", language).join(days))
    elif wish.earliest is not None:
        week = day_name(wish.earliest, zone, language)
        return say("from_day", language, day=week)
    if wish.at is not None:
        hour = clock(datetime.combine(today or date.min, wish.at, ZoneInfo(zone)), zone, language)
        said.append(say(f"{wish.bound or 'at'}_hour", language, hour=hour))
    elif wish.part:
        said.append(say(f"in_{wish.part}", language))
    return " ".join(said)


def confirm_move(
    meeting: MeetingView, starts_at: datetime, language: Language, *, zone: str = ""
) -> Reply:
    """Ask before moving a meeting that the lead did not ask to move."""
    where = zone or meeting.time_zone
    old = date_and_time(meeting.starts_at, where, language)
    new = date_and_time(starts_at, where, language)
    return _yes_or_no("move", say("confirm_move", language, old=old, new=new), language)


def taken(
    slots: Sequence[SlotView], *, zone: str, language: Language, certain: bool = True
) -> Reply:
    """Apologise for a lost race and offer what is left."""
    intro = f"{say('taken', language)} {say('taken_offer', language)}"
    return slot_list(slots, zone=zone, language=language, certain=certain, intro=intro)


def cancelled(language: Language) -> str:
    """Say that the meeting is cancelled."""
    return say("cancelled", language)


def hand_off(why: HandoffWhy, language: Language) -> str:
    """Tell the lead that a person takes over."""
    return say(f"hand_off_{why.value}", language)


def handing_over(
    why: HandoffWhy, context: TurnContext, language: Language, *, text: str = "", zone: str = ""
) -> str:
    """The same, or another `text`, and when somebody is there again if nobody is now."""
    said = text or hand_off(why, language)
    opens = next_opening(context.playbook, context.now)
    if opens is None:
        return said
    where = zone or context.lead.time_zone
    today = context.now.astimezone(ZoneInfo(where)).date()
    return f"{said} {_back_at(opens, language, zone=where, today=today)}"


def _yes_or_no(what: str, text: str, language: Language) -> Reply:
    yes_and_no = (
        ReplyOption(f"{what}:{said}", say(f"{what}_{said}", language)) for said in ("yes", "no")
    )
    return Reply(text, kind="buttons", options=tuple(yes_and_no))


def _back_at(opens: datetime, language: Language, *, zone: str, today: date) -> str:
    """Say that nobody is there now, and when they are back."""
    day = near_day(opens.astimezone(ZoneInfo(zone)).date(), today, language)
    hour = say("at_hour", language, hour=clock(opens, zone, language))
    return say("open_again", language, when=f"{day} {hour}")


def _lines(meeting: MeetingView, language: Language, zone: str, note: Texts) -> str:
    where = zone or meeting.time_zone
    when = date_and_time(meeting.starts_at, where, language)
    lines = [f"📅 {when} ({zone_name(where, language)})"]
    if meeting.host:
        lines.append(say("meeting_host", language, host=meeting.host))
    if meeting.join_url:
        lines.append(say("meeting_link", language, url=meeting.join_url))
    elif meeting.confirmed and note:
        lines.append(say("meeting_note", language, note=pick(note, language)))
    return "\n".join(lines)


def _file(meeting: MeetingView, language: Language) -> str:
    """A line of its own for who gets no invitation."""
    url = meeting.file_url
    return f"\n{say('meeting_file', language, url=url)}" if meeting.confirmed and url else ""
