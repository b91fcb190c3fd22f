"""Offers that were looked for outside of a transaction, remembered within one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.range import Range

from conversations.models import SlotOffer
from conversations.services import slot_signing
from conversations.services.meeting_results import OfferedSlot


def remember(found: Sequence[OfferedSlot], *, now: datetime) -> tuple[OfferedSlot, ...]:
    """Store what `find_slots` gave as one offer to the lead, under ids of its own."""
    chosen = [(slot_signing.read(slot.id), slot) for slot in found]
    kept = [(signed, slot) for signed, slot in chosen if signed is not None]
    offers = SlotOffer.objects.bulk_create(
        SlotOffer(
            conversation_id=signed.conversation_id,
            salesperson_id=signed.host_id,
            during=Range(signed.starts_at, signed.ends_at),
            expires_at=signed.expires_at,
            created_at=now,
        )
        for signed, _slot in kept
    )
    return tuple(
        OfferedSlot(str(offer.pk), slot.starts_at, slot.ends_at, slot.host)
        for offer, (_signed, slot) in zip(offers, kept, strict=True)
    )
