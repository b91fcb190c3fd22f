"""One turn: load, decide, check, store, queue. Every step can be killed and done again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from agent import context, deciding, ending, patience, runs
from agent.gates import Verdict
from agent.models import AgentRun, AgentStep
from agent.playbook.schema import parse_playbook
from agent.remarks import Remark
from agent.runs import Turn
from agent.tools.toolbox import FALLBACK_FROM, RunToolbox
from agent.turn import Engine, EngineError, Toolbox, TurnContext, TurnResult
from conversations.compiled import Compiled
from conversations.crashpoints import reach
from conversations.models import Message, State
from conversations.services import lanes
from conversations.services.lanes import Claim
from integrations import logcontext
from integrations.messaging import Channel, SendError
from integrations.scheduling import Calendar

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
MakeEngine = Callable[[AgentRun, Claim], Engine]

# A turn that fails this often goes to a human.
TRIES = 3
# A turn that was cut off this often may be what kills the worker: it goes to a human too.
STARTS = 10


@dataclass(frozen=True)
class Tools:
    """What a turn works with; `primary` may fail, `guided` needs nothing.

    It waits for files of messages of the `awaited` kinds.
    """

    primary: MakeEngine
    guided: Engine
    calendar: Calendar
    channel: Channel
    clock: Clock
    awaited: frozenset[str] = frozenset()


def answer(*, conversation_id: UUID, tools: Tools) -> bool:
    """Answer what waits in a conversation; at once False when somebody else is on it.

    True when there is something to send.
    """
    claim = lanes.claim(conversation_id=conversation_id, lane="answer", now=tools.clock())
    if claim is None:
        lanes.put_off(conversation_id=conversation_id, now=tools.clock())
        return False
    reach("answer.claimed")
    try:
        turn = _begin(claim, tools, now=tools.clock())
        if turn is not None:
            with logcontext.bind(turn_id=turn.run.pk):
                return _carry_out(turn, tools)
    except lanes.LaneLostError:
        logger.warning("answer lane lost")
    except Exception:
        ending.note_failure(claim, now=tools.clock())
        raise
    return False


def _carry_out(turn: Turn, tools: Tools) -> bool:
    if turn.run.state == AgentRun.State.STARTED:
        reach("answer.started")
        try:
            verdicts: list[AgentStep] = []
            with _typing(turn, tools.channel):
                result = _decide(turn, tools, verdicts)
            runs.store_decision(turn, result, verdicts)
        except lanes.TakenOverError:
            logger.info("taken over during the turn")
        reach("answer.decided")
    said = ending.finish(turn, now=tools.clock())
    reach("answer.done")
    return said


@transaction.atomic
def _begin(claim: Claim, tools: Tools, *, now: datetime) -> Turn | None:
    """Find or make the run for what waits. An unfinished run is taken up as it stood."""
    conversation = lanes.lock(claim, now=now)
    pending = PENDING.rows(conversation_id=conversation.pk)
    if ending.is_not_ours(conversation) or not pending:
        ending.let_go(conversation, now)
        return None
    if later := patience.look_again_at(pending, tools.awaited, now=now):
        ending.put_off(conversation, later)
        return None
    if conversation.answer_failures >= TRIES:
        ending.give_up(conversation, pending[-1], now)
        return None
    run = runs.find_or_make(conversation, pending, now)
    if run.attempts > STARTS:
        ending.give_up(conversation, pending[-1], now)
        return None
    playbook = parse_playbook(run.playbook_version.content)
    if tools.calendar.sends_invitations:
        playbook = playbook.with_invitations()
    last = next(message for message in pending if message.pk == run.trigger_message_id)
    if not run.context:
        covered = [message for message in pending if message.number <= last.number]
        run.context = context.dump(
            context.build(conversation=conversation, pending=covered, playbook=playbook, now=now)
        )
        run.save(force_insert=run._state.adding)
    seen = context.load(run.context, playbook)
    return Turn(claim, run, conversation, playbook, seen, last)


PENDING = Compiled(
    lambda conversation_id: Message.objects.filter(
        conversation=conversation_id, state=State.RECEIVED
    ).order_by("number"),
    conversation_id=UUID,
)


@contextmanager
def _typing(turn: Turn, channel: Channel) -> Iterator[None]:
    """Shown beside the work: deciding waits for no answer of WhatsApp's, which takes its time.

    The reply does wait: an indicator that comes after it would stand there for 25 s.
    """
    shown = threading.Thread(
        target=copy_context().run, args=(_show_typing, turn, channel), name="typing", daemon=True
    )
    shown.start()
    try:
        yield
    finally:
        shown.join()


def _show_typing(turn: Turn, channel: Channel) -> None:
    """A courtesy: when it fails the answer comes all the same."""
    try:
        channel.mark_read(turn.last.provider_message_id or "", typing=True)
    except SendError as error:
        logger.info("typing indicator failed: %s", error.code)


def _decide(turn: Turn, tools: Tools, verdicts: list[AgentStep]) -> TurnResult:
    """What may be said; adds what the gates said of it to `verdicts`."""
    remarks: tuple[Remark, ...] = ()
    if turn.run.engine != tools.guided.name:
        engine = tools.primary(turn.run, turn.claim)
        try:
            return _ask(engine, turn, turn.context, tools, verdicts)
        except EngineError as error:
            if engine is tools.guided:
                raise
            logger.warning("engine failed, guided takes over: %s", error)
            runs.note_fallback(
                turn.run, str(error), verdicts, to=tools.guided.name, now=tools.clock()
            )
            verdicts.clear()
            remarks = error.remarks
    fresh = _rebuilt(turn, now=tools.clock())
    result = _ask(tools.guided, turn, fresh, tools, verdicts, first_index=FALLBACK_FROM)
    return replace(result, remarks=(*remarks, *result.remarks))


def _ask(
    engine: Engine,
    turn: Turn,
    seen: TurnContext,
    tools: Tools,
    verdicts: list[AgentStep],
    *,
    first_index: int = 0,
) -> TurnResult:
    def keep(said: tuple[Verdict, ...]) -> None:
        verdicts.extend(runs.steps_of(turn.run, said, now=tools.clock(), first_index=first_index))

    toolbox = _toolbox(turn, tools, first_index)
    is_last = engine.name == tools.guided.name
    return deciding.decide(engine, seen, toolbox, is_last=is_last, keep=keep)


def _toolbox(turn: Turn, tools: Tools, first_index: int) -> Toolbox:
    return RunToolbox(
        run=turn.run,
        claim=turn.claim,
        conversation=turn.conversation,
        playbook=turn.playbook,
        calendar=tools.calendar,
        clock=tools.clock,
        first_index=first_index,
    )


def _rebuilt(turn: Turn, *, now: datetime) -> TurnContext:
    """What the guided engine sees includes what the failing one changed before it failed."""
    covered = Message.objects.filter(
        conversation=turn.conversation, state=State.RECEIVED, number__lte=turn.last.number
    ).order_by("number")
    return context.build(
        conversation=turn.conversation, pending=list(covered), playbook=turn.playbook, now=now
    )
