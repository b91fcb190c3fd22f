"""One replayed conversation beside the one that was: frozen, for the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agent import run_words
from agent.admin import replay_words
from agent.admin.replay_words import Names
from agent.admin.spend import dollars
from agent.models import ReplayTurn
from agent.replay import expectations, sides
from agent.replay.sides import Said, Side
from conversations.admin import dates, labels
from conversations.admin.base import NOTHING
from conversations.admin.bubbles import kind_label
from conversations.models import HandoffReason, Temperature

TOKENS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """Words that stand on both sides, or on this one only."""

    text: str
    only_here: bool


@dataclass(frozen=True)
class Bubble:
    """One message of a side."""

    pieces: tuple[Piece, ...]
    options: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One thing that is compared."""

    name: str
    then: str
    now: str

    @property
    def differs(self) -> bool:
        return self.then != self.now


@dataclass(frozen=True)
class Turn:
    """One turn, then and now."""

    number: int
    heard: tuple[str, ...]
    then: tuple[Bubble, ...]
    now: tuple[Bubble, ...]
    rows: tuple[Row, ...]
    failures: tuple[str, ...]
    parts_ways: bool
    problem: str


def compare(rows: Sequence[ReplayTurn], names: Names) -> list[Turn]:
    """All turns of a conversation; the first one whose words differ is marked."""
    turns: list[Turn] = []
    apart = False
    for row in rows:
        then, now = sides.load(row.before), sides.load(row.after)
        parts = not apart and then.text != now.text
        apart = apart or parts
        turns.append(_turn(row, then, now, names, parts_ways=parts))
    return turns


def _turn(row: ReplayTurn, then: Side, now: Side, names: Names, *, parts_ways: bool) -> Turn:
    before, after = differing(then.text, now.text)
    return Turn(
        number=row.position,
        heard=tuple(each["text"] or kind_label(each["kind"]) for each in row.said),
        then=_bubbles(then.said, before),
        now=_bubbles(now.said, after),
        rows=tuple(_rows(then, now, names)),
        failures=tuple(
            replay_words.failure_text(each, names)
            for each in expectations.load_failures(row.failures)
        ),
        parts_ways=parts_ways,
        problem=run_words.problem(now.problem) if now.engine else "",
    )


def differing(then: str, now: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, word by word."""
    left, right = TOKENS.findall(then), TOKENS.findall(now)
    before: list[Piece] = []
    after: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        before.append(Piece("".join(left[a:b]), tag != "equal"))
        after.append(Piece("".join(right[c:d]), tag != "equal"))
    return before, after


def _bubbles(said: Sequence[Said], pieces: Sequence[Piece]) -> tuple[Bubble, ...]:
    """The pieces given back to the messages that they were joined from, by a line each."""
    rest = list(pieces)
    found = []
    for message in said:
        mine, rest = _split(rest, len(message.text))
        _newline, rest = _split(rest, 1)
        found.append(Bubble(tuple(mine), message.options))
    return tuple(found)


def _split(pieces: Sequence[Piece], length: int) -> tuple[list[Piece], list[Piece]]:
    taken: list[Piece] = []
    rest = list(pieces)
    while rest and length:
        piece = rest.pop(0)
        head, tail = piece.text[:length], piece.text[length:]
        taken.append(Piece(head, piece.only_here))
        length -= len(head)
        if tail:
            rest.insert(0, Piece(tail, piece.only_here))
    return [piece for piece in taken if piece.text], rest


def _rows(then: Side, now: Side, names: Names) -> Iterator[Row]:
    """What either side has; of a turn that no run tells of, only what is new."""
    for name, read in READERS.items():
        old = read(then, names) if then.is_known else _("not known")
        new = read(now, names)
        if new or (then.is_known and old):
            yield Row(str(name), old or NOTHING, new or NOTHING)


def _facts(side: Side, names: Names) -> str:
    return "\n".join(
        f"{labels.fact_name(key, names)}: {labels.fact_value(key, value, names)}"
        for key, value in sorted(side.facts.items())
    )


def _score(side: Side, _names: Names) -> str:
    label = dict(Temperature.choices).get(side.temperature, side.temperature)
    return f"{side.score} · {label}" if label else str(side.score)


def _slots(side: Side, _names: Names) -> str:
    return "\n".join(map(dates.day_and_hour, side.slots))


def _handed(side: Side, _names: Names) -> str:
    return str(dict(HandoffReason.choices).get(side.handed_off, side.handed_off))


def _booking(side: Side, _names: Names) -> str:
    return run_words.said(run_words.BOOKINGS, side.booking) if side.booking else ""


def _meeting(side: Side, _names: Names) -> str:
    return dates.day_and_hour(side.meeting_at) if side.meeting_at else ""


def _vetoes(side: Side, _names: Names) -> str:
    return "\n".join(map(run_words.gate_name, side.vetoes))


def _engine(side: Side, _names: Names) -> str:
    return run_words.said(run_words.ENGINES, side.engine) if side.engine else ""


def _cost(side: Side, _names: Names) -> str:
    cost = Decimal(side.cost)
    if not (side.tokens_in or side.tokens_out or cost):
        return ""
    return f"{dollars(cost)} · {side.tokens_in:,} → {side.tokens_out:,}"


READERS = {
    gettext_lazy("Answers known"): _facts,
    gettext_lazy("Score"): _score,
    gettext_lazy("Times offered"): _slots,
    gettext_lazy("Handed over"): _handed,
    gettext_lazy("Booking"): _booking,
    gettext_lazy("Meeting"): _meeting,
    gettext_lazy("Held back by checks"): _vetoes,
    gettext_lazy("Engine"): _engine,
    gettext_lazy("Cost"): _cost,
}
