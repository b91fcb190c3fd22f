"""The rows of a turn: what an interrupted one left behind is found here and taken up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid5

from django.db import connection, transaction

from agent import decisions, gates
from agent.models import NEXT_RUN_STATES, AgentRun, AgentStep, Effect
from agent.playbook import store
from agent.playbook.schema import Playbook
from agent.turn import TurnContext, TurnResult
from conversations.models import Conversation, Message
from conversations.services import lanes
from conversations.services.lanes import Claim

CHANGES = ["check_and_book", "reschedule", "cancel_meeting", "hand_off"]
UNFINISHED = [state for state, following in NEXT_RUN_STATES.items() if following]


@dataclass(frozen=True)
class Turn:
    """A claimed turn. It answers what waits up to `last`."""

    claim: Claim
    run: AgentRun
    conversation: Conversation
    playbook: Playbook
    context: TurnContext
    last: Message


def find_or_make(conversation: Conversation, pending: list[Message], now: datetime) -> AgentRun:
    """The run for what waits; a new one is not saved yet: it has no context."""
    waiting = [message.pk for message in pending]
    before = AgentRun.objects.select_related("playbook_version").filter(
        conversation_id=conversation.pk, trigger_message_id__in=waiting
    )
    runs = list(before)
    return _taken_up(runs, pending, now) or _new(conversation, pending[-1], runs, now)


def _taken_up(before: list[AgentRun], pending: list[Message], now: datetime) -> AgentRun | None:
    """A run that died after it changed something or decided; one that did neither starts anew."""
    for run in before:
        if run.state not in UNFINISHED:
            continue
        is_last = run.trigger_message_id == pending[-1].pk
        goes_on = is_last or run.state == AgentRun.State.DECIDED
        if changed_something(run) or (goes_on and _saw_all(run, pending)):
            run.attempts += 1
            run.save(update_fields=["attempts"])
            return run
        close(run, AgentRun.State.SUPERSEDED, now=now)
    return None


def _saw_all(run: AgentRun, pending: list[Message]) -> bool:
    """Whether what it would answer was before its eyes: a merge brings older words in."""
    if not run.context:
        return True
    seen = {line["message_id"] for line in run.context["inbound"]}
    last = next(each.number for each in pending if each.pk == run.trigger_message_id)
    return all(str(each.pk) in seen for each in pending if each.number <= last)


def _new(
    conversation: Conversation, trigger: Message, before: list[AgentRun], now: datetime
) -> AgentRun:
    # A turn that was superseded has its row already: the next one for the same words is another.
    same = sum(run.trigger_message_id == trigger.pk for run in before)
    return AgentRun(
        id=uuid5(conversation.pk, f"{trigger.pk} {same}" if same else str(trigger.pk)),
        conversation_id=conversation.pk,
        trigger_message_id=trigger.pk,
        playbook_version=store.published(now=now),
        state=AgentRun.State.STARTED,
        created_at=now,
    )


def changed_something(run: AgentRun) -> bool:
    """Whether it did what cannot be undone by deciding again."""
    return Effect.objects.filter(run=run, tool__in=CHANGES).exists()


@transaction.atomic
def note_fallback(
    run: AgentRun, problem: str, verdicts: Sequence[AgentStep], *, to: str, now: datetime
) -> None:
    """The engine failed and another one goes on, also if the worker dies meanwhile."""
    AgentStep.objects.bulk_create(verdicts, ignore_conflicts=True)
    AgentStep.objects.get_or_create(
        run=run,
        kind=AgentStep.Kind.FALLBACK,
        index=0,
        defaults={"name": to, "result": {"problem": problem}, "created_at": now},
    )
    run.engine, run.problem = to, problem[:300]
    run.save(update_fields=["engine", "problem"])


def steps_of(
    run: AgentRun, verdicts: tuple[gates.Verdict, ...], *, now: datetime, first_index: int
) -> list[AgentStep]:
    """What each gate said, to be stored: a row for those that let it pass, one for each other."""
    refused = gates.vetoes(verdicts)
    passed = [verdict.gate for verdict in verdicts if verdict.passed]
    said = [("passed", {"passed": True, "gates": passed})] if passed else []
    said += [(each.gate, {"passed": False, "reason": each.reason}) for each in refused]
    return [
        AgentStep(
            run=run,
            kind=AgentStep.Kind.GATE,
            index=first_index + position,
            name=name,
            result=result,
            created_at=now,
        )
        for position, (name, result) in enumerate(said)
    ]


def store_decision(turn: Turn, result: TurnResult, verdicts: Sequence[AgentStep]) -> None:
    """Keep what is to be said and what the gates said of it, before it is queued.

    Raises LaneLostError. What it took is counted call by call, also by an engine that failed
    (tools.recorder).
    """
    turn.run.state = AgentRun.State.DECIDED
    turn.run.engine = result.engine
    turn.run.decision = decisions.dump(result)
    with connection.cursor() as cursor:
        cursor.execute(
            DECIDE,
            {
                "conversation": turn.claim.conversation_id,
                "fence": turn.claim.fence,
                "run": turn.run.pk,
                "engine": turn.run.engine,
                "decision": json.dumps(turn.run.decision),
                "positions": [step.index for step in verdicts],
                "names": [step.name for step in verdicts],
                "results": [json.dumps(step.result) for step in verdicts],
                "at": [step.created_at for step in verdicts],
            },
        )
        if not cursor.rowcount:
            raise lanes.LaneLostError


# One statement in place of a transaction. The lane's row is locked: nobody takes it meanwhile.
DECIDE = """
WITH held AS (
    SELECT FROM conversations_conversation
     WHERE id = %(conversation)s AND answer_fence = %(fence)s
       FOR UPDATE
), kept AS (
    INSERT INTO agent_agentstep (run_id, kind, index, name, arguments, result, created_at)
    SELECT %(run)s, 'gate', position, name, '{}', result, at
      FROM held, unnest(%(positions)s::int[], %(names)s::text[], %(results)s::jsonb[],
                        %(at)s::timestamptz[]) AS each (position, name, result, at)
        ON CONFLICT DO NOTHING
)
UPDATE agent_agentrun SET state = 'decided', engine = %(engine)s, decision = %(decision)s::jsonb
  FROM held
 WHERE id = %(run)s
"""


def close(run: AgentRun, state: AgentRun.State, *, now: datetime) -> None:
    """It is over; one that ended before stays as it ended."""
    before = [each for each, following in NEXT_RUN_STATES.items() if state in following]
    AgentRun.objects.filter(pk=run.pk, state__in=before).update(state=state, finished_at=now)


def supersede_all(conversation: Conversation, *, now: datetime) -> None:
    """None of this conversation's open runs will be taken up again."""
    AgentRun.objects.filter(conversation_id=conversation.pk, state__in=UNFINISHED).update(
        state=AgentRun.State.SUPERSEDED, finished_at=now
    )
