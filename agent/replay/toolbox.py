"""The tools in record mode: the same rules over what is in memory. Nothing is written or sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.playbook.schema import Playbook
from agent.replay.calendar import StoredCalendar
from agent.tools.answers import misfit
from agent.turn import (
    Answer,
    BookingResult,
    BookingStatus,
    HandoffWhy,
    KnownFact,
    MeetingView,
    SaveResult,
    SlotsResult,
    SlotView,
    SlotWish,
    TurnContext,
)
from conversations.services.booking_rules import Standing, refused
from conversations.services.words import NOT_QUOTED, quoted_at

DAY = timedelta(days=1)


@dataclass(frozen=True)
class ToolCall:
    """What a tool was asked and what it answered."""

    tool: str
    arguments: Mapping[str, Any]
    result: Any


class RecordToolbox:
    """Implements agent.turn.Toolbox over one turn's context.

    `bookable` are the times that were offered before and can still be had, `changes` when the lead
    moved or cancelled a meeting lately, `locked` the answers that only staff change.
    """

    def __init__(
        self,
        *,
        context: TurnContext,
        calendar: StoredCalendar,
        bookable: Sequence[SlotView] = (),
        changes: Sequence[datetime] = (),
        locked: Collection[str] = (),
    ) -> None:
        self._playbook: Playbook = context.playbook
        self._now = context.now
        self._zone = ZoneInfo(context.lead.time_zone)
        self._calendar = calendar
        self._texts = {each.message_id: each.text for each in context.inbound}
        self._facts = {fact.key: fact for fact in context.facts}
        self._bookable = {slot.id: slot for slot in (*bookable, *context.offered)}
        self._lost: list[SlotView] = []
        self.meeting: MeetingView | None = context.meeting
        self.offered: tuple[SlotView, ...] = context.offered
        self.found: tuple[SlotView, ...] = ()
        self.changes = tuple(changes)
        self._locked = frozenset(locked) & frozenset(self._facts)
        self.handed_off: HandoffWhy | None = None
        self.calls: list[ToolCall] = []

    @property
    def facts(self) -> tuple[KnownFact, ...]:
        """What is known now."""
        return tuple(self._facts.values())

    def save_answers(self, answers: Sequence[Answer]) -> SaveResult:
        rejected = {each.key: unfit for each in answers if (unfit := self._unfit(each))}
        fitting = [answer for answer in answers if answer.key not in rejected]
        proposed = tuple(answer.key for answer in fitting if self._is_held(answer))
        for answer in fitting:
            if answer.key not in self._locked:
                self._facts.pop(answer.key, None)
                self._facts[answer.key] = KnownFact(answer.key, answer.value, answer.quote[:500])
        saved = tuple(answer.key for answer in fitting if answer.key not in proposed)
        result = SaveResult(saved, rejected, self.facts, proposed)
        self._note("save_answers", {"answers": [asdict(answer) for answer in answers]}, result)
        return result

    def find_slots(self, wish: SlotWish) -> SlotsResult:
        result = self._search(wish)
        self._note("find_slots", asdict(wish), result)
        return result

    def check_and_book(self, slot_id: str) -> BookingResult:
        return self._book("check_and_book", slot_id, moves=False)

    def reschedule(self, slot_id: str) -> BookingResult:
        return self._book("reschedule", slot_id, moves=True)

    def cancel_meeting(self) -> BookingResult:
        result = BookingResult(BookingStatus.NO_MEETING)
        if self.meeting is not None:
            result = BookingResult(BookingStatus.CANCELLED, self.meeting)
            self.meeting = None
            self.changes = (*self.changes, self._now)
        self._note("cancel_meeting", {}, result)
        return result

    def hand_off(self, why: HandoffWhy) -> None:
        self.handed_off = why
        self._note("hand_off", {"why": str(why)}, None)

    def _unfit(self, answer: Answer) -> str:
        text = self._texts.get(answer.message_id, "")
        unfit = misfit(self._playbook.question(answer.key), answer.value)
        return unfit or ("" if quoted_at(answer.quote, text) >= 0 else NOT_QUOTED)

    def _is_held(self, answer: Answer) -> bool:
        """Whether staff would have to decide."""
        return answer.key in self._locked and self._facts[answer.key].value != answer.value

    def _search(self, wish: SlotWish) -> SlotsResult:
        result = self._calendar.find(
            wish, turn_at=self._now, zone=self._zone, meeting=self.meeting, lost=self._lost
        )
        self.found = result.slots
        self.offered = result.slots or self.offered
        self._bookable |= {slot.id: slot for slot in result.slots}
        return result

    def _book(self, tool: str, slot_id: str, *, moves: bool) -> BookingResult:
        slot = self._bookable.get(slot_id)
        if slot and slot.starts_at < self._calendar.notice_ends(slot, self._now):
            slot = None
        status = refused(self._standing(slot), moves=moves, changes=self._changes_today())
        if status is not None:
            result = BookingResult(BookingStatus(status), self.meeting)
        elif slot is None:
            result = BookingResult(BookingStatus.EXPIRED)
        else:
            result = self._take(slot)
        self._note(tool, {"slot_id": slot_id}, result)
        return result

    def _take(self, slot: SlotView) -> BookingResult:
        stored = self._calendar.booked(slot)
        if stored.status is BookingStatus.TAKEN:
            self._lost.append(slot)
            day = slot.starts_at.astimezone(self._zone).date()
            return BookingResult(stored.status, None, self._search(SlotWish(day=day)).slots)
        if stored.status not in (BookingStatus.CONFIRMED, BookingStatus.PENDING):
            return BookingResult(stored.status)
        if self.meeting is not None:
            self.changes = (*self.changes, self._now)
        self.meeting = MeetingView(
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            time_zone=str(self._zone),
            host=slot.host,
            confirmed=stored.status is BookingStatus.CONFIRMED,
            join_url=stored.join_url,
        )
        return BookingResult(stored.status, self.meeting)

    def _standing(self, slot: SlotView | None) -> Standing | None:
        meeting = self.meeting
        if meeting is None:
            return None
        wanted = (slot.starts_at, slot.host) if slot else None
        return Standing(meeting.confirmed, (meeting.starts_at, meeting.host) == wanted)

    def _changes_today(self) -> int:
        return sum(at > self._now - DAY for at in self.changes)

    def _note(self, tool: str, arguments: dict[str, Any], result: Any) -> None:
        self.calls.append(ToolCall(tool, arguments, result))
