"""Trouble with the provider's account: one row a kind, which every page shows while it stands."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from conversations.services.channel_state import WHATSAPP
from integrations.messaging import AccountNotice, AccountTrouble
from integrations.models import ChannelState

logger = logging.getLogger(__name__)

PREFIX = f"{WHATSAPP}:"
CHANNELS = {f"{PREFIX}{trouble}": trouble for trouble in AccountTrouble}


def record(notices: Iterable[AccountNotice], *, now: datetime) -> None:
    """Note what began and forget what is over, the last word of each kind."""
    latest = {f"{PREFIX}{notice.trouble}": notice for notice in notices}
    for channel, notice in sorted(latest.items()):
        if notice.stands_until is None or notice.stands_until <= now:
            ChannelState.objects.filter(channel=channel).delete()
            continue
        logger.error("WhatsApp account: %s (code %s)", notice.trouble, notice.code)
        ChannelState.objects.update_or_create(
            channel=channel,
            defaults={
                "paused_until": notice.stands_until,
                "reason": notice.detail[:300],
                "error_code": notice.code,
            },
        )
