"""A playbook, a moment and a toolbox in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.engines.llm import LlmSettings
from agent.model_calls import Failure, PlannedCall, Refusal, Usage
from agent.playbook.schema import Choice, Playbook, Question, Topic
from agent.turn import (
    Answer,
    BookingResult,
    BookingStatus,
    HandoffWhy,
    InboundText,
    KnownFact,
    LeadView,
    MeetingView,
    SaveResult,
    SlotsResult,
    SlotView,
    SlotWish,
    TurnContext,
)

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
PLAYBOOK = Playbook(
    business_name="Casa Verde",
    assistant_name="Luna",
    about={"es": "Paneles solares para casas.", "en": "Solar panels for homes."},
    questions=(
        Question(
            key="need",
            kind="text",
            label={"es": "Necesidad", "en": "Need"},
            ask={"es": "¿Qué estás buscando?", "en": "What are you looking for?"},
        ),
        Question(
            key="size",
            kind="choice",
            label={"es": "Tamaño", "en": "Size"},
            ask={"es": "¿Casa o negocio?", "en": "Home or business?"},
            choices=(
                Choice("home", {"es": "Casa", "en": "Home"}),
                Choice("business", {"es": "Negocio", "en": "Business"}),
            ),
        ),
    ),
    rules=(),
    topics=(
        Topic(
            key="price",
            words=("precio", "price"),
            answer={
                "es": "La instalación cuesta desde 45,000 pesos. Más en https://casaverde.mx/precios",
                "en": "Installation starts at 45,000 pesos. More at https://casaverde.mx/precios",
            },
        ),
    ),
    forbidden_claims=("el mejor del país",),
)
SLOTS = tuple(
    SlotView(
        id=f"0192f0c1-0000-7000-8000-00000000000{n}",
        starts_at=NOW + timedelta(days=n, hours=1),
        ends_at=NOW + timedelta(days=n, hours=2),
        host="Ana",
    )
    for n in (1, 2, 3)
)
MEETING = MeetingView(
    starts_at=SLOTS[0].starts_at,
    ends_at=SLOTS[0].ends_at,
    time_zone="America/Mexico_City",
    host="Ana",
    confirmed=True,
)


def moment_of(*texts: str, **fields: Any) -> TurnContext:
    """A Spanish turn in which the lead wrote these texts."""
    inbound = tuple(InboundText(f"m{n}", text) for n, text in enumerate(texts, 1))
    base = TurnContext(
        now=NOW, language="es", playbook=PLAYBOOK, lead=LeadView(name="Sol"), inbound=inbound
    )
    return replace(base, **fields)


@dataclass
class FakeToolbox:
    """Does what it is told and remembers who asked, on which thread."""

    status: BookingStatus = BookingStatus.CONFIRMED
    alternatives: tuple[SlotView, ...] = ()
    offered: tuple[SlotView, ...] = SLOTS
    error: Exception | None = None
    calls: list[tuple[str, Any]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def save_answers(self, answers: Sequence[Answer]) -> SaveResult:
        self._note("save_answers", tuple(answers))
        facts = tuple(KnownFact(a.key, a.value, a.quote) for a in answers)
        return SaveResult(tuple(a.key for a in answers), {}, facts)

    def find_slots(self, wish: SlotWish) -> SlotsResult:
        self._note("find_slots", wish)
        return SlotsResult(self.offered)

    def check_and_book(self, slot_id: str) -> BookingResult:
        self._note("check_and_book", slot_id)
        return self._result(slot_id)

    def reschedule(self, slot_id: str) -> BookingResult:
        self._note("reschedule", slot_id)
        return self._result(slot_id)

    def cancel_meeting(self) -> BookingResult:
        self._note("cancel_meeting", None)
        return BookingResult(BookingStatus.CANCELLED)

    def hand_off(self, why: HandoffWhy) -> None:
        self._note("hand_off", why)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def _note(self, name: str, value: Any) -> None:
        self.calls.append((name, value))
        self.threads.add(threading.get_ident())
        if self.error:
            raise self.error

    def _result(self, slot_id: str) -> BookingResult:
        slot = next((slot for slot in self.offered if slot.id == slot_id), None)
        if slot is None:
            return BookingResult(BookingStatus.EXPIRED)
        if self.status not in (BookingStatus.CONFIRMED, BookingStatus.PENDING):
            return BookingResult(self.status, alternatives=self.alternatives)
        confirmed = self.status is BookingStatus.CONFIRMED
        meeting = replace(
            MEETING, starts_at=slot.starts_at, ends_at=slot.ends_at, confirmed=confirmed
        )
        return BookingResult(self.status, meeting=meeting)


@dataclass
class FakeRecorder:
    """Rows in a dict; `before` runs on every load and save."""

    rows: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    before: Callable[[str, int], None] = lambda name, index: None
    threads: set[int] = field(default_factory=set)
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    planned: list[PlannedCall] = field(default_factory=list)
    ended: list[tuple[int, Usage | Failure | None]] = field(default_factory=list)

    def load(self, index: int) -> Mapping[str, Any] | None:
        self.before("load", index)
        return self.rows.get(index)

    def begin(self, call: PlannedCall) -> int | Refusal:
        self.planned.append(call)
        return self.refusals.get(call.model) or len(self.planned)

    def save(
        self,
        index: int,
        message: Mapping[str, Any],
        *,
        ticket: int,
        usage: Usage | None,
        milliseconds: int,
    ) -> None:
        assert milliseconds >= 0
        self.before("save", index)
        self.threads.add(threading.get_ident())
        self.rows[index] = message
        self.ended.append((ticket, usage))

    def fail(self, failure: Failure, *, ticket: int, milliseconds: int) -> None:
        assert milliseconds >= 0
        self.ended.append((ticket, failure))


def settings_for(url: str, *, responses: bool = False, **fields: Any) -> LlmSettings:
    """Settings that give up fast."""
    quick: dict[str, Any] = {"deadline_seconds": 5.0, "call_seconds": 2.0, "retry_seconds": 0.0}
    return LlmSettings(
        api_key="test-key",
        base_url=url,
        model="main",
        use_responses_api=responses,
        **(quick | fields),
    )
