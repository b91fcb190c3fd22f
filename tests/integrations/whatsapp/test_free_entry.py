"""What a status says of a free entry point."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.whatsapp import events, payloads

EXPIRES = "1795680000"


@pytest.mark.parametrize(
    ("pricing", "conversation", "told"),
    [
        ({"type": "free_entry_point"}, {"expiration_timestamp": EXPIRES}, True),
        ({}, {"origin": {"type": "referral_conversion"}, "expiration_timestamp": EXPIRES}, True),
        ({"type": "regular"}, {"expiration_timestamp": EXPIRES}, False),
        ({"type": "free_entry_point"}, {"expiration_timestamp": "9" * 11}, False),
        ({"type": "free_entry_point"}, {"expiration_timestamp": ["x"]}, False),
        ({"type": ["x"], "category": {}}, {"origin": [], "expiration_timestamp": EXPIRES}, False),
        ({"type": "regular", "free_entry_until": "soon"}, "x", False),
    ],
)
def test_the_end_of_a_free_entry_point(pricing: Any, conversation: Any, told: bool) -> None:
    status = payloads.soft(
        payloads.Status,
        {"id": "wamid.1", "status": "sent", "pricing": pricing, "conversation": conversation},
    )
    assert status is not None
    now = datetime.fromtimestamp(int(EXPIRES), UTC) - timedelta(hours=70)
    found = events.receipt_event(status, now=now)
    assert found is not None
    expected = datetime.fromtimestamp(int(EXPIRES), UTC).isoformat() if told else None
    assert found.pricing.get("free_entry_until") == expected
