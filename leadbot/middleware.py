"""What every request passes first."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from conversations import webhooks
from integrations import logcontext
from integrations.files import StorageDownError

logger = logging.getLogger(__name__)

# Foreign ids go into logs: no spaces, no line breaks, no length without end.
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
PROVIDER_DOORS = {"/webhook": webhooks.whatsapp, "/webhook/outlook": webhooks.outlook}


class RequestIdMiddleware:
    """Give each request an id, taken from a proxy where it sent a harmless one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if ACCEPTABLE.fullmatch(offered) else uuid.uuid4().hex
        with logcontext.bind(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class DatabaseOutageMiddleware:
    """Answer 503 while the database or the files are away, so that providers send again later."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Tell an outage from a bug of ours, which stays a 500."""
        if isinstance(error, StorageDownError):
            logger.error("file storage unavailable: %s", error)
        elif isinstance(error, OperationalError | InterfaceError):
            logger.error("database unavailable: %s", type(error).__name__)
        else:
            return None
        wanted = request.get_preferred_type(["text/plain", "text/html"])
        # The page may ask the database nothing: it gets no request, and so no user.
        html = wanted == "text/html"
        return HttpResponse(
            render_to_string("503.html") if html else "Service unavailable\n",
            status=503,
            content_type="text/html" if html else "text/plain",
            headers={"Retry-After": "10"},
        )


class ProviderDoorMiddleware:
    """Let providers' POSTs in by the side door: their signature or secret is all that counts.

    What follows is for browsers (sessions, languages, CSRF, their headers), and a fifth of the time
    of a webhook.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        door = PROVIDER_DOORS.get(request.path_info) if request.method == "POST" else None
        if door is None:
            return self.get_response(request)
        response = door(request)
        response["Content-Length"] = str(len(response.content))
        return response
