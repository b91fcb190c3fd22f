"""Whether the whole number may send: rate limits and account trouble pause it for everybody."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from integrations.messaging import SendError, SendScope
from integrations.models import ChannelState

logger = logging.getLogger(__name__)

WHATSAPP = "whatsapp"
# After account trouble one message at a time finds out whether it was mended.
PROBE_AFTER = timedelta(seconds=60)


def paused_until() -> datetime | None:
    """When the number may send again; None if nothing holds it."""
    return (
        ChannelState.objects.filter(channel=WHATSAPP).values_list("paused_until", flat=True).first()
    )


def pause(*, error: SendError, until: datetime) -> None:
    """Stop sending for a while; account trouble is said loudly."""
    if error.scope is SendScope.ACCOUNT:
        until += PROBE_AFTER
        logger.error("WhatsApp outbox paused: %s (code %s)", error, error.code)
    ChannelState.objects.update_or_create(
        channel=WHATSAPP,
        defaults={
            "paused_until": until,
            "reason": str(error)[:300] if error.scope is SendScope.ACCOUNT else "",
            "error_code": error.code,
        },
    )


def note_success() -> None:
    """A message went through: whatever the trouble was, it is over."""
    ChannelState.objects.filter(channel=WHATSAPP, paused_until__isnull=False).update(
        paused_until=None, reason="", error_code=None
    )
