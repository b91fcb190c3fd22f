"""`manage.py replay_deliveries`: what was not understood is read again, with today's code."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conversations.models import Message
from integrations.models import WebhookDelivery
from tests.conversations.rows import NOW
from tests.payloads import body

pytestmark = pytest.mark.django_db


def keep(body: bytes, state: str) -> WebhookDelivery:
    return WebhookDelivery.objects.create(body=body, state=state, received_at=NOW)


def replay(*ids: int) -> str:
    said = StringIO()
    call_command("replay_deliveries", *map(str, ids), stdout=said)
    return said.getvalue()


def test_what_was_not_understood_is_read_again_in_order() -> None:
    understood = keep(body("02_text_phone_and_bsuid.json"), "processed")
    partial = keep(body("01_text_classic_no_bsuid.json"), "partial")
    broken = keep(b"{", "rejected")
    assert replay() == f"{partial.pk}: processed\n{broken.pk}: rejected\n"
    partial.refresh_from_db()
    assert (partial.counts, partial.problems) == ({"messages": 1}, [])
    assert partial.replayed_at is not None
    understood.refresh_from_db()
    assert understood.replayed_at is None
    assert Message.objects.count() == 1
    replay(partial.pk)
    assert Message.objects.count() == 1


def test_named_deliveries_only() -> None:
    first = keep(body("01_text_classic_no_bsuid.json"), "processed")
    keep(b"{", "rejected")
    assert replay(first.pk) == f"{first.pk}: processed\n"
    assert Message.objects.count() == 1


def test_what_is_gone_is_named_and_nothing_is_done() -> None:
    first = keep(body("01_text_classic_no_bsuid.json"), "partial")
    with pytest.raises(CommandError, match=r"No delivery 999998, 999999: .* kept for 30 days"):
        replay(first.pk, 999999, 999998)
    assert Message.objects.count() == 0


def test_nothing_to_do() -> None:
    assert replay() == "Nothing to replay: every delivery was understood in full.\n"
