"""The deliver lane: sends what is queued, in order, and never twice while receipts come.

Each send is committed as `sending` before the call. What the call says is written afterwards;
what it cannot say (`unknown`) is settled by a receipt or, after a grace time, by sending again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from conversations import queue
from conversations.crashpoints import reach
from conversations.models import (
    Author,
    Conversation,
    HandoffReason,
    Identity,
    Message,
    State,
)
from conversations.services import channel_state, handoff, lanes, receipts
from conversations.services.lanes import Claim
from integrations import logcontext
from integrations.messaging import (
    Address,
    Channel,
    MessageKind,
    Option,
    OutboundMessage,
    SendError,
    SendScope,
    SendVerdict,
)
from integrations.models import WebhookDelivery

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

ATTEMPTS = 5
WAITING = [State.QUEUED, State.SENDING, State.UNKNOWN]
# Our webhook counts as receiving when it received anything this long before the send or later.
RECEIVING = timedelta(minutes=5)
# A job may come this much too early: the database's clock starts it, ours says when.
EARLY = timedelta(seconds=1)


@dataclass(frozen=True)
class Send:
    """A message that was just committed as `sending`."""

    message: Message
    wire: OutboundMessage


@dataclass(frozen=True)
class Wait:
    """Nothing to do before this time."""

    until: datetime


Step = Send | Wait | None


def deliver(*, conversation_id: UUID, channel: Channel, grace: timedelta, clock: Clock) -> None:
    """Send what is due in this conversation; returns at once when somebody else is on it."""
    claim = lanes.claim(conversation_id=conversation_id, lane="deliver", now=clock())
    if claim is None:
        return
    reach("deliver.claimed")
    try:
        wait, tried = _drain(claim, channel, grace, clock)
    except lanes.LaneLostError:
        logger.warning("deliver lane lost")
        return
    _finish(claim, wait, tried=tried, now=clock())


def _drain(
    claim: Claim, channel: Channel, grace: timedelta, clock: Clock
) -> tuple[Wait | None, bool]:
    """Send until nothing may leave now; says what to wait for, and whether anything was tried."""
    tried = False
    while True:
        step = _next(claim, grace, now=clock())
        if not isinstance(step, Send):
            return step, tried
        tried = True
        reach("deliver.sending")
        with logcontext.bind(message_id=step.message.id):
            _send(claim, step, channel, clock)


def _send(claim: Claim, step: Send, channel: Channel, clock: Clock) -> None:
    try:
        provider_message_id = channel.send(step.wire)
    except SendError as error:
        reach("deliver.refused")
        _record_error(claim, step.message, error, now=clock())
    else:
        reach("deliver.accepted")
        _record_sent(step.message, provider_message_id, now=clock())
    reach("deliver.recorded")


@transaction.atomic
def _finish(claim: Claim, wait: Wait | None, *, tried: bool, now: datetime) -> None:
    """Release the lane; what was queued since the last look gets a new hint.

    A run that only looked and has to wait leaves none: the sweeper comes back, and hints that
    each leave another would grow by one with every sweep.
    """
    conversation = lanes.lock_conversation(claim.conversation_id)
    if conversation.deliver_fence != claim.fence:
        return
    conversation.deliver_lease_until = None
    conversation.save(update_fields=["deliver_lease_until"])
    if wait:
        if tried or wait.until < now + EARLY:
            queue.hint_deliver([claim.conversation_id], at=wait.until)
    elif _outbox(claim.conversation_id).exists():
        queue.hint_deliver([claim.conversation_id])
    reach("deliver.releasing")


def _outbox(conversation_id: UUID) -> QuerySet[Message]:
    return Message.objects.filter(conversation_id=conversation_id, state__in=WAITING)


@transaction.atomic
def _next(claim: Claim, grace: timedelta, *, now: datetime) -> Step:
    """Look at the head of the outbox and commit to one step. The order is never changed."""
    conversation = lanes.lock(claim, now=now)
    while True:
        head = (
            _outbox(claim.conversation_id)
            .select_for_update(of=("self",))
            .order_by("number")
            .first()
        )
        if head is None:
            return None
        if head.state == State.SENDING:
            # We hold the lane, so whoever was sending it is dead: it may have left.
            head.state, head.unknown_at = State.UNKNOWN, head.attempted_at
            head.save(update_fields=["state", "unknown_at"])
        if head.state == State.UNKNOWN:
            wait = _settle_unknown(head, grace, now)
            if wait:
                return wait
            continue
        if obstacle := _obstacle(conversation, head, now):
            _stop(conversation, head, obstacle, now)
            continue
        return _commit_send(conversation, head, now)


def _settle_unknown(head: Message, grace: timedelta, now: datetime) -> Wait | None:
    """No receipt so far. Wait out the grace time, then send again or leave it to staff."""
    since = head.unknown_at or now
    if now < since + grace:
        return Wait(since + grace)
    if not WebhookDelivery.objects.filter(received_at__gte=since - RECEIVING).exists():
        # Receipts could not have reached us: sending again might repeat what arrived.
        return Wait(now + grace)
    head.failures += 1
    head.state, head.unknown_at = State.QUEUED, None
    head.save(update_fields=["failures", "state", "unknown_at"])
    return None


@dataclass(frozen=True)
class Obstacle:
    """Why a queued message may not leave any more."""

    state: State
    text: str
    code: int | None = None
    reason: HandoffReason | None = None


def _obstacle(conversation: Conversation, head: Message, now: datetime) -> Obstacle | None:
    if conversation.lead.opted_out_at:
        return Obstacle(State.CANCELLED, "The lead opted out.")
    if head.epoch is not None and head.epoch != conversation.epoch:
        return Obstacle(State.CANCELLED, "Staff took over.")
    if head.failures >= ATTEMPTS:
        return Obstacle(
            State.FAILED,
            head.error_text or "Five attempts failed.",
            head.error_code,
            HandoffReason.SEND_FAILED,
        )
    if conversation.window_expires_at is None or conversation.window_expires_at <= now:
        return Obstacle(
            State.FAILED,
            "The 24 h window is closed.",
            receipts.WINDOW_CLOSED,
            HandoffReason.WINDOW_CLOSED,
        )
    return None


def _stop(conversation: Conversation, head: Message, obstacle: Obstacle, now: datetime) -> None:
    head.state = obstacle.state
    head.error_text, head.error_code = obstacle.text, obstacle.code
    head.failed_at = now if obstacle.state == State.FAILED else None
    head.save(update_fields=["state", "error_text", "error_code", "failed_at"])
    if obstacle.reason:
        handoff.give_to_staff(
            conversation=conversation, reason=obstacle.reason, staff=None, now=now
        )


def _commit_send(conversation: Conversation, head: Message, now: datetime) -> Step:
    until = max(
        filter(None, (conversation.deliver_after, channel_state.paused_until())), default=now
    )
    if until > now:
        return Wait(until)
    head.state, head.attempt, head.attempted_at = State.SENDING, head.attempt + 1, now
    head.save(update_fields=["state", "attempt", "attempted_at"])
    return Send(head, _wire(conversation, head))


def _wire(conversation: Conversation, message: Message) -> OutboundMessage:
    addresses: dict[str, str] = {}
    for identity in Identity.objects.filter(lead_id=conversation.lead_id).order_by("id"):
        addresses[identity.kind] = identity.address
    return OutboundMessage(
        to=Address(
            phone=addresses.get(Identity.Kind.PHONE), bsuid=addresses.get(Identity.Kind.BSUID)
        ),
        kind=MessageKind(message.kind),
        text=message.text,
        callback_data=f"{message.send_token}#{message.attempt}",
        options=tuple(Option(**option) for option in message.content.get("options", [])),
        button_label=message.content.get("button_label", ""),
        reply_to=message.in_reply_to,
    )


@transaction.atomic
def _record_sent(message: Message, provider_message_id: str, *, now: datetime) -> None:
    """Write the provider's id, whoever holds the lane by now: it is the truth."""
    row = Message.objects.select_for_update().get(id=message.id)
    if row.provider_message_id in (None, provider_message_id):
        row.provider_message_id = provider_message_id
    elif provider_message_id not in row.duplicate_ids:
        row.duplicate_ids = [*row.duplicate_ids, provider_message_id]
        logger.error("a message was sent twice")
    if row.state in {State.QUEUED, State.SENDING, State.UNKNOWN, State.FAILED}:
        row.state = State.SENT
    row.sent_at = row.sent_at or now
    row.unknown_at, row.error_code, row.error_text = None, None, ""
    row.save()
    receipts.apply_stored([provider_message_id], now=now)
    channel_state.note_success()


