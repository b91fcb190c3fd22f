"""The deliver lane: sends what is queued, in order, and never twice while receipts come.

Each send is committed as `sending` before the call. What the call says is written afterwards;
what it cannot say (`unknown`) is settled by a receipt or, after a grace time, by sending again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from conversations import queue
from conversations.compiled import Compiled
from conversations.crashpoints import reach
from conversations.models import Author, Conversation, HandoffReason, Message, State
from conversations.services import channel_state, handoff, lanes, outbound_files, outbox, receipts
from conversations.services.lanes import Claim
from conversations.services.outbox import Send, Settled, Step, Wait
from integrations import logcontext
from integrations.messaging import Channel, SendError, SendScope, SendVerdict

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

# A job may come this much too early: the database's clock starts it, ours says when.
EARLY = timedelta(seconds=1)
# Then another run goes on: a worker that is told to stop waits 20 s for what runs.
LONGEST_RUN = timedelta(seconds=10)
# After account trouble others go first, for a little longer than the sweeper needs to find them:
# if theirs go through, it was this message and not the account.
OTHERS_FIRST = timedelta(seconds=15)


@dataclass(frozen=True)
class Upload:
    """What comes next has a file, which this run may not wait for."""


def deliver(
    *,
    conversation_id: UUID,
    channel: Channel,
    grace: timedelta,
    clock: Clock,
    uploads: bool = True,
) -> None:
    """Send what is due in this conversation; returns at once when somebody else is on it.

    Without `uploads` it stops before a file, whose turn is on a lane where nobody else waits.
    """
    claim = lanes.claim(conversation_id=conversation_id, lane="deliver", now=clock())
    if claim is None:
        return
    reach("deliver.claimed")
    try:
        ended, tried = _drain(claim, channel, grace, clock, uploads=uploads)
    except lanes.LaneLostError:
        logger.warning("deliver lane lost")
        return
    _finish(claim, ended, tried=tried, now=clock())


def _drain(
    claim: Claim, channel: Channel, grace: timedelta, clock: Clock, *, uploads: bool
) -> tuple[Wait | Upload | None, bool]:
    """Send until nothing may leave now; says what to wait for, and whether anything was tried."""
    tried, end = False, clock() + LONGEST_RUN
    while clock() < end:
        step = _next(claim, grace, now=clock(), uploads=uploads)
        if isinstance(step, Settled):
            continue
        if not isinstance(step, Send):
            return step, tried
        tried = True
        reach("deliver.sending")
        with logcontext.bind(message_id=step.message.id):
            _send(claim, step, channel, clock)
    return None, tried


def _send(claim: Claim, step: Send, channel: Channel, clock: Clock) -> None:
    wire = outbound_files.keeping_lane(step.wire, step.message, claim, clock)
    try:
        provider_message_id = channel.send(wire)
    except SendError as error:
        reach("deliver.refused")
        _record_error(claim, step.message, error, now=clock())
        if step.wire.template and error.permanent:
            # It may have been paused or changed, which no webhook told.
            queue.hint_templates()
    else:
        reach("deliver.accepted")
        _record_sent(step.message, provider_message_id, now=clock())
    reach("deliver.recorded")


@transaction.atomic
def _finish(claim: Claim, ended: Wait | Upload | None, *, tried: bool, now: datetime) -> None:
    """Release the lane; what changed since the last look gets a new hint: its own found us here.

    A run that only looked and has to wait leaves none: the sweeper comes back, and hints that
    each leave another would grow by one with every sweep.
    """
    conversation = lanes.lock_conversation(claim.conversation_id)
    if conversation.deliver_fence != claim.fence:
        return
    conversation.deliver_lease_until = None
    conversation.save(update_fields=["deliver_lease_until"])
    if isinstance(ended, Upload):
        queue.hint_file(claim.conversation_id)
    else:
        _hint_again(claim, ended, tried=tried, now=now)
    reach("deliver.releasing")


def _hint_again(claim: Claim, wait: Wait | None, *, tried: bool, now: datetime) -> None:
    if outbox.look(claim.conversation_id) != (wait.seen if wait else frozenset()):
        queue.hint_deliver([claim.conversation_id])
    if wait and (tried or wait.in_line or wait.until < now + EARLY):
        queue.hint_deliver([claim.conversation_id], at=wait.until)


@transaction.atomic
def _next(claim: Claim, grace: timedelta, *, now: datetime, uploads: bool) -> Step | Upload | None:
    """Commit to one step with the outbox."""
    conversation = lanes.lock(claim, now=now)
    step = outbox.next_step(conversation=conversation, grace=grace, now=now)
    if isinstance(step, Wait):
        return replace(step, seen=outbox.look(claim.conversation_id))
    if isinstance(step, Send) and step.wire.file and not uploads:
        transaction.set_rollback(True)
        return Upload()
    return step


@transaction.atomic
def _record_sent(message: Message, provider_message_id: str, *, now: datetime) -> None:
    """Write the provider's id, whoever holds the lane by now: it is the truth."""
    lanes.lock_conversation(message.conversation_id)
    row = OURS.get(id=message.id)
    was = row.state
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
    receipts.apply_late(provider_message_id, was=was, now=now)
    channel_state.note_success()


