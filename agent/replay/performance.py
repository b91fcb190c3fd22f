"""Plays a replay's conversations one turn at a time, from wherever its rows say that it stands."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from uuid import UUID

from agent.models import Replay, ReplayTurn
from agent.playbook.scoring import score
from agent.replay import expectations, freezing, line, past, plan, sides
from agent.replay.expectations import BuiltIn
from agent.replay.freezing import Frozen
from agent.replay.line import Line
from agent.replay.plan import Planned, PlannedCase
from agent.replay.play import Rehearsal, play_turn
from agent.replay.sides import Side
from agent.replay.turns import Past, PastTurn

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Played:
    """What a step brought: a turn, or the end of a conversation with what did not hold in it.

    `plan` is set when a calendar was frozen into it.
    """

    turn: ReplayTurn | None = None
    plan: tuple[Planned, ...] | None = None
    failed: tuple[ReplayTurn, ...] = ()
    problem: str = ""
    is_over: bool = False


class Performance:
    """One worker's stretch of a replay."""

    def __init__(self, replay: Replay, stage: Rehearsal) -> None:
        self._replay = replay
        self._stage = stage
        self._playbook = stage.read(replay.content)
        self._plan = plan.load(replay.chosen)
        self._done = replay.done
        self._past: tuple[UUID, Past] | None = None

    def next(self) -> Played | None:
        """Play the next turn, or close a conversation; None when all is played."""
        if self._done >= len(self._plan):
            return None
        planned = self._plan[self._done]
        found = self._rebuilt(planned)
        rows = self._rows(planned)
        turn = self._following(found, rows)
        if turn is None:
            self._done += 1
            return self._judged(planned, found, rows)
        return self._played(planned, found, turn, rows)

    def _rows(self, planned: Planned) -> list[ReplayTurn]:
        rows = self._replay.turns.filter(conversation_id=planned.conversation)
        return list(rows.order_by("position"))

    def _rebuilt(self, planned: Planned) -> Past:
        if self._past is None or self._past[0] != planned.conversation:
            self._past = (planned.conversation, self._read(planned))
        return self._past[1]

    def _read(self, planned: Planned) -> Past:
        if planned.run is not None:
            return past.of_run(run_id=planned.run, playbook=self._playbook)
        return past.rebuild(
            conversation_id=planned.conversation, up_to=planned.up_to, playbook=self._playbook
        )

    def _following(self, found: Past, rows: list[ReplayTurn]) -> PastTurn | None:
        """The turn to play; none once a human has the line and no other begins."""
        if len(rows) >= len(found.turns):
            return None
        turn = found.turns[len(rows)]
        if rows and _line_after(rows[-1]).handed_off and turn.anchor is None:
            return None
        return turn

    def _played(
        self, planned: Planned, found: Past, turn: PastTurn, rows: list[ReplayTurn]
    ) -> Played:
        frozen = planned.frozen or self._freeze(planned, found)
        before = _line_after(rows[-1]) if rows else line.begun(turn, frozen)
        side, after = self._performed(turn, before, frozen)
        row = ReplayTurn(
            replay=self._replay,
            case_id=planned.cases[0].id if planned.cases else None,
            conversation_id=planned.conversation,
            position=len(rows) + 1,
            said=[{"text": each.text, "kind": each.kind} for each in turn.inbound],
            before=sides.dump(turn.before),
            after=sides.dump(side) | {"line": line.dump(after)},
            failures=expectations.dump_failures(
                expectations.built_in(turn, side, may_speak=_may_speak(turn, before))
            ),
        )
        return Played(row, None if planned.frozen else self._plan)

    def _freeze(self, planned: Planned, found: Past) -> Frozen:
        frozen = freezing.of_turns(
            conversation_id=found.conversation or planned.conversation,
            begins_at=found.turns[0].at,
            ends_at=found.turns[-1].at,
            runs=found.runs,
        )
        planned = replace(planned, frozen=frozen)
        self._plan = (*self._plan[: self._done], planned, *self._plan[self._done + 1 :])
        return frozen

    def _performed(self, turn: PastTurn, before: Line, frozen: Frozen) -> tuple[Side, Line]:
        if not _may_speak(turn, before):
            return self._silent(before), line.unanswered(turn, before)
        seen = line.context_of(turn, before, self._playbook, frozen.calendar)
        try:
            played = play_turn(
                seen,
                self._playbook,
                self._stage.engine,
                before=line.beside(turn, before, frozen),
                bill=self._stage.bill,
            )
        except Exception as error:
            logger.exception("replayed turn failed")
            problem = type(error).__name__
            return replace(self._silent(before), problem=problem), replace(before, handed_off=True)
        return sides.side_of(played), line.after(turn, seen, before, played)

    def _silent(self, before: Line) -> Side:
        rated = score(self._playbook, before.facts)
        return Side(
            facts=sides.values(before.facts),
            score=rated.points,
            temperature=rated.temperature,
            meeting_at=before.meeting.starts_at if before.meeting else None,
        )

    def _judged(self, planned: Planned, found: Past, rows: list[ReplayTurn]) -> Played:
        """Whether the cases hold, now that the line is played to its end."""
        empty = ""
        for case in planned.cases:
            covered = [
                row
                for row, turn in zip(rows, found.turns, strict=False)
                if turn.number <= case.up_to
            ]
            if not covered:
                empty = empty or case.title
                continue
            _judge(case, covered)
        problem = f"{BuiltIn.NOTHING_TO_PLAY} {empty}" if empty else ""
        return Played(failed=tuple(rows), problem=problem, is_over=True)


def _judge(case: PlannedCase, rows: list[ReplayTurn]) -> None:
    after = [sides.load(row.after) for row in rows]
    found = expectations.broken(case.expectations, after, case=str(case.id), title=case.title)
    for at, failure in found:
        rows[at].failures = [*rows[at].failures, *expectations.dump_failures([failure])]


def _may_speak(turn: PastTurn, before: Line) -> bool:
    return turn.consent is None and (turn.was_answered or not before.opted_out)


def _line_after(row: ReplayTurn) -> Line:
    return line.load(row.after["line"])
