"""The nightly job drops what is old and leaves what somebody may still need."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from psycopg.types.range import Range

from conversations import tasks
from conversations.models import Salesperson, SlotOffer, StoredReceipt
from conversations.services import meeting_offers, receipts
from tests.conversations.rows import NOW, make_conversation, make_staff

pytestmark = pytest.mark.django_db


def offer(at: datetime) -> SlotOffer:
    host = Salesperson.objects.first() or Salesperson.objects.create(
        mailbox="host@example.com", user=make_staff("host")
    )
    return SlotOffer.objects.create(
        conversation=make_conversation(phone=f"52155501{SlotOffer.objects.count():05d}"),
        salesperson=host,
        during=Range(at + timedelta(hours=2), at + timedelta(hours=3)),
        expires_at=at + timedelta(hours=24),
        created_at=at,
    )


def receipt(at: datetime, *, applied: bool = True) -> StoredReceipt:
    return StoredReceipt.objects.create(
        provider_message_id=f"wamid.{StoredReceipt.objects.count()}",
        status="read",
        occurred_at=at,
        created_at=at,
        applied_at=at if applied else None,
    )


def test_offers_go_after_30_days() -> None:
    offer(NOW - timedelta(days=31))
    kept = offer(NOW - timedelta(days=29))
    assert meeting_offers.prune(now=NOW) == 1
    assert list(SlotOffer.objects.all()) == [kept]


def test_receipts_go_90_days_after_they_were_applied() -> None:
    receipt(NOW - timedelta(days=91))
    kept = [receipt(NOW - timedelta(days=89)), receipt(NOW - timedelta(days=91), applied=False)]
    assert receipts.prune(now=NOW) == 1
    assert list(StoredReceipt.objects.order_by("id")) == kept


# The job closes connections of others, and with them a test's transaction.
@pytest.mark.django_db(transaction=True)
def test_the_job_prunes_both() -> None:
    long_ago = timezone.now() - timedelta(days=365)
    offer(long_ago)
    receipt(long_ago)
    tasks.prune(timestamp=0)
    assert not SlotOffer.objects.exists()
    assert not StoredReceipt.objects.exists()
