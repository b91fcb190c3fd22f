"""What every page must say at the top: trouble that stops all messages, and how to end it."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.services import channel_state
from integrations.models import ChannelState
from integrations.whatsapp.errors import explain


@dataclass(frozen=True)
class Alarm:
    """Why nothing goes out, what to do, and WhatsApp's own words."""

    fix: str
    detail: str


def current() -> Alarm | None:
    """Account trouble with the number; slow-downs of WhatsApp pass by themselves. One query."""
    rows = ChannelState.objects.filter(channel=channel_state.WHATSAPP, paused_until__isnull=False)
    state = rows.exclude(reason="").first()
    return Alarm(str(explain(state.error_code)), state.reason) if state else None
