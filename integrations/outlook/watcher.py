"""Subscriptions at Microsoft Graph: it tells of changes in a mailbox, for a few days at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import Field, ValidationError

from integrations.conf import OutlookConf
from integrations.outlook.errors import GraphError, NoAnswerError
from integrations.outlook.graph import GraphClient, shared_client
from integrations.outlook.payloads import Wire, query_time
from integrations.scheduling import CalendarError, Watch

# Graph allows a calendar a little under seven days, in older texts 4,230 minutes.
LASTS = timedelta(minutes=4200)


class Subscription(Wire):
    """Graph's promise."""

    id: str = Field(min_length=1, max_length=200)
    expires_at: datetime = Field(alias="expirationDateTime")


def watcher(conf: OutlookConf) -> OutlookWatcher:
    """Make one that shares the calendar's patience with each mailbox."""
    return OutlookWatcher(shared_client(conf))


class OutlookWatcher:
    """See integrations.scheduling.CalendarWatcher."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def watch(self, *, mailbox: str, secret: str, notify_url: str, now: datetime) -> Watch:
        """Subscribe; Graph tries the address before it answers."""
        wanted = {
            "changeType": "created,updated,deleted",
            "notificationUrl": notify_url,
            "lifecycleNotificationUrl": notify_url,
            "resource": f"users/{mailbox}/events",
            "expirationDateTime": query_time(now + LASTS),
            "clientState": secret,
        }
        return self._ask("POST", mailbox, "", wanted)

    def renew(self, *, mailbox: str, watch_id: str, now: datetime) -> Watch:
        """Move its end."""
        try:
            return self._ask(
                "PATCH", mailbox, watch_id, {"expirationDateTime": query_time(now + LASTS)}
            )
        except GraphError as error:
            if error.status != 404:
                raise
            # Its code is that of a mailbox which nobody knows.
            raise CalendarError(str(error), gone=True) from None

    def unwatch(self, *, mailbox: str, watch_id: str) -> None:
        """Delete it."""
        try:
            self._graph.call("DELETE", mailbox, self._url(watch_id))
        except GraphError as error:
            if error.status != 404:
                raise

    def _ask(self, method: str, mailbox: str, watch_id: str, body: Mapping[str, Any]) -> Watch:
        """A second subscription would tell us everything twice: not repeated after a doubt."""
        answer = self._graph.call(method, mailbox, self._url(watch_id), json=body, writes=True)
        try:
            made = Subscription.model_validate(answer.body)
        except ValidationError:
            raise NoAnswerError("Microsoft Graph's subscription could not be read") from None
        ends_at = made.expires_at
        return Watch(made.id, ends_at if ends_at.tzinfo else ends_at.replace(tzinfo=UTC))

    def _url(self, watch_id: str) -> str:
        base = f"{self._graph.base_url}/subscriptions"
        return f"{base}/{quote(watch_id, safe='')}" if watch_id else base
