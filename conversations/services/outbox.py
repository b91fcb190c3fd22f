"""What of a conversation's outbox may leave now, what may not any more, and to which address.

Messages leave in the order in which they were written, with one exception: a colleague does not
wait for an unclear send that is not a colleague's. Their takeover ended the agent's own words, so
the lead has such a message already, or never will. News of code, and words of the agent that staff
queued again, are not stopped by it: sent again, they come after what the colleague wrote.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from conversations.compiled import Compiled
from conversations.models import (
    OUTBOX,
    Author,
    Conversation,
    HandoffReason,
    Identity,
    Message,
    State,
)
from conversations.services import (
    follow_up_rules,
    handoff,
    optout,
    outbound_files,
    pacing,
    receipts,
    template_messages,
)
from integrations.messaging import Address, MessageKind, Option, OutboundMessage
from integrations.models import WebhookDelivery

logger = logging.getLogger(__name__)

ATTEMPTS = 5
# WhatsApp could not take the file itself: another try or two may help, five never do.
FILE_TROUBLE = {131052, 131053}
FILE_ATTEMPTS = 3
# Our webhook counts as receiving when it received anything this long before the send or later.
RECEIVING = timedelta(minutes=5)


@dataclass(frozen=True)
class Send:
    """A message that was just written down as `sending`."""

    message: Message
    wire: OutboundMessage


@dataclass(frozen=True)
class Wait:
    """Nothing to do before this time, unless something changes in what was `seen` to wait.

    `in_line` asks for a hint at that time: the message was just now refused its turn.
    """

    until: datetime
    seen: frozenset[tuple[int, str]] = frozenset()
    in_line: bool = False


@dataclass(frozen=True)
class Settled:
    """Nothing is to be sent yet; a message was moved, by us or by a receipt: look again."""

    moved: bool = True


Step = Send | Wait | Settled


def waiting(conversation_id: UUID) -> QuerySet[Message]:
    """What has to leave, or may have left."""
    return Message.objects.filter(conversation_id=conversation_id, state__in=OUTBOX)


HEAD = Compiled(
    lambda conversation_id: waiting(conversation_id).order_by("number")[:1], conversation_id=UUID
)


def look(conversation_id: UUID) -> frozenset[tuple[int, str]]:
    """What waits and in which state: another look tells whether something changed."""
    return frozenset(waiting(conversation_id).values_list("number", "state"))


def next_step(*, conversation: Conversation, grace: timedelta, now: datetime) -> Step | None:
    """Take one step with the first message that can move; None when nothing waits.

    Needs the conversation locked and its deliver lane held. At most one message gets locked in a
    transaction: receipts lock theirs in another order.
    """
    head = HEAD.first(conversation_id=conversation.pk)
    if head is None:
        return None
    step = _try(conversation, head, grace, now)
    if not isinstance(step, Wait) or head.state == State.QUEUED or head.author == Author.STAFF:
        return step
    of_staff = waiting(conversation.pk).filter(author=Author.STAFF).order_by("number").first()
    if of_staff is None:
        return step
    other = _try(conversation, of_staff, grace, now)
    return Wait(min(step.until, other.until)) if isinstance(other, Wait) else other


def _try(conversation: Conversation, message: Message, grace: timedelta, now: datetime) -> Step:
    if message.state == State.QUEUED:
        return _leave(conversation, message, now)
    # We hold the lane, so whoever was sending it is dead: it may have left.
    since = message.unknown_at or message.attempted_at or now
    if message.state == State.SENDING:
        return _move(message, [State.SENDING], state=State.UNKNOWN, unknown_at=since)
    if now < since + grace:
        return Wait(since + grace)
    if obstacle := _obstacle(conversation, message, now):
        # It will not be sent again, whether receipts reach us or not. `unknown_at` stays.
        return _stop(conversation, message, _may_have_arrived(obstacle), now)
    if not WebhookDelivery.objects.filter(received_at__gte=since - RECEIVING).exists():
        # Receipts could not have reached us: sending again might repeat what arrived.
        return Wait(now + grace)
    return _move(
        message,
        [State.UNKNOWN],
        state=State.QUEUED,
        unknown_at=None,
        failures=message.failures + 1,
    )


def _move(message: Message, states: Collection[State], **changes: object) -> Settled:
    """Change a message, unless a receipt was faster."""
    rows = Message.objects.filter(pk=message.pk, state__in=states)
    return Settled(moved=bool(rows.update(**changes)))


@dataclass(frozen=True)
class Obstacle:
    """Why a message may not leave any more."""

    state: State
    text: str
    code: int | None = None
    reason: HandoffReason | None = None


def _may_have_arrived(obstacle: Obstacle) -> Obstacle:
    return replace(obstacle, text=f"{obstacle.text} It may have arrived.")


def _obstacle(conversation: Conversation, message: Message, now: datetime) -> Obstacle | None:
    if why := _why_unwanted(conversation, message, now):
        return Obstacle(State.CANCELLED, why)
    attempts = FILE_ATTEMPTS if message.error_code in FILE_TROUBLE else ATTEMPTS
    if message.failures >= attempts:
        return Obstacle(
            State.FAILED,
            message.error_text or "Five attempts failed.",
            message.error_code,
            HandoffReason.SEND_FAILED,
        )
    if message.kind == MessageKind.TEMPLATE:
        return _template_obstacle(conversation, message)
    if conversation.window_expires_at is None or conversation.window_expires_at <= now:
        return Obstacle(
            State.FAILED,
            "The 24 h window is closed.",
            receipts.WINDOW_CLOSED,
            HandoffReason.WINDOW_CLOSED,
        )
    return None


def _why_unwanted(conversation: Conversation, message: Message, now: datetime) -> str:
    if conversation.lead.opted_out_at or message.epoch == optout.STOPPED:
        return optout.WHY
    if message.epoch is not None and message.epoch != conversation.epoch:
        return "Staff took over."
    return follow_up_rules.obstacle(message, now=now)


def _template_obstacle(conversation: Conversation, message: Message) -> Obstacle | None:
    """A template needs no window, but WhatsApp's leave and, if it is marketing, the lead's."""
    if template_messages.is_unwanted(message, conversation.lead):
        return Obstacle(State.CANCELLED, "The lead switched marketing messages off.")
    if template_messages.is_withdrawn(message):
        return Obstacle(
            State.FAILED,
            "WhatsApp no longer lets this template out.",
            template_messages.NOT_APPROVED,
            HandoffReason.SEND_FAILED,
        )
    return None


def _stop(
    conversation: Conversation, message: Message, obstacle: Obstacle, now: datetime
) -> Settled:
    moved = Message.objects.filter(pk=message.pk, state=message.state).update(
        state=obstacle.state,
        error_text=obstacle.text[:500],
        error_code=obstacle.code,
        failed_at=now if obstacle.state == State.FAILED else None,
    )
    if moved and obstacle.reason:
        handoff.give_to_staff(
            conversation=conversation, reason=obstacle.reason, staff=None, now=now
        )
    return Settled()


def _leave(conversation: Conversation, message: Message, now: datetime) -> Step:
    obstacle = _obstacle(conversation, message, now)
    if obstacle:
        return _stop(conversation, message, obstacle, now)
    if conversation.deliver_after and conversation.deliver_after > now:
        return Wait(conversation.deliver_after)
    message.attempt += 1
    message.attempted_at = now
    try:
        wire = _wire(conversation, message)
    except (AttributeError, TypeError, ValueError):
        # Nothing leaves of a row that cannot be read, now or later: it must not hold the others.
        logger.exception("a message cannot be read")
        unreadable = Obstacle(
            State.FAILED, "The message cannot be read.", reason=HandoffReason.SEND_FAILED
        )
        return _stop(conversation, message, unreadable, now)
    step = pacing.set_off(message, now=now)
    if isinstance(step, pacing.Refusal):
        return _wait_in_line(conversation, step)
    return Send(message, wire) if step else Settled(moved=False)


def _wait_in_line(conversation: Conversation, refusal: pacing.Refusal) -> Wait:
    """Sweeps leave who stands in line alone until it is their turn."""
    if refusal.in_line:
        conversation.deliver_after = refusal.until
        conversation.save(update_fields=["deliver_after"])
    return Wait(refusal.until, in_line=refusal.in_line)


def _wire(conversation: Conversation, message: Message) -> OutboundMessage:
    return OutboundMessage(
        to=_address(conversation),
        kind=MessageKind(message.kind),
        text=message.text,
        callback_data=f"{message.send_token}#{message.attempt}",
        options=tuple(Option(**option) for option in message.content.get("options", [])),
        button_label=message.content.get("button_label", ""),
        reply_to=message.in_reply_to,
        file=outbound_files.to_send(message),
        template=template_messages.use_in(message.content),
    )


def _address(conversation: Conversation) -> Address:
    """The newest of each kind, but the number that the lead has now if they have it again."""
    addresses: dict[str, str] = {}
    current = conversation.lead.phone_number
    for identity in KNOWN_BY.rows(lead_id=conversation.lead_id):
        newest = identity.kind
        if identity.kind == Identity.Kind.PHONE and identity.value == current:
            newest = "current"
        addresses[newest] = identity.address
    return Address(
        phone=addresses.get("current") or addresses.get(Identity.Kind.PHONE),
        bsuid=addresses.get(Identity.Kind.BSUID),
    )


KNOWN_BY = Compiled(
    lambda lead_id: Identity.objects.filter(lead_id=lead_id).order_by("id"), lead_id=UUID
)
