"""An in-memory toolbox that is as strict as the real one about quotes and offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.playbook.schema import Playbook
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
)

HOST = "Laura Méndez"
ZONE = ZoneInfo("America/Mexico_City")
HOURS = (9, 10, 12, 16, 17)


@dataclass
class FakeToolbox:
    """Keeps facts, offers and one meeting. `results` forces the next booking statuses."""

    playbook: Playbook
    now: datetime
    facts: dict[str, KnownFact] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    offered: tuple[SlotView, ...] = ()
    meeting: MeetingView | None = None
    results: list[BookingStatus] = field(default_factory=list)
    slots_problem: str = ""
    calls: list[str] = field(default_factory=list)
    wishes: list[SlotWish] = field(default_factory=list)
    handed_off: HandoffWhy | None = None
    reject: dict[str, str] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)

    def save_answers(self, answers: Sequence[Answer]) -> SaveResult:
        self.calls.append("save_answers")
        rejected = dict[str, str]()
        for answer in answers:
            assert answer.quote, answer
            assert answer.quote in self.texts[answer.message_id], answer
            assert self.playbook.question(answer.key) is not None
            if answer.key in self.reject:
                rejected[answer.key] = self.reject[answer.key]
            elif answer.key not in self.locked:
                self.facts[answer.key] = KnownFact(answer.key, answer.value, answer.quote)
        proposed = tuple(a.key for a in answers if a.key in self.locked)
        saved = tuple(a.key for a in answers if a.key not in (*rejected, *proposed))
        return SaveResult(saved, rejected, tuple(self.facts.values()), proposed)

    def find_slots(self, wish: SlotWish) -> SlotsResult:
        self.calls.append("find_slots")
        self.wishes.append(wish)
        if self.slots_problem:
            return SlotsResult((), self.slots_problem)
        self.offered = self._free(wish)
        return SlotsResult(self.offered, "" if self.offered else "no_slots")

    def check_and_book(self, slot_id: str) -> BookingResult:
        self.calls.append("check_and_book")
        if self.meeting:
            return BookingResult(BookingStatus.HAS_MEETING, self.meeting)
        return self._put(slot_id)

    def reschedule(self, slot_id: str) -> BookingResult:
        self.calls.append("reschedule")
        if not self.meeting:
            return BookingResult(BookingStatus.NO_MEETING)
        return self._put(slot_id)

    def cancel_meeting(self) -> BookingResult:
        self.calls.append("cancel_meeting")
        if not self.meeting:
            return BookingResult(BookingStatus.NO_MEETING)
        self.meeting = None
        return BookingResult(BookingStatus.CANCELLED)

    def hand_off(self, why: HandoffWhy) -> None:
        self.calls.append("hand_off")
        self.handed_off = why

    def _put(self, slot_id: str) -> BookingResult:
        slot = next((slot for slot in self.offered if slot.id == slot_id), None)
        status = self.results.pop(0) if self.results else BookingStatus.CONFIRMED
        if slot is None:
            return BookingResult(BookingStatus.EXPIRED)
        if status == BookingStatus.TAKEN:
            self.offered = tuple(other for other in self.offered if other != slot)
            return BookingResult(status, alternatives=self.offered)
        if status not in (BookingStatus.CONFIRMED, BookingStatus.PENDING):
            return BookingResult(status)
        self.meeting = MeetingView(
            slot.starts_at,
            slot.ends_at,
            str(ZONE),
            slot.host,
            confirmed=status == BookingStatus.CONFIRMED,
        )
        return BookingResult(status, self.meeting)

    def _free(self, wish: SlotWish) -> tuple[SlotView, ...]:
        start = self.now.astimezone(ZONE).replace(minute=0, second=0, microsecond=0)
        found = []
        for ahead in range(1, 15):
            for hour in HOURS:
                at = (start + timedelta(days=ahead)).replace(hour=hour)
                if at.weekday() < 5 and _matches(wish, at):
                    found.append(at)
        if wish == SlotWish():
            found = [at for at in found if at.hour in (10, 16)]
        return tuple(
            SlotView(f"slot-{at:%m%d%H}", at.astimezone(UTC), at.astimezone(UTC) + HOUR, HOST)
            for at in found[:6]
        )


HOUR = timedelta(hours=1)


def _matches(wish: SlotWish, at: datetime) -> bool:
    if wish.day and at.date() not in (wish.day, wish.or_day):
        return False
    if wish.at and not _keeps_to_hour(wish, wish.at, at.time()):
        return False
    if wish.earliest and at < wish.earliest:
        return False
    if wish.part == "afternoon":
        return at.hour >= 13
    return not wish.part or at.hour < 12


def _keeps_to_hour(wish: SlotWish, wanted: time, at: time) -> bool:
    return {"": at == wanted, "after": at >= wanted, "before": at < wanted}[wish.bound]


def confirmed(toolbox: FakeToolbox) -> FakeToolbox:
    """Let the calendar say yes to a pending meeting."""
    if toolbox.meeting:
        toolbox.meeting = replace(toolbox.meeting, confirmed=True)
    return toolbox