@transaction.atomic
def _record_error(claim: Claim, message: Message, error: SendError, *, now: datetime) -> None:
    conversation = lanes.lock(claim, now=now)
    row = OURS.get(id=message.id)
    if row.state != State.SENDING or row.attempt != message.attempt:
        return  # a receipt was faster
    logger.warning("send failed: %s code %s", error.verdict, error.code)
    again = row.error_code is not None and row.error_code == error.code
    row.error_code, row.error_text = error.code, str(error)[:500]
    closed = error.closes_window and not _wrote_since(conversation, message)
    if closed:
        conversation.window_expires_at = now
    if error.verdict is SendVerdict.UNKNOWN:
        row.state, row.unknown_at = State.UNKNOWN, now
    elif error.verdict is SendVerdict.FAILED and error.scope is not SendScope.ACCOUNT:
        row.state, row.failed_at = State.FAILED, now
    else:
        row.state = State.QUEUED
        _back_off(conversation, row, error, now=now, again=again)
    row.save()
    conversation.save(update_fields=["window_expires_at", "deliver_after"])
    if row.state == State.FAILED and row.author != Author.STAFF:
        reason = HandoffReason.WINDOW_CLOSED if closed else HandoffReason.SEND_FAILED
        handoff.give_to_staff(conversation=conversation, reason=reason, staff=None, now=now)


OURS = Compiled(lambda id: Message.objects.select_for_update().filter(id=id), id=UUID)


def _wrote_since(conversation: Conversation, message: Message) -> bool:
    """Whether the lead opened the window again while this was on its way."""
    wrote_at, sent_at = conversation.last_inbound_at, message.attempted_at
    return wrote_at is not None and sent_at is not None and wrote_at > sent_at


def _back_off(
    conversation: Conversation, row: Message, error: SendError, *, now: datetime, again: bool
) -> None:
    """What holds everybody is no failure of this message, unless others go through meanwhile."""
    account = error.scope is SendScope.ACCOUNT
    if account and again and not channel_state.in_trouble():
        row.failures += 1
    if account or error.scope is SendScope.NUMBER or error.verdict is SendVerdict.NOT_SENT:
        # Where no byte can leave, none of another conversation can either.
        until = channel_state.pause(error=error, now=now)
        if account:
            conversation.deliver_after = until + OTHERS_FIRST
        return
    row.failures += 1
    pause = channel_state.back_off(row.failures - 1, error.retry_after)
    if error.scope is SendScope.CONVERSATION:
        pause = timedelta(seconds=4.0 ** min(row.failures, 4))
    conversation.deliver_after = now + pause
