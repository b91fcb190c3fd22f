"""What Graph posts by itself: changes in a mailbox, and word about the subscription."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError

from integrations.outlook.payloads import Wire
from integrations.scheduling import CalendarNews, CalendarNewsError

# What a database takes as text, and longer than any id or secret of ours.
SAFE = re.compile(r"[!-~]{1,300}")
MOST = 1000
LIFECYCLE: Mapping[str, Literal["missed", "expiring", "removed"]] = {
    "missed": "missed",
    "reauthorizationRequired": "expiring",
    "subscriptionRemoved": "removed",
}


class Changed(Wire):
    """What a change is about."""

    id: str = ""


class Notification(Wire):
    """One thing that happened."""

    subscription_id: str = Field(alias="subscriptionId")
    client_state: str = Field(alias="clientState")
    lifecycle_event: str | None = Field(default=None, alias="lifecycleEvent")
    resource_data: Changed | None = Field(default=None, alias="resourceData")


def parse(body: bytes) -> tuple[CalendarNews, ...]:
    """Read a POST. One that is no list of notifications is a CalendarNewsError.

    What is odd among them is left out: the rest is true all the same.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise CalendarNewsError("The body is not JSON.") from None
    value = content.get("value") if isinstance(content, dict) else None
    if not isinstance(value, list):
        raise CalendarNewsError("The body has no list of notifications.")
    # Nobody's calendar says so much at once; what is left out the timer finds.
    return tuple(_all_news(value[:MOST]))


def _all_news(value: list[Any]) -> Iterator[CalendarNews]:
    for each in value:
        try:
            news = _news(Notification.model_validate(each))
        except ValidationError:
            continue
        if news is not None:
            yield news


def _news(said: Notification) -> CalendarNews | None:
    watch_id, secret = said.subscription_id, said.client_state
    if not (SAFE.fullmatch(watch_id) and SAFE.fullmatch(secret)):
        return None
    if said.lifecycle_event is not None:
        kind = LIFECYCLE.get(said.lifecycle_event)
        return CalendarNews(watch_id, secret, kind) if kind else None
    event_id = said.resource_data.id if said.resource_data else ""
    known = event_id if SAFE.fullmatch(event_id) else ""
    return CalendarNews(watch_id, secret, "changed", known)
