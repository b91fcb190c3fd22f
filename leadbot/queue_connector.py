"""The worker's own connections to the queue, over one of which all its lanes listen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import procrastinate
from procrastinate.connector import Notify


class SharedConnector(procrastinate.PsycopgConnector):
    """Let the lane that comes last hear for those before it: each would take a connection."""

    def __init__(self, *, lanes: int, **options: Any) -> None:
        super().__init__(**options)
        self._lanes = lanes
        self._ears: dict[str, Notify] = {}

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Listen for every lane (one channel each), or wait while another one does."""
        self._ears |= dict.fromkeys(channels, on_notification)
        if len(self._ears) < self._lanes:
            await asyncio.Event().wait()
        await super().listen_notify(on_notification=self._pass_on, channels=self._ears)

    async def _pass_on(self, *, channel: str, payload: str) -> None:
        await self._ears[channel](channel=channel, payload=payload)