@transaction.atomic
def _record_error(claim: Claim, message: Message, error: SendError, *, now: datetime) -> None:
    conversation = lanes.lock(claim, now=now)
    row = Message.objects.select_for_update().get(id=message.id)
    if row.state != State.SENDING or row.attempt != message.attempt:
        return  # a receipt was faster
    logger.warning("send failed: %s code %s", error.verdict, error.code)
    row.error_code, row.error_text = error.code, str(error)[:500]
    if error.closes_window:
        conversation.window_expires_at = now
    if error.verdict is SendVerdict.UNKNOWN:
        row.state, row.unknown_at = State.UNKNOWN, now
    elif error.verdict is SendVerdict.FAILED and error.scope is not SendScope.ACCOUNT:
        row.state, row.failed_at = State.FAILED, now
    else:
        row.state = State.QUEUED
        _back_off(conversation, row, error, now)
    row.save()
    conversation.save(update_fields=["window_expires_at", "deliver_after"])
    if row.state == State.FAILED and row.author != Author.STAFF:
        reason = HandoffReason.WINDOW_CLOSED if error.closes_window else HandoffReason.SEND_FAILED
        handoff.give_to_staff(conversation=conversation, reason=reason, staff=None, now=now)


def _back_off(conversation: Conversation, row: Message, error: SendError, now: datetime) -> None:
    """Only a provider's own "not now" about this message counts as a failure of it."""
    everybody = error.scope in {SendScope.NUMBER, SendScope.ACCOUNT}
    if everybody or error.verdict is SendVerdict.NOT_SENT:
        # Where no byte can leave, none of another conversation can either.
        channel_state.pause(error=error, now=now)
        return
    row.failures += 1
    pause = channel_state.back_off(row.failures - 1, error.retry_after)
    if error.scope is SendScope.CONVERSATION:
        pause = timedelta(seconds=4.0 ** min(row.failures, 4))
    conversation.deliver_after = now + pause
