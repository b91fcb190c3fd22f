"""What the toolbox did in one turn: the rows that texts are checked against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.turn import (
    Answer,
    BookingResult,
    BookingStatus,
    HandoffWhy,
    KnownFact,
    SaveResult,
    SlotsResult,
    SlotView,
    SlotWish,
    Toolbox,
)

SETTLED = (BookingStatus.CONFIRMED, BookingStatus.PENDING, BookingStatus.CANCELLED)

# How that gate's reason begins; staff are shown what follows, and the web loads no gates.
FORBIDS = "It makes a claim that the playbook forbids: "


@dataclass(frozen=True)
class Outcome:
    """Effects in order. `slots` are on offer now: the last ones found and not yet settled.

    `why` is the reason where it was handed off.
    """

    facts: tuple[KnownFact, ...] = ()
    bookings: tuple[BookingResult, ...] = ()
    moved: bool = False
    slots: tuple[SlotView, ...] = ()
    handed_off: bool = False
    why: HandoffWhy = HandoffWhy.ASKED

    @property
    def settled(self) -> BookingResult | None:
        """The last booking, move or cancellation that changed something."""
        return next((b for b in reversed(self.bookings) if b.status in SETTLED), None)


class Witness:
    """A toolbox that remembers what went through it."""

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self.outcome = Outcome()

    def save_answers(self, answers: Sequence[Answer]) -> SaveResult:
        result = self._toolbox.save_answers(answers)
        self.outcome = replace(self.outcome, facts=result.facts)
        return result

    def find_slots(self, wish: SlotWish) -> SlotsResult:
        result = self._toolbox.find_slots(wish)
        self.outcome = replace(self.outcome, slots=result.slots)
        return result

    def check_and_book(self, slot_id: str) -> BookingResult:
        return self._note(self._toolbox.check_and_book(slot_id))

    def reschedule(self, slot_id: str) -> BookingResult:
        result = self._note(self._toolbox.reschedule(slot_id))
        if result.status is BookingStatus.CONFIRMED:
            self.outcome = replace(self.outcome, moved=True)
        return result

    def cancel_meeting(self) -> BookingResult:
        return self._note(self._toolbox.cancel_meeting())

    def hand_off(self, why: HandoffWhy) -> None:
        self._toolbox.hand_off(why)
        self.outcome = replace(self.outcome, handed_off=True, why=why)

    def _note(self, result: BookingResult) -> BookingResult:
        settled = result.status in SETTLED
        self.outcome = replace(
            self.outcome,
            bookings=(*self.outcome.bookings, result),
            slots=() if settled else result.alternatives or self.outcome.slots,
        )
        return result
