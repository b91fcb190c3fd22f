"""The door providers knock on: verify, parse, one service call, 200."""

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

from conversations.services import inbound, raw_deliveries
from integrations import registry
from integrations.messaging import WebhookError

logger = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def whatsapp(request: HttpRequest) -> HttpResponse:
    """GET is Meta's handshake; POST brings messages and statuses. Non-200 makes Meta retry."""
    if request.method == "GET":
        return _handshake(request)
    try:
        body = request.body
    except RequestDataTooBig:
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


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
