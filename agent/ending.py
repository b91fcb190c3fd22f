"""How a turn ends: its answer queued, thrown away, put off, or left to a human. One commit each."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q, QuerySet

from agent import context, decisions, runs
from agent.model_calls import Refusal
from agent.models import AgentRun, Effect
from agent.runs import Turn
from agent.turn import HandoffWhy
from agent.wording import hand_off as hand_off_text
from conversations import queue
from conversations.compiled import Compiled
from conversations.crashpoints import reach
from conversations.models import Conversation, HandoffReason, Message, Mode, State
from conversations.services import handoff, lanes, leads, outbound
from conversations.services.lanes import Claim

RETRY_AFTER = timedelta(seconds=5)
# An answer is thrown away for newer words only this long after the first unanswered ones.
LONGEST_WAIT = timedelta(seconds=10)
A_DAY = timedelta(days=1)


@transaction.atomic
def finish(turn: Turn, *, now: datetime) -> bool:
    """One commit: replies queued, messages handled, run done, lane released.

    False when the answer came too late to be said.
    """
    conversation = lanes.lock(turn.claim, now=now)
    too_late = _is_overtaken(conversation, turn) or _is_stale(conversation, turn, now)
    if too_late:
        runs.close(turn.run, AgentRun.State.SUPERSEDED, now=now)
    else:
        _say(conversation, turn, now)
        runs.close(turn.run, AgentRun.State.DONE, now=now)
        if reason := _worth_a_look(turn, now):
            handoff.ask_to_look(conversation=conversation, reason=reason, now=now)
        _heed_hand_off(conversation, turn, now)
    let_go(conversation, now)
    reach("answer.finishing")
    return not too_late


def _say(conversation: Conversation, turn: Turn, now: datetime) -> None:
    """Queue what was decided and count the lead's messages as answered."""
    result = decisions.load(turn.run.decision)
    conversation.agent_state = dict(result.state)
    conversation.language = result.language
    conversation.answer_failures = 0
    leads.learn(
        conversation.lead,
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
        conversation=conversation, state=State.RECEIVED, number__lte=turn.last.number
    ).update(state=State.HANDLED)


def _worth_a_look(turn: Turn, now: datetime) -> HandoffReason | None:
    """A voice note to listen to, or, once a day, a lead who used up what the model does for one."""
    if any(message.unheard for message in turn.context.inbound):
        return HandoffReason.UNHEARD
    refusal = Refusal.named_in(turn.run.problem)
    if refusal is None or not refusal.of_one_lead:
        return None
    same = AgentRun.objects.filter(
        conversation_id=turn.conversation.pk,
        created_at__gt=now - A_DAY,
        problem=turn.run.problem,
    ).exclude(pk=turn.run.pk)
    return None if same.exists() else HandoffReason.POLICY


def _heed_hand_off(conversation: Conversation, turn: Turn, now: datetime) -> None:
    why = HANDED_OFF.first(run_id=turn.run.pk)
    if why is not None:
        handoff.give_to_staff(
            conversation=conversation,
            reason=HandoffReason(why.arguments["why"]),
            staff=None,
            now=now,
        )


HANDED_OFF = Compiled(
    lambda run_id: Effect.objects.filter(
        run=run_id, tool="hand_off", done_at__isnull=False
    ).order_by("-pk")[:1],
    run_id=UUID,
)


def is_not_ours(conversation: Conversation) -> bool:
    """Whether the agent may not answer here."""
    return conversation.mode != Mode.BOT or conversation.lead.opted_out_at is not None


def _is_overtaken(conversation: Conversation, turn: Turn) -> bool:
    """A human spoke or the lead said stop, be it only for a moment in which nothing was decided."""
    return (
        is_not_ours(conversation)
        or conversation.epoch != turn.claim.epoch
        or turn.run.state != AgentRun.State.DECIDED
    )


def _is_stale(conversation: Conversation, turn: Turn, now: datetime) -> bool:
    """They took words back, or wrote on and did not wait long: answer what stands, all together.

    Not once something was changed for them: that they are told.
    """
    since = conversation.answer_pending_since or now
    words = [message.message_id for message in turn.context.inbound]
    changed = Q(pk__in=words, revoked_at__isnull=False)
    if now < since + LONGEST_WAIT:
        changed |= Q(state=State.RECEIVED, number__gt=turn.last.number)
    rows = Message.objects.filter(changed, conversation=conversation)
    return rows.exists() and not runs.changed_something(turn.run)


def let_go(conversation: Conversation, now: datetime) -> None:
    """Release the lane; whatever still waits keeps its due time and gets a hint."""
    conversation.answer_lease_until = None
    if is_not_ours(conversation):
        _waiting(conversation.pk).update(state=State.HANDLED)
    first = FIRST_WAITING.first(conversation_id=conversation.pk)
    if first is None:
        conversation.answer_due_at = conversation.answer_pending_since = None
    else:
        conversation.answer_pending_since = first.created_at
        conversation.answer_due_at = max(conversation.answer_due_at or now, now)
        queue.hint_answer([conversation.pk], at=conversation.answer_due_at)
    conversation.save()


def _waiting(conversation_id: UUID) -> QuerySet[Message]:
    return Message.objects.filter(conversation=conversation_id, state=State.RECEIVED)


FIRST_WAITING = Compiled(
    lambda conversation_id: _waiting(conversation_id).order_by("number")[:1], conversation_id=UUID
)


def put_off(conversation: Conversation, until: datetime) -> None:
    """Release the lane: what is answered is not all here yet."""
    conversation.answer_lease_until = None
    conversation.answer_due_at = until
    conversation.save(update_fields=["answer_lease_until", "answer_due_at"])
    queue.hint_answer([conversation.pk], at=until)


def give_up(conversation: Conversation, trigger: Message, now: datetime) -> None:
    """It failed too often: leave it all to a human, and say so honestly."""
    text = hand_off_text(HandoffWhy.STUCK, context.language_of(conversation))
    conversation.answer_failures = 0
    runs.supersede_all(conversation, now=now)
    outbound.queue_replies(
        conversation=conversation,
        turn_id=uuid5(conversation.pk, f"give-up {trigger.pk}"),
        drafts=[outbound.Draft(text)],
        now=now,
    )
    queue.hint_deliver([conversation.pk])
    handoff.give_to_staff(
        conversation=conversation, reason=HandoffReason.STUCK, staff=None, now=now
    )
    let_go(conversation, now)


@transaction.atomic
def note_failure(claim: Claim, *, now: datetime) -> None:
    """Our own bug or the database: try again soon, and not for ever."""
    conversation = lanes.lock(claim, now=now)
    conversation.answer_failures += 1
    conversation.answer_due_at = now + RETRY_AFTER
    conversation.answer_lease_until = None
    conversation.save()
    queue.hint_answer([conversation.pk], at=conversation.answer_due_at)
