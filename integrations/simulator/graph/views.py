"""The calendar part of Microsoft Graph v1.0, as far as a scheduling app uses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.simulator.graph import store
from integrations.simulator.graph.shapes import event_shape, schedule_error, schedule_shape
from integrations.simulator.graph.tokens import require_bearer
from integrations.simulator.graph.wire import (
    WireError,
    answer,
    preferred_zone,
    read_json,
    read_number,
    read_query_time,
    read_time,
)

Handler = Callable[..., HttpResponse]
PAGE_SIZE = 10
LARGEST_PAGE = 1000
MOST_SCHEDULES = 20
LONGEST_SCHEDULE = timedelta(days=62)
PROPERTY_FILTER = re.compile(
    r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*\1/id eq '([^']*)'"
    r"\s+and\s+\1/value eq '([^']*)'\s*\)",
    re.IGNORECASE,
)


def door(**handlers: Handler) -> Callable[..., HttpResponse]:
    """One address: who asks, for which mailbox, and the trouble that a test ordered for it."""

    @csrf_exempt
    def view(request: HttpRequest, user: str, **parts: str) -> HttpResponse:
        try:
            require_bearer(request)
            handler = _chosen(handlers, request)
            mailbox = _required(user)
            with _ordered_fault(mailbox):
                response = handler(request, mailbox, **parts)
        except WireError as error:
            return error.response(request, timezone.now())
        return response

    return view


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Any address that Graph does not have, or this simulator does not."""
    fault = WireError(400, "BadRequest", f"Resource not found for the segment '{request.path}'.")
    return fault.response(request, timezone.now())


def get_schedule(request: HttpRequest, _mailbox: SimulatedMailbox) -> HttpResponse:
    """Free and busy of up to twenty mailboxes. SDKs write the parameters with a capital."""
    body = {name[:1].lower() + name[1:]: value for name, value in read_json(request).items()}
    addresses = body.get("schedules")
    if not (isinstance(addresses, list) and 0 < len(addresses) <= MOST_SCHEDULES):
        raise WireError(400, "ErrorInvalidParameter", "Give 1 to 20 schedules.")
    (starts_at, _), (ends_at, _) = read_time(body.get("startTime")), read_time(body.get("endTime"))
    interval = body.get("availabilityViewInterval") or 30
    if not (type(interval) is int and 5 <= interval <= 1440):
        raise WireError(400, "ErrorInvalidMergedFreeBusyInterval", "Give 5 to 1440 minutes.")
    if not starts_at < ends_at <= starts_at + LONGEST_SCHEDULE:
        raise WireError(400, "ErrorInvalidTimeInterval", "The time window is not valid.")
    zone_name = preferred_zone(request)
    value = []
    for address in map(str, addresses):
        mailbox = store.known_mailbox(address)
        code = mailbox.free_busy_error if mailbox else "ErrorMailRecipientNotFound"
        if mailbox is None or code:
            value.append(schedule_error(address, code))
        else:
            step = timedelta(minutes=interval)
            value.append(schedule_shape(mailbox, address, (starts_at, ends_at), step, zone_name))
    context = "#Collection(microsoft.graph.scheduleInformation)"
    return _applied(request, {"@odata.context": _context(request, context), "value": value})


def calendar_view(request: HttpRequest, mailbox: SimulatedMailbox) -> HttpResponse:
    """The events that touch a window, page by page."""
    starts_at = read_query_time(request, "startDateTime")
    ends_at = read_query_time(request, "endDateTime")
    if ends_at < starts_at:
        raise WireError(400, "ErrorInvalidParameter", "The end is before the start.")
    return _page(request, mailbox, list(store.events_between(mailbox, starts_at, ends_at)))


def list_events(request: HttpRequest, mailbox: SimulatedMailbox) -> HttpResponse:
    """All events, or those that carry one extended property."""
    wanted = request.GET.get("$filter", "").strip()
    if not wanted:
        return _page(request, mailbox, list(store.events(mailbox)))
    match = PROPERTY_FILTER.fullmatch(wanted)
    if match is None:
        raise WireError(400, "BadRequest", "Invalid filter clause.")
    return _page(request, mailbox, store.events_with_property(mailbox, match[2], match[3]))


def create_event(request: HttpRequest, mailbox: SimulatedMailbox) -> HttpResponse:
    """Create an event."""
    event = store.create_event(mailbox=mailbox, fields=read_json(request), now=timezone.now())
    return _entity(request, event, status=201)


