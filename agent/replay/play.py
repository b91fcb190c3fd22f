"""One turn of the past decided again, the way a real one is. Nothing is written, nobody is asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from agent import context, deciding
from agent.engines.guided.engine import GuidedEngine
from agent.gates import Verdict
from agent.models import AgentRun
from agent.outcome import Outcome, Witness
from agent.playbook.schema import Playbook, parse_playbook
from agent.playbook.scoring import Score, score
from agent.replay import freezing
from agent.replay.billing import Bill
from agent.replay.calendar import StoredCalendar
from agent.replay.toolbox import RecordToolbox, ToolCall
from agent.turn import (
    Engine,
    EngineError,
    HandoffWhy,
    KnownFact,
    Language,
    MeetingView,
    Reply,
    SlotView,
    TurnContext,
    TurnResult,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rehearsal:
    """What replays are decided with, as leads are; the engine adds to the bill.

    `invites`: the calendar in use sends invitations, so the playbook may speak of them.
    """

    engine: Engine
    bill: Bill = field(default_factory=Bill)
    invites: bool = False

    def read(self, content: Any) -> Playbook:
        """The playbook as it would be in force."""
        playbook = parse_playbook(content)
        return playbook.with_invitations() if self.invites else playbook


@dataclass(frozen=True)
class Before:
    """What the turn finds beside its context: see RecordToolbox."""

    calendar: StoredCalendar = field(default_factory=StoredCalendar)
    bookable: tuple[SlotView, ...] = ()
    changes: tuple[datetime, ...] = ()
    locked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PlayedTurn:
    """What would have been said and done. `facts`, `offered` and `meeting` are as they stand after.

    `slots` were found in this turn. `problem` is why the first engine did not decide; the guided
    one did then, as it does for leads. `engine` is the one that decided.
    """

    replies: tuple[Reply, ...]
    facts: tuple[KnownFact, ...]
    score: Score
    slots: tuple[SlotView, ...]
    handed_off: HandoffWhy | None
    outcome: Outcome
    verdicts: tuple[Verdict, ...]
    calls: tuple[ToolCall, ...]
    offered: tuple[SlotView, ...]
    meeting: MeetingView | None
    changes: tuple[datetime, ...]
    state: Mapping[str, Any]
    language: Language
    engine: str
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)
    problem: str = ""

    @property
    def vetoes(self) -> tuple[Verdict, ...]:
        """The gates that held the first replies of the last engine back."""
        is_last = self.engine == GuidedEngine.name
        return deciding.vetoes(self.verdicts, self.outcome, is_last=is_last)


def play_turn(
    past: AgentRun | TurnContext,
    playbook: Playbook,
    engine: Engine,
    *,
    before: Before | None = None,
    bill: Bill | None = None,
) -> PlayedTurn:
    """Decide a stored turn by another playbook. Raises EngineError when no engine could.

    With the engine's bill the turn says what it cost.
    """
    bill = bill or Bill()
    spent = bill.spent
    played = _played(past, playbook, engine, before)
    return replace(played, cost=bill.spent - spent)


def _played(
    past: AgentRun | TurnContext, playbook: Playbook, engine: Engine, before: Before | None
) -> PlayedTurn:
    if isinstance(past, AgentRun):
        before = before or _before(past)
        past = context.load(past.context, playbook)
    seen = replace(past, playbook=playbook)
    attempt = _Attempt(seen, before or Before())
    guided = GuidedEngine()
    if engine.name == guided.name:
        return attempt.played(attempt.decide(engine, is_last=True))
    try:
        return attempt.played(attempt.decide(engine, is_last=False))
    except EngineError as error:
        logger.info("replayed turn: the guided flow takes over", extra={"problem": str(error)})
        again = _Attempt(attempt.left_behind(), before or Before(), attempt.toolbox.changes)
        again.problem = str(error)
        return again.played(again.decide(guided, is_last=True))


def _before(run: AgentRun) -> Before:
    found = freezing.of_run(run)
    return Before(
        calendar=found.calendar,
        bookable=found.offered,
        changes=found.changes,
        locked=found.locked_at(run.created_at),
    )


class _Attempt:
    """One engine's try at the turn."""

    def __init__(
        self, seen: TurnContext, before: Before, changes: Sequence[datetime] | None = None
    ) -> None:
        self.seen = seen
        self.problem = ""
        self.toolbox = RecordToolbox(
            context=seen,
            calendar=before.calendar,
            bookable=before.bookable,
            changes=before.changes if changes is None else changes,
            locked=before.locked,
        )
        self._witness = Witness(self.toolbox)
        self._verdicts: tuple[Verdict, ...] = ()

    def decide(self, engine: Engine, *, is_last: bool) -> TurnResult:
        return deciding.decide(engine, self.seen, self._witness, is_last=is_last, keep=self._keep)

    def left_behind(self) -> TurnContext:
        """The turn as the next engine finds it: what the failing one changed stays."""
        toolbox = self.toolbox
        return replace(
            self.seen, facts=toolbox.facts, meeting=toolbox.meeting, offered=toolbox.offered
        )

    def played(self, result: TurnResult) -> PlayedTurn:
        toolbox = self.toolbox
        return PlayedTurn(
            replies=result.replies,
            facts=toolbox.facts,
            score=score(self.seen.playbook, toolbox.facts),
            slots=toolbox.found,
            handed_off=toolbox.handed_off,
            outcome=self._witness.outcome,
            verdicts=self._verdicts,
            calls=tuple(toolbox.calls),
            offered=toolbox.offered,
            meeting=toolbox.meeting,
            changes=toolbox.changes,
            state=result.state,
            language=result.language,
            engine=result.engine,
            tokens_in=result.tokens_in,
            tokens_out=result.tokens_out,
            problem=self.problem,
        )

    def _keep(self, verdicts: tuple[Verdict, ...]) -> None:
        self._verdicts = verdicts
