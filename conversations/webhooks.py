"""The doors providers knock on: verify, parse, one service call, 200."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from conversations.services import calendar_news, inbound, raw_deliveries
from integrations import registry
from integrations.messaging import WebhookError
from integrations.scheduling import CalendarNewsError

# Graph sends a few notifications at a time; each is half a kilobyte.
CALENDAR_NEWS_BYTES = 1_000_000
LONGEST_TOKEN = 2000

logger = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def whatsapp(request: HttpRequest) -> HttpResponse:
    """GET is Meta's handshake; POST brings messages and statuses. Non-200 makes Meta retry."""
    if request.method == "GET":
        return _handshake(request)
    body = _body(request, at_most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if body is None:
        return _plain("The body is larger than 3.5 MB.", 413)
    try:
        return _take(body, request.headers.get("X-Hub-Signature-256", ""), timezone.now())
    except (InterfaceError, OperationalError):
        logger.exception("webhook not stored: database out of reach")
        return _plain("The database is out of reach; try again.", 503)


def _take(body: bytes, signature: str, now: datetime) -> HttpResponse:
    try:
        events = registry.parse_webhook(body=body, signature=signature, now=now)
    except WebhookError as error:
        if error.status != 403:
            raw_deliveries.keep_rejected(body=body, reason=str(error), now=now)
        return _plain(str(error), error.status)
    if events.quarantined:
        logger.error("webhook: parts not understood: %d", len(events.quarantined))
    # A connection that died is noticed by using it, which saves every POST a question. Storing
    # twice changes nothing.
    connection.health_check_done = True  # type: ignore[attr-defined]  # its stubs forgot it
    try:
        inbound.receive(events=events, body=body, pace=pace(), now=now)
    except (InterfaceError, OperationalError) as error:
        logger.warning("webhook stored at the second try: %s", type(error).__name__)
        connection.close_if_unusable_or_obsolete()
        inbound.receive(events=events, body=body, pace=pace(), now=now)
    return _plain("ok", 200)


@csrf_exempt
@require_http_methods(["POST"])
def outlook(request: HttpRequest) -> HttpResponse:
    """News of the salespeople's calendars, and Graph's handshake. Non-2xx makes Graph retry.

    Whoever does not know a watch's secret gets the same answer and changes nothing.
    """
    if not registry.hears_calendar():
        return _plain("No calendar is listened to here.", 404)
    token = request.GET.get("validationToken")
    if token is not None:
        known = len(token) <= LONGEST_TOKEN
        return _plain(token, 200) if known else _plain("The token is too long.", 400)
    body = _body(request, at_most=CALENDAR_NEWS_BYTES)
    if body is None:
        return _plain("The body is larger than 1 MB.", 413)
    try:
        calendar_news.receive(registry.parse_calendar_news(body), now=timezone.now())
    except CalendarNewsError as error:
        return _plain(str(error), 400)
    except (InterfaceError, OperationalError):
        logger.exception("calendar news not stored: database out of reach")
        return _plain("The database is out of reach; try again.", 503)
    return _plain("ok", 202)


def pace() -> inbound.Pace:
    """How long the agent waits for a lead to finish typing."""
    return inbound.Pace(timedelta(seconds=settings.AGENT_DEBOUNCE_SECONDS))


def _handshake(request: HttpRequest) -> HttpResponse:
    challenge = registry.handshake(
        mode=request.GET.get("hub.mode", ""),
        token=request.GET.get("hub.verify_token", ""),
        challenge=request.GET.get("hub.challenge", ""),
    )
    return (
        _plain("The verify token is wrong.", 403) if challenge is None else _plain(challenge, 200)
    )


def _body(request: HttpRequest, *, at_most: int) -> bytes | None:
    """None for one that is longer."""
    try:
        body = request.body
    except RequestDataTooBig:
        return None
    return body if len(body) <= at_most else None


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(
        text,
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"X-Content-Type-Options": "nosniff"},
    )