def get_event(request: HttpRequest, mailbox: SimulatedMailbox, event_id: str) -> HttpResponse:
    """Read one event."""
    event = store.find_event(mailbox, event_id)
    store.use_up_join_url_read(event)
    return _entity(request, event)


def change_event(request: HttpRequest, mailbox: SimulatedMailbox, event_id: str) -> HttpResponse:
    """Change an event."""
    event = store.change_event(
        mailbox=mailbox,
        event_id=event_id,
        fields=read_json(request),
        etag=request.headers.get("If-Match", ""),
        now=timezone.now(),
    )
    return _entity(request, event)


def delete_event(request: HttpRequest, mailbox: SimulatedMailbox, event_id: str) -> HttpResponse:
    """Delete an event."""
    etag = request.headers.get("If-Match", "")
    store.delete_event(mailbox=mailbox, event_id=event_id, etag=etag, now=timezone.now())
    return answer(None, status=204)


def cancel_event(request: HttpRequest, mailbox: SimulatedMailbox, event_id: str) -> HttpResponse:
    """Cancel an event as its organizer."""
    unknown_names = {name.lower() for name in read_json(request)} - {"comment"}
    if unknown_names:
        raise WireError(400, "BadRequest", "Unknown parameter.")
    store.delete_event(mailbox=mailbox, event_id=event_id, etag="", now=timezone.now())
    return answer(None, status=202)


def _page(
    request: HttpRequest, mailbox: SimulatedMailbox, events: Sequence[SimulatedMailboxEvent]
) -> HttpResponse:
    size = min(read_number(request, "$top", PAGE_SIZE), LARGEST_PAGE) or PAGE_SIZE
    skip = read_number(request, "$skip", 0)
    zone_name = preferred_zone(request)
    body: dict[str, Any] = {
        "@odata.context": _context(request, f"#users('{quote(mailbox.address)}')/events"),
        "value": [
            event_shape(
                event,
                zone_name,
                select=request.GET.get("$select", ""),
                expand=request.GET.get("$expand", ""),
            )
            for event in events[skip : skip + size]
        ],
    }
    if skip + size < len(events):
        query = {**request.GET.dict(), "$skip": str(skip + size)}
        address = request.build_absolute_uri(request.path)
        body["@odata.nextLink"] = f"{address}?{urlencode(query)}"
    return _applied(request, body)


def _entity(
    request: HttpRequest, event: SimulatedMailboxEvent, *, status: int = 200
) -> HttpResponse:
    shape = event_shape(
        event,
        preferred_zone(request),
        select=request.GET.get("$select", "") if request.method == "GET" else "",
        expand=request.GET.get("$expand", ""),
    )
    context = _context(request, f"#users('{quote(event.mailbox.address)}')/events/$entity")
    return _applied(request, {"@odata.context": context, **shape}, status=status)


def _applied(request: HttpRequest, body: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = answer(body, status=status)
    if "outlook.timezone" in request.headers.get("Prefer", "").lower():
        response["Preference-Applied"] = f'outlook.timezone="{preferred_zone(request)}"'
    return response


def _context(request: HttpRequest, fragment: str) -> str:
    root = request.build_absolute_uri(request.path).partition("/users/")[0]
    return f"{root}/$metadata{fragment}"


def _chosen(handlers: Mapping[str, Handler], request: HttpRequest) -> Handler:
    handler = handlers.get(request.method or "")
    if handler is None:
        raise WireError(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
    return handler


def _required(user: str) -> SimulatedMailbox:
    mailbox = store.known_mailbox(user)
    if mailbox is None:
        raise WireError(404, "ErrorInvalidUser", f"The requested user '{user}' is invalid.")
    return mailbox


@contextmanager
def _ordered_fault(mailbox: SimulatedMailbox) -> Iterator[None]:
    """Fail as ordered: instead of the work, or after it was done."""
    is_faulty = store.use_up_fault(mailbox)
    if not is_faulty or mailbox.fault_after:
        yield
    if not is_faulty:
        return
    codes = {401: "InvalidAuthenticationToken", 403: "ErrorAccessDenied", 429: "TooManyRequests"}
    headers = {}
    if mailbox.fault_retry_after is not None:
        headers["Retry-After"] = str(mailbox.fault_retry_after)
    code = codes.get(mailbox.fault_status, "ErrorInternalServerTransientError")
    raise WireError(mailbox.fault_status, code, "Ordered by a test.", headers=headers)
