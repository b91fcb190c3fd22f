"""Whether the whole number may send: rate limits and account trouble pause it for everybody."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

from django.db import transaction

from integrations.messaging import SendError, SendScope
from integrations.models import ChannelState

logger = logging.getLogger(__name__)

WHATSAPP = "whatsapp"
# After account trouble one message at a time finds out whether it was mended.
PROBE_AFTER = timedelta(seconds=60)
LONGEST_BACKOFF = timedelta(minutes=10)


def paused_until() -> datetime | None:
    """When the number may send again; None if nothing holds it."""
    return (
        ChannelState.objects.filter(channel=WHATSAPP).values_list("paused_until", flat=True).first()
    )


def in_trouble() -> bool:
    """Whether nothing has gone through since the last thing that held the whole number."""
    return ChannelState.objects.filter(channel=WHATSAPP, failures__gt=0).exists()


@transaction.atomic
def pause(*, error: SendError, now: datetime) -> datetime:
    """Stop sending for a while, longer with each failure in a row; returns until when.

    A pause is never shortened by another one, and account trouble is said loudly.
    """
    ChannelState.objects.get_or_create(channel=WHATSAPP)
    state = ChannelState.objects.select_for_update().get(channel=WHATSAPP)
    if state.paused_until is None or state.paused_until <= now:
        # Those who were under way when it began are no failures in a row.
        state.failures += 1
    until = now + back_off(state.failures - 1, error.retry_after)
    if error.scope is SendScope.ACCOUNT:
        until += PROBE_AFTER
        state.reason = str(error)[:300]
        logger.error("WhatsApp outbox paused: %s (code %s)", state.reason, error.code)
    state.paused_until = max(until, state.paused_until or until)
    state.error_code = error.code
    state.save()
    return state.paused_until


def note_success() -> None:
    """A message went through: whatever the trouble was, it is over."""
    ChannelState.objects.filter(channel=WHATSAPP, failures__gt=0).update(
        paused_until=None, reason="", error_code=None, failures=0
    )


def back_off(failures: int, retry_after: float | None) -> timedelta:
    """Full jitter over 1, 2, 4 … seconds; the provider's own number wins."""
    if retry_after is not None:
        return min(timedelta(seconds=retry_after), LONGEST_BACKOFF)
    return timedelta(seconds=random.uniform(0.2, 2.0 ** min(failures, 6)))  # noqa: S311
