"""One turn: what an engine sees, what it may do, what it answers. Frozen, no Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol, get_args

from agent.playbook.schema import Playbook
from agent.remarks import Remark
from agent.times import (
    BookingResult,
    BookingStatus,
    MeetingView,
    SlotsResult,
    SlotView,
    SlotWish,
)

__all__ = [
    "LANGUAGES",
    "NO_MARKETING",
    "OWN_NUMBER",
    "Answer",
    "BookingResult",
    "BookingStatus",
    "Engine",
    "EngineError",
    "HandoffWhy",
    "HistoryLine",
    "InboundText",
    "KnownFact",
    "Language",
    "LeadView",
    "MeetingView",
    "Reply",
    "ReplyOption",
    "SaveResult",
    "SlotView",
    "SlotWish",
    "SlotsResult",
    "Toolbox",
    "TurnContext",
    "TurnResult",
]

Language = Literal["es", "en", "pt"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
# The kind of the card with which a lead answers our request for their number.
OWN_NUMBER = "own_number"
# The kind of the tap on a template's button against promotions.
NO_MARKETING = "no_marketing"
TIME_TO_READ = timedelta(seconds=10)


@dataclass(frozen=True)
class LeadView:
    """What an engine may know of the lead: no id, no phone number.

    `time_zone` is IANA; `time_zone_certain` is False when it is only a guess from the prefix of
    a country with several zones.
    """

    name: str = ""
    profile_name: str = ""
    email: str = ""
    company: str = ""
    time_zone: str = "America/Mexico_City"
    time_zone_certain: bool = True


@dataclass(frozen=True)
class InboundText:
    """A message that waits for an answer. `reply_id` is the tapped button or row, untrusted.

    The text of a voice note is what was heard in it, that of a form what was filled in; `form` says
    in which field. `label` is what came with it and is not the lead's words: names on a contact
    card, a place, an order, the fields of a form. `images` are ids of stored pictures.
    """

    message_id: str
    text: str
    kind: str = "text"
    reply_id: str = ""
    label: str = ""
    images: tuple[str, ...] = ()
    form: tuple[tuple[str, str], ...] = ()

    @property
    def spoken(self) -> bool:
        return self.kind in ("voice", "audio")

    @property
    def unheard(self) -> bool:
        return self.spoken and not self.text.strip()


@dataclass(frozen=True)
class HistoryLine:
    """Something said before. `author` is lead, bot or staff."""

    author: str
    text: str
    at: datetime


@dataclass(frozen=True)
class KnownFact:
    """A current answer with the words it came from."""

    key: str
    value: Any
    quote: str = ""


@dataclass(frozen=True)
class TurnContext:
    """Everything an engine decides from. Stored with the run, so a retry decides the same."""

    now: datetime
    language: Language
    playbook: Playbook
    lead: LeadView
    inbound: tuple[InboundText, ...]
    history: tuple[HistoryLine, ...] = ()
    facts: tuple[KnownFact, ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    meeting: MeetingView | None = None
    offered: tuple[SlotView, ...] = ()
    first_turn: bool = False

    @property
    def unheard(self) -> bool:
        """Whether there is nothing but voice notes that nobody could make words of."""
        return bool(self.inbound) and all(message.unheard for message in self.inbound)

    def said_before(self, text: str, lines: int = 1) -> bool:
        """Whether one of our last messages has these very words."""
        ours = [line.text for line in self.history if line.author == "bot"]
        return any(text and text in line for line in ours[-lines:])

    def just_said(self, text: str) -> bool:
        """Whether we said this so lately that they can hardly have read it before they wrote."""
        recent = (line for line in self.history if self.now - line.at < TIME_TO_READ)
        return any(line.author == "bot" and text in line.text for line in recent)


@dataclass(frozen=True)
class Answer:
    """An answer to a playbook question. `quote` must be a substring of that message's text."""

    key: str
    value: Any
    message_id: str
    quote: str


@dataclass(frozen=True)
class SaveResult:
    """Which answers were stored; the rejected ones say why. `facts` is the state afterwards.

    `proposed`: a colleague has fixed another answer and decides; neither argue nor ask again.
    """

    saved: tuple[str, ...]
    rejected: Mapping[str, str]
    facts: tuple[KnownFact, ...]
    proposed: tuple[str, ...] = ()


class HandoffWhy(StrEnum):
    """Mirrors conversations' HandoffReason for what an engine may say."""

    ASKED = "asked"
    FRUSTRATED = "frustrated"
    STUCK = "stuck"
    POLICY = "policy"
    PROVIDER_DOWN = "provider_down"
    OFF_TOPIC = "off_topic"


class Toolbox(Protocol):
    """Bound to one conversation and one turn; calls are replayed from rows on a retry."""

    def save_answers(self, answers: Sequence[Answer]) -> SaveResult:
        """Store what the lead said; validates value against the question and quote against text."""

    def find_slots(self, wish: SlotWish) -> SlotsResult:
        """Three to six free times over at least two days if there are, stored as offers."""

    def check_and_book(self, slot_id: str) -> BookingResult:
        """Book an offered time after a fresh check."""

    def reschedule(self, slot_id: str) -> BookingResult:
        """Move the lead's meeting to an offered time."""

    def cancel_meeting(self) -> BookingResult:
        """Cancel the lead's meeting."""

    def hand_off(self, why: HandoffWhy) -> None:
        """Give the conversation to staff once this turn's replies are queued."""


@dataclass(frozen=True)
class ReplyOption:
    """A button (≤ 3, title ≤ 20) or a list row (≤ 10, title ≤ 24, description ≤ 72)."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class Reply:
    """One message to send. `kind` buttons or list needs options."""

    text: str
    kind: Literal["text", "buttons", "list"] = "text"
    options: tuple[ReplyOption, ...] = ()
    button_label: str = ""


@dataclass(frozen=True)
class TurnResult:
    """What to say, and the state to carry into the next turn (JSON-safe).

    `state["zone"]` is the IANA zone that the lead named, if they did. `remarks` are for staff.
    """

    replies: tuple[Reply, ...]
    state: Mapping[str, Any]
    language: Language
    engine: str
    tokens_in: int = 0
    tokens_out: int = 0
    remarks: tuple[Remark, ...] = ()


class EngineError(Exception):
    """The engine could not decide: the provider failed, or every answer was vetoed.

    `remarks` are what it turned down before that.
    """

    def __init__(self, problem: str, remarks: Sequence[Remark] = ()) -> None:
        super().__init__(problem)
        self.remarks = tuple(remarks)


class Engine(Protocol):
    """Context in, result out; talks to the world through the toolbox only."""

    name: str

    def decide(self, context: TurnContext, toolbox: Toolbox) -> TurnResult:
        """Decide one turn or raise EngineError."""
