"""How far our messages came. Receipts are kept as they come and applied forward only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from conversations.models import (
    OUTBOX,
    Conversation,
    Direction,
    HandoffReason,
    Message,
    StoredReceipt,
)
from conversations.services import free_entry, handoff, optout
from conversations.services.receipt_effects import Moved, apply_stored
from integrations.messaging import Receipt, ReceiptStatus

WINDOW_CLOSED = 131047
OPTED_OUT = 131050
KEPT = timedelta(days=90)


def store_and_apply(receipts: Sequence[Receipt], *, now: datetime) -> set[UUID]:
    """Keep the receipts and move our messages. Returns conversations whose outbox moved.

    Needs the conversations locked that `touched_conversations` names: rows before their messages.
    """
    if not receipts:
        return set()
    # In one order everywhere, or two POSTs that overlap could wait for each other.
    in_order = sorted(receipts, key=lambda each: (each.provider_message_id, each.status))
    StoredReceipt.objects.bulk_create(
        [_row(receipt, now) for receipt in in_order], ignore_conflicts=True
    )
    moved = apply_stored({receipt.provider_message_id for receipt in receipts}, now=now)
    _heed_errors(_failed(receipts), now=now)
    _hand_over([each for each in moved if each.lost_an_answer], now=now)
    free_entry.note({each.conversation_id for each in moved if each.is_free_entry})
    return {each.conversation_id for each in moved if each.was in OUTBOX}


def apply_late(provider_message_id: str, *, was: str, now: datetime) -> None:
    """Apply what came before we knew that this id is ours: the message was `was` until then.

    Needs its conversation locked. Takes one query, unless a failure came.
    """
    moved = [each._replace(was=was) for each in apply_stored([provider_message_id], now=now)]
    if any(each.error_code for each in moved):
        _heed_errors(_stored_failures(provider_message_id), now=now)
    _hand_over([each for each in moved if each.lost_an_answer], now=now)
    free_entry.note({each.conversation_id for each in moved if each.is_free_entry})


def prune(*, now: datetime) -> int:
    """Delete receipts 90 days after their message took them in."""
    deleted, _per_model = StoredReceipt.objects.filter(applied_at__lt=now - KEPT).delete()
    return deleted


def touched_conversations(receipts: Sequence[Receipt]) -> list[UUID]:
    """Conversations that these receipts change too: lock them with all others of the POST."""
    lasting = [*_failed(receipts), *(each for each in receipts if free_entry.is_told_by(each))]
    if not lasting:
        return []
    tokens = [token for each in lasting if (token := _callback(each.callback_data)[0])]
    ours = Message.objects.filter(
        Q(provider_message_id__in=[each.provider_message_id for each in lasting])
        | Q(send_token__in=tokens),
        direction=Direction.OUTBOUND,
    )
    return list(ours.values_list("conversation_id", flat=True))


def _failed(receipts: Sequence[Receipt]) -> list[Receipt]:
    return [each for each in receipts if each.status is ReceiptStatus.FAILED]


def _stored_failures(provider_message_id: str) -> list[Receipt]:
    rows = StoredReceipt.objects.filter(
        provider_message_id=provider_message_id, status=ReceiptStatus.FAILED
    )
    return [
        Receipt(
            provider_message_id, ReceiptStatus.FAILED, row.occurred_at, error_code=row.error_code
        )
        for row in rows
    ]


def _hand_over(lost: Sequence[Moved], *, now: datetime) -> None:
    """Staff has to see to leads whose answer did not come. At most four queries."""
    for reason, is_it in ((HandoffReason.WINDOW_CLOSED, True), (HandoffReason.SEND_FAILED, False)):
        ids = {e.conversation_id for e in lost if (e.error_code == WINDOW_CLOSED) is is_it}
        handoff.give_all_to_staff(conversation_ids=ids, reason=reason, now=now)


def _heed_errors(failed: Sequence[Receipt], *, now: datetime) -> None:
    """A closed window and an opt-out are also said by a failed receipt."""
    for code, act in ((WINDOW_CLOSED, _close_windows), (OPTED_OUT, _opt_out)):
        said = {each.provider_message_id: each for each in failed if each.error_code == code}
        if said:
            act(said, now)


def _close_windows(said: Mapping[str, Receipt], now: datetime) -> None:
    """Not one that the lead opened since: a receipt may come late, or once more."""
    Conversation.objects.filter(
        messages__provider_message_id__in=said,
        messages__attempted_at__gte=F("last_inbound_at"),
        window_expires_at__gt=now,
    ).update(window_expires_at=now)


def _opt_out(said: Mapping[str, Receipt], now: datetime) -> None:
    refused: dict[UUID, datetime] = {}
    ours = Message.objects.filter(provider_message_id__in=said, direction=Direction.OUTBOUND)
    for lead_id, wamid in ours.values_list("conversation__lead_id", "provider_message_id"):
        at = said[wamid or ""].occurred_at
        refused[lead_id] = max(at, refused.get(lead_id, at))
    optout.record_refusals(refused, now=now)


def _row(receipt: Receipt, now: datetime) -> StoredReceipt:
    token, attempt = _callback(receipt.callback_data)
    return StoredReceipt(
        provider_message_id=receipt.provider_message_id,
        status=receipt.status,
        send_token=token,
        attempt=attempt,
        occurred_at=receipt.occurred_at,
        error_code=receipt.error_code,
        error_text=receipt.error_text[:500],
        pricing=dict(receipt.pricing),
        created_at=now,
    )


def _callback(data: str) -> tuple[UUID | None, int | None]:
    """Our own `<token>#<attempt>`; anything else is somebody else's and means nothing to us."""
    token, _hash, attempt = data.partition("#")
    try:
        return UUID(token), min(int(attempt), 32_767) if attempt.isdecimal() else None
    except ValueError:
        return None, None
