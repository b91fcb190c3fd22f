"""A calendar that promises to tell of changes, and remembers whom it promised what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from integrations.scheduling import CalendarError, Watch


class FakeWatcher:
    """See integrations.scheduling.CalendarWatcher. `kept`: mailbox, secret and address by id."""

    def __init__(self, lasts: timedelta = timedelta(days=3)) -> None:
        self.lasts = lasts
        self.kept: dict[str, tuple[str, str, str]] = {}
        self.calls: list[str] = []
        self.failures: list[CalendarError] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.made = 0

    def watch(self, *, mailbox: str, secret: str, notify_url: str, now: datetime) -> Watch:
        self._call(f"watch {mailbox}")
        self.made += 1
        watch_id = f"watch-{self.made}"
        self.kept[watch_id] = (mailbox, secret, notify_url)
        return Watch(watch_id, now + self.lasts)

    def renew(self, *, mailbox: str, watch_id: str, now: datetime) -> Watch:
        self._call(f"renew {mailbox}")
        if watch_id not in self.kept:
            raise CalendarError("No such watch", gone=True)
        return Watch(watch_id, now + self.lasts)

    def unwatch(self, *, mailbox: str, watch_id: str) -> None:
        self._call(f"unwatch {mailbox}")
        self.kept.pop(watch_id, None)

    def _call(self, what: str) -> None:
        self.calls.append(what)
        self.meanwhile()
        if self.failures:
            raise self.failures.pop(0)
