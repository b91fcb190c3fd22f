"""One turn: load, decide, check, store, queue. Every step can be killed and done again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from agent import context, decisions, gates
from agent.models import AgentRun, AgentStep, Effect
from agent.outcome import Witness
from agent.playbook import store
from agent.playbook.schema import Playbook, parse_playbook
from agent.tools.toolbox import FALLBACK_FROM, RunToolbox
from agent.turn import (
    Engine,
    EngineError,
    HandoffWhy,
    Reply,
    Toolbox,
    TurnContext,
    TurnResult,
)
from agent.wording import hand_off as hand_off_text
from conversations import queue
from conversations.crashpoints import reach
from conversations.models import Conversation, HandoffReason, Message, Mode, State
from conversations.services import handoff, lanes, leads, outbound
from conversations.services.lanes import Claim
from integrations import logcontext
from integrations.messaging import Channel, SendError
from integrations.scheduling import Calendar

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
MakeEngine = Callable[[AgentRun, Claim], Engine]

# A turn that fails this often goes to a human.
TRIES = 3
RETRY_AFTER = timedelta(seconds=5)
# A turn that was cut off this often may be what kills the worker: it goes to a human too.
STARTS = 10
# An answer is thrown away for newer words only this long after the first unanswered ones.
LONGEST_WAIT = timedelta(seconds=10)
# Only for a model: the flow without one may have to say the same thing again.
FOR_MODELS = frozenset({"repetition"})
CHANGES = ["check_and_book", "reschedule", "cancel_meeting", "hand_off"]


@dataclass(frozen=True)
class Tools:
    """What a turn works with; `primary` may fail, `guided` needs nothing."""

    primary: MakeEngine
    guided: Engine
    calendar: Calendar
    channel: Channel
    clock: Clock


@dataclass(frozen=True)
class Turn:
    """A claimed turn."""

    claim: Claim
    run: AgentRun
    conversation: Conversation
    playbook: Playbook
    context: TurnContext
    last_number: int


def answer(*, conversation_id: UUID, tools: Tools) -> None:
    """Answer what waits in a conversation; returns at once when somebody else is on it."""
    claim = lanes.claim(conversation_id=conversation_id, lane="answer", now=tools.clock())
    if claim is None:
        return
    reach("answer.claimed")
    try:
        turn = _begin(claim, now=tools.clock())
        if turn is not None:
            with logcontext.bind(turn_id=turn.run.pk):
                _carry_out(turn, tools)
    except lanes.LaneLostError:
        logger.warning("answer lane lost")
    except Exception:
        _note_failure(claim, now=tools.clock())
        raise


def _carry_out(turn: Turn, tools: Tools) -> None:
    if turn.run.state == AgentRun.State.STARTED:
        reach("answer.started")
        _show_typing(turn, tools.channel)
        try:
            _store_decision(turn, _decide(turn, tools), now=tools.clock())
        except lanes.TakenOverError:
            logger.info("taken over during the turn")
        reach("answer.decided")
    _finish(turn, now=tools.clock())
    reach("answer.done")


@transaction.atomic
def _begin(claim: Claim, *, now: datetime) -> Turn | None:
    """Find or make the run for what waits. An unfinished run is taken up as it stood."""
    conversation = lanes.lock(claim, now=now)
    pending = list(
        Message.objects.filter(conversation=conversation, state=State.RECEIVED).order_by("number")
    )
    if _is_not_ours(conversation) or not pending:
        _let_go(conversation, now)
        return None
    if conversation.answer_failures >= TRIES:
        _give_up(conversation, pending[-1], now)
        return None
    run = _unfinished(conversation, pending) or _new_run(conversation, pending, now)
    if run.attempts > STARTS:
        _supersede(run, now)
        _give_up(conversation, pending[-1], now)
        return None
    playbook = parse_playbook(run.playbook_version.content)
    covered = [m for m in pending if m.number <= _number(run.trigger_message_id, pending)]
    if not run.context:
        run.context = context.dump(
            context.build(conversation=conversation, pending=covered, playbook=playbook, now=now)
        )
        run.save(update_fields=["context"])
    return Turn(
        claim, run, conversation, playbook, context.load(run.context, playbook), covered[-1].number
    )


def _number(message_id: UUID, pending: list[Message]) -> int:
    return next(message.number for message in pending if message.pk == message_id)


def _unfinished(conversation: Conversation, pending: list[Message]) -> AgentRun | None:
    """A run that died after it changed something or decided; one that did neither starts anew."""
    unfinished = [AgentRun.State.STARTED, AgentRun.State.DECIDED]
    for run in AgentRun.objects.select_related("playbook_version").filter(
        conversation_id=conversation.pk,
        state__in=unfinished,
        trigger_message_id__in=[message.pk for message in pending],
    ):
        is_last = run.trigger_message_id == pending[-1].pk
        if is_last or run.state == AgentRun.State.DECIDED or _changed_something(run):
            run.attempts += 1
            run.save(update_fields=["attempts"])
            return run
        run.state = AgentRun.State.SUPERSEDED
        run.save(update_fields=["state"])
    return None


def _changed_something(run: AgentRun) -> bool:
    return Effect.objects.filter(run=run, tool__in=CHANGES).exists()


def _new_run(conversation: Conversation, pending: list[Message], now: datetime) -> AgentRun:
    trigger = pending[-1]
    version = store.published(now=now)
    # A turn that was superseded has its row already: the next one for the same words is another.
    same = AgentRun.objects.filter(conversation_id=conversation.pk, trigger_message_id=trigger.pk)
    return AgentRun.objects.create(
        id=uuid5(conversation.pk, f"{trigger.pk}{'' if not same else f' {len(same)}'}"),
        conversation_id=conversation.pk,
        trigger_message_id=trigger.pk,
        playbook_version=version,
        state=AgentRun.State.STARTED,
        created_at=now,
    )


def _show_typing(turn: Turn, channel: Channel) -> None:
    """A courtesy: when it fails the answer comes all the same."""
    trigger = Message.objects.get(pk=turn.run.trigger_message_id)
    try:
        channel.mark_read(trigger.provider_message_id or "", typing=True)
    except SendError as error:
        logger.info("typing indicator failed: %s", error.code)


def _decide(turn: Turn, tools: Tools) -> TurnResult:
    if turn.run.engine != tools.guided.name:
        engine = tools.primary(turn.run, turn.claim)
        try:
            return _ask(engine, turn, turn.context, tools)
        except EngineError as error:
            if engine is tools.guided:
                raise
            _note_fallback(turn.run, str(error), tools)
    fresh = _rebuilt(turn, now=tools.clock())
    return _ask(tools.guided, turn, fresh, tools, first_index=FALLBACK_FROM)


def _ask(
    engine: Engine, turn: Turn, seen: TurnContext, tools: Tools, *, first_index: int = 0
) -> TurnResult:
    toolbox = Witness(
        RunToolbox(
            run=turn.run,
            claim=turn.claim,
            conversation=turn.conversation,
            playbook=turn.playbook,
            calendar=tools.calendar,
            clock=tools.clock,
            first_index=first_index,
        )
    )
    result = gates.disclose(engine.decide(seen, toolbox), seen)
    verdicts = gates.check(result, seen, toolbox.outcome)
    _store_verdicts(turn.run, verdicts, now=tools.clock(), first_index=first_index)
    guided = engine.name == tools.guided.name
    vetoes = [
        verdict.gate
        for verdict in gates.vetoes(verdicts)
        if not (guided and verdict.gate in FOR_MODELS)
    ]
    # What has happened is told by code from its rows: holding that back would only mislead.
    if not vetoes or toolbox.outcome.settled is not None:
        return result
    if guided:
        return _handed_over(result, seen, toolbox, ", ".join(vetoes))
    raise EngineError(f"vetoed by {', '.join(vetoes)}")


def _handed_over(
    result: TurnResult, seen: TurnContext, toolbox: Toolbox, vetoes: str
) -> TurnResult:
    """Nobody is left to ask, and the lead must hear something: a human, and saying so."""
    logger.error("guided engine vetoed by %s", vetoes)
    toolbox.hand_off(HandoffWhy.STUCK)
    reply = Reply(hand_off_text(HandoffWhy.STUCK, result.language))
    return gates.disclose(replace(result, replies=(reply,)), seen)


def _note_fallback(run: AgentRun, problem: str, tools: Tools) -> None:
    logger.warning("engine failed, guided takes over: %s", problem)
    AgentStep.objects.get_or_create(
        run=run,
        kind=AgentStep.Kind.FALLBACK,
        index=0,
        defaults={
            "name": tools.guided.name,
            "result": {"problem": problem},
            "created_at": tools.clock(),
        },
    )
    run.engine, run.problem = tools.guided.name, problem[:300]
    run.save(update_fields=["engine", "problem"])


def _rebuilt(turn: Turn, *, now: datetime) -> TurnContext:
    """What the guided engine sees includes what the failing one changed before it failed."""
    covered = Message.objects.filter(
        conversation=turn.conversation, state=State.RECEIVED, number__lte=turn.last_number
    ).order_by("number")
    return context.build(
        conversation=turn.conversation, pending=list(covered), playbook=turn.playbook, now=now
    )


def _store_verdicts(
    run: AgentRun, verdicts: tuple[gates.Verdict, ...], *, now: datetime, first_index: int
) -> None:
    AgentStep.objects.bulk_create(
        [
            AgentStep(
                run=run,
                kind=AgentStep.Kind.GATE,
                index=first_index + position,
                name=verdict.gate,
                result={"passed": verdict.passed, "reason": verdict.reason},
                created_at=now,
            )
            for position, verdict in enumerate(verdicts)
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def _store_decision(turn: Turn, result: TurnResult, *, now: datetime) -> None:
    lanes.renew(turn.claim, now=now)
    turn.run.state = AgentRun.State.DECIDED
    turn.run.engine = result.engine
    turn.run.decision = decisions.dump(result)
    turn.run.tokens_in, turn.run.tokens_out = result.tokens_in, result.tokens_out
    turn.run.save()


@transaction.atomic
def _finish(turn: Turn, *, now: datetime) -> None:
    """One commit: replies queued, messages handled, run done, lane released."""
    conversation = lanes.lock(turn.claim, now=now)
    moved_on = _is_not_ours(conversation) or conversation.epoch != turn.claim.epoch
    if moved_on or _is_stale(conversation, turn, now):
        _supersede(turn.run, now)
        _let_go(conversation, now)
        return
    result = decisions.load(turn.run.decision)
    conversation.agent_state = dict(result.state)
    conversation.language = result.language
    conversation.answer_failures = 0
    leads.learn(
        lead_id=conversation.lead_id,
        language=result.language,
        time_zone=result.state.get("zone", ""),
    )
    outbound.queue_replies(
        conversation=conversation,
        turn_id=turn.run.pk,
        drafts=decisions.drafts(result),
        now=now,
    )
    Message.objects.filter(
        conversation=conversation, state=State.RECEIVED, number__lte=turn.last_number
    ).update(state=State.HANDLED)
    AgentRun.objects.filter(pk=turn.run.pk).update(state=AgentRun.State.DONE, finished_at=now)
    why = Effect.objects.filter(run=turn.run, tool="hand_off", done_at__isnull=False).last()
    if why is not None:
        handoff.give_to_staff(
            conversation=conversation,
            reason=HandoffReason(why.arguments["why"]),
            staff=None,
            now=now,
        )
    _let_go(conversation, now)
    reach("answer.finishing")


def _is_not_ours(conversation: Conversation) -> bool:
    return conversation.mode != Mode.BOT or conversation.lead.opted_out_at is not None


def _is_stale(conversation: Conversation, turn: Turn, now: datetime) -> bool:
    """They wrote on and nothing was changed yet: answer it all together, unless they wait long."""
    since = conversation.answer_pending_since or now
    newer = Message.objects.filter(
        conversation=conversation, state=State.RECEIVED, number__gt=turn.last_number
    )
    return now < since + LONGEST_WAIT and newer.exists() and not _changed_something(turn.run)


def _supersede(run: AgentRun, now: datetime) -> None:
    AgentRun.objects.filter(pk=run.pk).update(state=AgentRun.State.SUPERSEDED, finished_at=now)


def _let_go(conversation: Conversation, now: datetime) -> None:
    """Release the lane; whatever still waits keeps its due time and gets a hint."""
    waiting = Message.objects.filter(conversation=conversation, state=State.RECEIVED)
    conversation.answer_lease_until = None
    if _is_not_ours(conversation):
        waiting.update(state=State.HANDLED)
    first = waiting.order_by("number").first()
    if first is None:
        conversation.answer_due_at = conversation.answer_pending_since = None
    else:
        conversation.answer_pending_since = first.created_at
        conversation.answer_due_at = max(conversation.answer_due_at or now, now)
        queue.hint_answer([conversation.pk], at=conversation.answer_due_at)
    conversation.save()


def _give_up(conversation: Conversation, trigger: Message, now: datetime) -> None:
    """Three turns failed: say so honestly and get a human."""
    text = hand_off_text(HandoffWhy.STUCK, context.language_of(conversation))
    conversation.answer_failures = 0
    outbound.queue_replies(
        conversation=conversation,
        turn_id=uuid5(conversation.pk, f"give-up {trigger.pk}"),
        drafts=[outbound.Draft(text)],
        now=now,
    )
    handoff.give_to_staff(
        conversation=conversation, reason=HandoffReason.STUCK, staff=None, now=now
    )
    _let_go(conversation, now)


@transaction.atomic
def _note_failure(claim: Claim, *, now: datetime) -> None:
    """Our own bug or the database: try again soon, and not for ever."""
    conversation = lanes.lock(claim, now=now)
    conversation.answer_failures += 1
    conversation.answer_due_at = now + RETRY_AFTER
    conversation.answer_lease_until = None
    conversation.save()
    queue.hint_answer([conversation.pk], at=conversation.answer_due_at)
