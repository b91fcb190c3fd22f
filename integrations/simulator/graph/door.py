"""The way in: who asks, whether too many ask at once, and the trouble that was ordered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from integrations.models import SimulatedMailbox
from integrations.simulator import chaos
from integrations.simulator.chaos import Draw, GraphFault
from integrations.simulator.graph import store
from integrations.simulator.graph.tokens import Caller, require_bearer
from integrations.simulator.graph.wire import WireError

Handler = Callable[..., HttpResponse]
AT_ONCE = 4
# A web process has few threads; whoever waits longer has given up.
SLOWEST = 60.0
CODES = {
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    429: "TooManyRequests",
    503: "ErrorServerBusy",
    504: "UnknownError",
}
SLOT = "SELECT {}(hashtextextended(%s, 0))"


@dataclass(frozen=True)
class Call:
    """Who calls, and the dice of this call."""

    caller: Caller
    draw: Draw


def door(**handlers: Handler) -> Callable[..., HttpResponse]:
    """An address that belongs to an app."""

    @csrf_exempt
    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        try:
            caller = require_bearer(request)
            handler = _chosen(handlers, request)
            return _with_trouble(request, caller, lambda call: handler(request, call, **parts))
        except WireError as error:
            return error.response(request, timezone.now())

    return view


def mailbox_door(**handlers: Handler) -> Callable[..., HttpResponse]:
    """An address in a mailbox."""

    def within(handler: Handler) -> Handler:
        def handle(request: HttpRequest, call: Call, user: str, **parts: str) -> HttpResponse:
            mailbox = store.required_mailbox(user)
            with _one_of_few(mailbox, call.caller), _ordered_fault(mailbox):
                # Slow inside, so that slow answers pile up as they do there.
                time.sleep(min(call.draw.chaos.graph_delay_seconds, SLOWEST))
                return handler(request, call, mailbox, **parts)

        return handle

    return door(**{method: within(handler) for method, handler in handlers.items()})


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Any address that Graph does not have, or this simulator does not."""
    fault = WireError(400, "BadRequest", f"Resource not found for the segment '{request.path}'.")
    return fault.response(request, timezone.now())


def _chosen(handlers: Mapping[str, Handler], request: HttpRequest) -> Handler:
    handler = handlers.get(request.method or "")
    if handler is None:
        raise WireError(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
    return handler


def _with_trouble(
    request: HttpRequest, caller: Caller, work: Callable[[Call], HttpResponse]
) -> HttpResponse:
    draw = chaos.draw(sends=False)
    fault = draw.graph_fault()
    if fault is GraphFault.CUT_BEFORE:
        return _cut(request)
    if isinstance(fault.value, int):
        raise _fault(fault.value, draw.chaos.graph_retry_after_seconds or None)
    response = work(Call(caller, draw))
    return _cut(request) if fault is GraphFault.CUT else response


def _cut(request: HttpRequest) -> HttpResponse:
    connected = request.META.get("gunicorn.socket")
    if connected is not None:
        connected.shutdown(2)
    return HttpResponse(status=500)


def _fault(status: int, retry_after: int | None) -> WireError:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    code = CODES.get(status, "ErrorInternalServerTransientError")
    return WireError(status, code, "Ordered from the simulator.", headers=headers)


@contextmanager
def _one_of_few(mailbox: SimulatedMailbox, caller: Caller) -> Iterator[None]:
    """Let an app make four calls at once in a mailbox; the processes count them together."""
    name = f"graph {mailbox.pk} {caller.application_id}"
    slots = (f"{name} {number}" for number in range(AT_ONCE))
    slot = next((slot for slot in slots if _ask("pg_try_advisory_lock", slot)), None)
    if slot is None:
        raise WireError(
            429,
            "ApplicationThrottled",
            "Application is over its MailboxConcurrency limit.",
            headers={"Retry-After": "1"},
        )
    try:
        yield
    finally:
        _ask("pg_advisory_unlock", slot)


def _ask(function: str, slot: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SLOT.format(function), [slot])
        return bool(cursor.fetchone()[0])


@contextmanager
def _ordered_fault(mailbox: SimulatedMailbox) -> Iterator[None]:
    """Fail as ordered for this mailbox: instead of the work, or after it was done."""
    is_faulty = store.use_up_fault(mailbox)
    if not is_faulty or mailbox.fault_after:
        yield
    if is_faulty:
        raise _fault(mailbox.fault_status, mailbox.fault_retry_after)
