"""Who may be written to, and the consent ledger. No model is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from conversations.models import OUTBOX, ConsentEntry, Lead, Message, State
from conversations.services import consent_words
from conversations.services.consent_words import consent_in, fold
from integrations.messaging import InboundMessage, MarketingPreference, MessageKind

WORDS = frozenset([MessageKind.TEXT, MessageKind.BUTTON_REPLY, MessageKind.LIST_REPLY])
WHY = "The lead opted out."
# The epoch, which no conversation ever has, of what was on its way to somebody who said stop: if it
# did not arrive, it does not leave again, also once they start again.
STOPPED = -1


@dataclass(frozen=True)
class ConsentChange:
    """What a lead decided, by which words."""

    lead_id: UUID
    conversation_id: UUID
    given: bool
    words: str
    provider_message_id: str
    occurred_at: datetime
    scope: ConsentEntry.Scope = ConsentEntry.Scope.ALL


def consent_given_by(message: InboundMessage) -> bool | None:
    """What this message says about writing to its author at all, if anything."""
    if message.kind is MessageKind.EDIT and not message.is_group:
        # A mistyped stop, put right. Who edits asks for no answer, so they do not start again by it.
        return False if consent_in(message.text) is False else None
    if message.kind not in WORDS or not _is_said_to_us(message) or refuses_marketing(message):
        return None
    return False if _is_stop_button(message) else consent_in(message.text)


def refuses_marketing(message: InboundMessage) -> bool:
    """Whether it is the tap on a button like «Stop promotions»: all else goes on."""
    return (
        message.kind == MessageKind.BUTTON_REPLY
        and _is_said_to_us(message)
        and consent_words.refuses_marketing(message.text, message.reply_id)
    )


def _is_said_to_us(message: InboundMessage) -> bool:
    """Not in a group, nor by our own number. On standby they speak to us, though we keep silent."""
    return message.starts_turn or (message.on_standby and not message.is_group)


def decides(message: InboundMessage) -> bool:
    """Whether it goes into the ledger."""
    return consent_given_by(message) is not None or refuses_marketing(message)


def record(changes: Sequence[ConsentChange], *, now: datetime) -> None:
    """Write the ledger; who has stopped by it now gets nothing more. A few queries, however many."""
    if not changes:
        return
    message_ids = dict(
        Message.objects.filter(
            provider_message_id__in=[change.provider_message_id for change in changes]
        ).values_list("provider_message_id", "id")
    )
    ConsentEntry.objects.bulk_create(
        ConsentEntry(
            lead_id=change.lead_id,
            scope=change.scope,
            given=change.given,
            message_id=message_ids.get(change.provider_message_id),
            words=change.words[:200],
            occurred_at=change.occurred_at,
        )
        for change in changes
    )
    all_messages, marketing = (
        {each.lead_id: each.conversation_id for each in changes if each.scope == scope}
        for scope in (ConsentEntry.Scope.ALL, ConsentEntry.Scope.MARKETING)
    )
    _stop_and_resume(all_messages, now)
    _switch_marketing(marketing, now)


def _stop_and_resume(conversations: Mapping[UUID, UUID], now: datetime) -> None:
    if not conversations:
        return
    stopped, resumed = _in_force(conversations, ConsentEntry.Scope.ALL)
    Lead.objects.filter(id__in=stopped, opted_out_at__isnull=True).update(opted_out_at=now)
    Lead.objects.filter(id__in=resumed).update(opted_out_at=None)
    _hold_back([conversations[lead_id] for lead_id in stopped])


def _hold_back(conversation_ids: Collection[UUID]) -> None:
    """Let nothing leave there that has not left yet, now or later."""
    waiting = Message.objects.filter(
        conversation_id__in=conversation_ids,
        state__in=OUTBOX,
    )
    # In the order in which receipts lock messages, without their conversations.
    in_order = waiting.order_by("id").select_for_update().values_list("id", flat=True)
    held = Message.objects.filter(id__in=list(in_order))
    held.filter(state=State.QUEUED).update(state=State.CANCELLED, error_text=WHY)
    held.filter(state__in=[State.SENDING, State.UNKNOWN]).update(epoch=STOPPED)


def last_said(lead_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of them last said stop or resume. One query, or none."""
    if not lead_ids:
        return {}
    said = ConsentEntry.objects.filter(lead_id__in=lead_ids, scope=ConsentEntry.Scope.ALL)
    return dict(said.values_list("lead_id").annotate(Max("occurred_at")))


def record_marketing(wishes: Sequence[tuple[UUID, MarketingPreference]], *, now: datetime) -> None:
    """Heed the switch in WhatsApp's own settings, whose it is. At most five queries."""
    switch = {True: "WhatsApp: marketing messages off", False: "WhatsApp: marketing messages on"}
    said = {
        (lead_id, not each.stopped, each.occurred_at): switch[each.stopped]
        for lead_id, each in wishes
    }
    _record_marketing(said, now=now)


def record_refusals(refused: Mapping[UUID, datetime], *, now: datetime) -> None:
    """WhatsApp refused a message since its reader switched marketing off: by lead, when."""
    words = "WhatsApp: refused, marketing messages are off"
    _record_marketing({(lead_id, False, at): words for lead_id, at in refused.items()}, now=now)


def _record_marketing(said: Mapping[tuple[UUID, bool, datetime], str], *, now: datetime) -> None:
    """Words by who, whether they want it, and when."""
    if not said:
        return
    lead_ids = {lead_id for lead_id, _given, _at in said}
    known = set(
        ConsentEntry.objects.filter(
            lead_id__in=lead_ids, scope=ConsentEntry.Scope.MARKETING
        ).values_list("lead_id", "given", "occurred_at")
    )
    ConsentEntry.objects.bulk_create(
        ConsentEntry(
            lead_id=lead_id,
            scope=ConsentEntry.Scope.MARKETING,
            given=given,
            words=words,
            occurred_at=at,
        )
        for (lead_id, given, at), words in said.items()
        if (lead_id, given, at) not in known
    )
    _switch_marketing(lead_ids, now)


def _switch_marketing(lead_ids: Collection[UUID], now: datetime) -> None:
    if not lead_ids:
        return
    stopped, resumed = _in_force(lead_ids, ConsentEntry.Scope.MARKETING)
    Lead.objects.filter(id__in=stopped, marketing_opted_out_at__isnull=True).update(
        marketing_opted_out_at=now
    )
    Lead.objects.filter(id__in=resumed, marketing_opted_out_at__isnull=False).update(
        marketing_opted_out_at=None
    )


def _in_force(
    lead_ids: Collection[UUID], scope: ConsentEntry.Scope
) -> tuple[list[UUID], list[UUID]]:
    """Who has stopped and who has not, by what they said last: not by what reached us last.

    WhatsApp counts in seconds: of two words in the same one the stop counts.
    """
    last = (
        ConsentEntry.objects.filter(lead_id__in=lead_ids, scope=scope)
        .order_by("lead_id", "-occurred_at", "given")
        .distinct("lead_id")
        .values_list("lead_id", "given")
    )
    by_lead = dict(last)
    return (
        [lead_id for lead_id, given in by_lead.items() if not given],
        [lead_id for lead_id, given in by_lead.items() if given],
    )


def _is_stop_button(message: InboundMessage) -> bool:
    """A template's button says what it does in its payload, like STOP_PROMO; none of ours does."""
    return (
        message.kind == MessageKind.BUTTON_REPLY
        and fold(message.reply_id).partition(" ")[0] == "stop"
    )
