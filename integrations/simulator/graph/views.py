"""The events of a mailbox in Microsoft Graph v1.0, as far as a scheduling app uses them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.simulator.graph import delta as deltas
from integrations.simulator.graph import store
from integrations.simulator.graph.door import Call
from integrations.simulator.graph.shapes import event_shape
from integrations.simulator.graph.wire import (
    WireError,
    answer,
    applied,
    context,
    page_size,
    preferred_zone,
    read_json,
    read_number,
    read_query_time,
)

LONGEST_VIEW = timedelta(days=1825)
PROPERTY_FILTER = re.compile(
    r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*\1/id eq '([^']*)'"
    r"\s+and\s+\1/value eq '([^']*)'\s*\)",
    re.IGNORECASE,
)
ORDERS: Mapping[str, Callable[[SimulatedMailboxEvent], Any]] = {
    "start/datetime": lambda event: event.starts_at,
    "end/datetime": lambda event: event.ends_at,
    "createddatetime": lambda event: event.created_at,
    "lastmodifieddatetime": lambda event: event.changed_at,
    "subject": lambda event: str(event.content.get("subject") or ""),
}


def calendar_view(request: HttpRequest, _call: Call, mailbox: SimulatedMailbox) -> HttpResponse:
    """The events that touch a window, page by page; series as their occurrences."""
    return _page(request, mailbox, store.events_between(mailbox, *_window(request)))


def delta(request: HttpRequest, _call: Call, mailbox: SimulatedMailbox) -> HttpResponse:
    """What a window holds, and from the second time on what changed in it."""
    token = request.GET.get("$skiptoken") or request.GET.get("$deltatoken")
    if token:
        sync = deltas.resume(mailbox, token)
    else:
        sync = deltas.begin(mailbox, *_window(request))
    found, end = deltas.changes(mailbox, sync), sync.skip + page_size(request)
    body: dict[str, Any] = {
        "@odata.context": context(request, "#Collection(event)"),
        "value": [
            deltas.removed(each) if isinstance(each, str) else _shape(request, each)
            for each in found[sync.skip : end]
        ],
    }
    if end < len(found):
        body["@odata.nextLink"] = _link(request, {"$skiptoken": replace(sync, skip=end).token()})
    else:
        body["@odata.deltaLink"] = _link(request, {"$deltatoken": replace(sync, skip=0).token()})
    return applied(request, body)


def list_events(request: HttpRequest, _call: Call, mailbox: SimulatedMailbox) -> HttpResponse:
    """All events, series as one each; or those that carry one extended property."""
    wanted = request.GET.get("$filter", "").strip()
    if not wanted:
        return _page(request, mailbox, list(store.events(mailbox)))
    match = PROPERTY_FILTER.fullmatch(wanted)
    if match is None:
        raise WireError(400, "BadRequest", "Invalid filter clause.")
    return _page(request, mailbox, store.events_with_property(mailbox, match[2], match[3]))


def instances(
    request: HttpRequest, _call: Call, mailbox: SimulatedMailbox, event_id: str
) -> HttpResponse:
    """The occurrences of one series in a window."""
    master = store.find_event(mailbox, event_id)
    found = store.events_between(mailbox, *_window(request))
    return _page(request, mailbox, [each for each in found if each.series == master])


def create_event(request: HttpRequest, _call: Call, mailbox: SimulatedMailbox) -> HttpResponse:
    """Create an event."""
    event = store.create_event(mailbox=mailbox, fields=read_json(request), now=timezone.now())
    return _entity(request, event, status=201)


def get_event(
    request: HttpRequest, _call: Call, mailbox: SimulatedMailbox, event_id: str
) -> HttpResponse:
    """Read one event."""
    event = store.find_event(mailbox, event_id)
    store.use_up_join_url_read(event)
    return _entity(request, event)


def change_event(
    request: HttpRequest, _call: Call, mailbox: SimulatedMailbox, event_id: str
) -> HttpResponse:
    """Change an event."""
    event = store.change_event(
        mailbox=mailbox,
        event_id=event_id,
        fields=read_json(request),
        etag=request.headers.get("If-Match", ""),
        now=timezone.now(),
    )
    return _entity(request, event)


def delete_event(
    request: HttpRequest, _call: Call, mailbox: SimulatedMailbox, event_id: str
) -> HttpResponse:
    """Delete an event."""
    etag = request.headers.get("If-Match", "")
    store.delete_event(mailbox=mailbox, event_id=event_id, etag=etag, now=timezone.now())
    return answer(None, status=204)


def cancel_event(
    request: HttpRequest, _call: Call, mailbox: SimulatedMailbox, event_id: str
) -> HttpResponse:
    """Cancel an event as its organizer."""
    unknown_names = {name.lower() for name in read_json(request)} - {"comment"}
    if unknown_names:
        raise WireError(400, "BadRequest", "Unknown parameter.")
    store.delete_event(mailbox=mailbox, event_id=event_id, etag="", now=timezone.now())
    return answer(None, status=202)


def _page(
    request: HttpRequest, mailbox: SimulatedMailbox, events: Sequence[SimulatedMailboxEvent]
) -> HttpResponse:
    size, skip = page_size(request), read_number(request, "$skip", 0)
    body: dict[str, Any] = {
        "@odata.context": context(request, f"#users('{quote(mailbox.address)}')/events"),
        "value": [
            _shape(request, event) for event in _ordered(request, events)[skip : skip + size]
        ],
    }
    if request.GET.get("$count", "").lower() == "true":
        body["@odata.count"] = len(events)
    if skip + size < len(events):
        body["@odata.nextLink"] = _link(request, {**request.GET.dict(), "$skip": str(skip + size)})
    return applied(request, body)


def _ordered(
    request: HttpRequest, events: Iterable[SimulatedMailboxEvent]
) -> list[SimulatedMailboxEvent]:
    """Sort as $orderby says; by the last name first, as sorting keeps what was equal."""
    found = list(events)
    for wish in reversed(list(filter(None, request.GET.get("$orderby", "").split(",")))):
        name, _, direction = wish.strip().lower().partition(" ")
        if name not in ORDERS or direction not in {"", "asc", "desc"}:
            raise WireError(400, "BadRequest", f"Could not order by '{wish}'.")
        found.sort(key=ORDERS[name], reverse=direction == "desc")
    return found


def _entity(
    request: HttpRequest, event: SimulatedMailboxEvent, *, status: int = 200
) -> HttpResponse:
    place = context(request, f"#users('{quote(event.mailbox.address)}')/events/$entity")
    return applied(request, {"@odata.context": place, **_shape(request, event)}, status=status)


def _shape(request: HttpRequest, event: SimulatedMailboxEvent) -> dict[str, Any]:
    return event_shape(
        event,
        preferred_zone(request),
        select=request.GET.get("$select", "") if request.method == "GET" else "",
        expand=request.GET.get("$expand", ""),
    )


def _window(request: HttpRequest) -> tuple[datetime, datetime]:
    starts_at = read_query_time(request, "startDateTime")
    ends_at = read_query_time(request, "endDateTime")
    if ends_at < starts_at:
        raise WireError(400, "ErrorInvalidParameter", "The end is before the start.")
    if ends_at - starts_at > LONGEST_VIEW:
        raise WireError(400, "ErrorCalendarViewRangeTooBig", "The range is over 1825 days.")
    return starts_at, ends_at


def _link(request: HttpRequest, query: Mapping[str, str]) -> str:
    return f"{request.build_absolute_uri(request.path)}?{urlencode(query)}"
