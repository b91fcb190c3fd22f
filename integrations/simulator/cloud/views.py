"""The HTTP edge of the Cloud API: token, JSON, and the trouble that was ordered."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from functools import wraps
from hmac import compare_digest
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from integrations.models import SimulatedMedia
from integrations.simulator import chaos, media
from integrations.simulator.business import DISPLAY_PHONE_NUMBER, VERIFIED_NAME, business
from integrations.simulator.chaos import SendFault
from integrations.simulator.cloud import sending, templates, validation
from integrations.simulator.cloud.errors import GraphError, no_such_object

View = Callable[..., HttpResponse]
EDGES = {"message_templates", "subscribed_apps", "phone_numbers"}
VERSION = re.compile(r"/v(\d{1,4})\.\d+/.*")
OLDEST, NEWEST = 16, 26
# A web process has few threads; whoever waits longer has given up.
SLOWEST = 60.0


def graph_view(*methods: str) -> Callable[[View], View]:
    """Check the token, turn a GraphError into Meta's answer."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @require_http_methods(methods)
        @wraps(view)
        def wrapped(request: HttpRequest, **ids: str) -> HttpResponse:
            try:
                _check_version(request)
                _check_token(request)
                return view(request, **ids)
            except GraphError as error:
                return _refused(error)

        return wrapped

    return decorate


@graph_view("POST")
def messages(request: HttpRequest, *, node: str) -> HttpResponse:
    """Send a message, or mark one as read."""
    _check_number(node)
    body = _json(request)
    if body.get("status") == "read":
        return _mark_read(body)
    draw = chaos.draw()
    time.sleep(min(draw.chaos.answer_delay_seconds, SLOWEST))
    fault = draw.send_fault()
    if fault is SendFault.REJECT:
        raise _ordered(draw.chaos)
    if fault not in chaos.ACCEPTED:
        return _lost(request, fault)
    answer = sending.accept(validation.read_send(body), draw=draw, now=timezone.now())
    return JsonResponse(answer) if fault is SendFault.NONE else _lost(request, fault)


@graph_view("POST")
def upload(request: HttpRequest, *, node: str) -> HttpResponse:
    """Take a file to be sent later by its id."""
    _check_number(node)
    if request.POST.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise GraphError(131008, "The parameter file is required.")
    try:
        held = media.store(file, now=timezone.now())
    except media.MediaError as error:
        raise GraphError(131053, str(error)) from error
    return JsonResponse({"id": str(held.pk)})


@graph_view("GET", "DELETE")
def node(request: HttpRequest, *, node: str) -> HttpResponse:
    """Describe the number, the account or a file; delete a file."""
    held = media.find(node)
    if request.method == "DELETE":
        if held is None:
            raise no_such_object(node)
        held.delete()
        return JsonResponse({"success": True})
    ours = business()
    if node == ours.phone_number_id:
        return JsonResponse(_number(node))
    if node == ours.account_id:
        return JsonResponse({"id": node, "name": VERIFIED_NAME, "timezone_id": "84"})
    if held is not None and not chaos.current().media_gone:
        return JsonResponse(_media(request, held))
    raise no_such_object(node)


@graph_view("GET", "POST")
def edge(request: HttpRequest, *, node: str, edge: str) -> HttpResponse:
    """List what belongs to the account."""
    ours = business()
    if node != ours.account_id or edge not in EDGES:
        raise no_such_object(f"{node}/{edge}")
    if request.method == "POST":
        return JsonResponse({"success": True})
    if edge == "message_templates":
        address = request.build_absolute_uri(request.path)
        return JsonResponse(templates.page(request.GET.dict(), address=address))
    found: dict[str, list[dict[str, Any]]] = {
        "subscribed_apps": [{"whatsapp_business_api_data": {"id": "1", "name": VERIFIED_NAME}}],
        "phone_numbers": [_number(ours.phone_number_id)],
    }
    return JsonResponse({"data": found[edge]})


@graph_view("GET")
def download(_request: HttpRequest, *, media_id: str) -> HttpResponse:
    """Give a file to the holder of the token."""
    held, trouble = media.find(media_id), chaos.current()
    if held is None or trouble.media_gone or trouble.media_expired:
        # Meta's file server is not the Graph API: it has no error body.
        return HttpResponse(status=404)
    return media.serve(held)


@graph_view("GET", "POST", "DELETE")
def unknown(_request: HttpRequest, *, rest: str) -> HttpResponse:
    """Answer for a path that the Graph API does not have."""
    raise GraphError(2500, f"Unknown path components: /{rest}")


def _mark_read(body: dict[str, Any]) -> HttpResponse:
    wamid, indicator = body.get("message_id"), body.get("typing_indicator")
    if not isinstance(wamid, str) or not wamid:
        raise GraphError(131008, "The parameter message_id is required.")
    if indicator is not None and indicator != {"type": "text"}:
        raise GraphError(131009, "typing_indicator.type must be text")
    sending.mark_read(wamid=wamid, typing=indicator is not None, now=timezone.now())
    return JsonResponse({"success": True})


def _ordered(trouble: chaos.Chaos) -> GraphError:
    code = trouble.reject_code
    return GraphError(code, "Ordered from the simulator.", retry_after=trouble.retry_after_seconds)


def _refused(error: GraphError) -> HttpResponse:
    response = JsonResponse(error.body(), status=error.status)
    if error.retry_after and error.status == 429:
        response["Retry-After"] = str(error.retry_after)
    return response


def _lost(request: HttpRequest, fault: SendFault) -> HttpResponse:
    """Answer as something in between would, or not at all."""
    if fault in (SendFault.BREAK, SendFault.BREAK_AFTER):
        return HttpResponse(status=502)
    connection = request.META.get("gunicorn.socket")
    if connection is not None:
        connection.shutdown(2)
    return HttpResponse(status=500)


def _check_version(request: HttpRequest) -> None:
    found = VERSION.search(request.path)
    if found and not OLDEST <= int(found[1]) <= NEWEST:
        raise GraphError(2500, f"Unknown path components: {found[0]}")


def _check_token(request: HttpRequest) -> None:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    expected = business().access_token
    if kind != "Bearer" or not token:
        raise GraphError(190, "An access token is required to request this resource.")
    if not expected or not compare_digest(token.encode(), expected.encode()):
        raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")


def _check_number(node: str) -> None:
    if node != business().phone_number_id:
        raise no_such_object(node)


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise GraphError(100, "The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise GraphError(100, "The body must be an object.")
    return body


def _number(phone_number_id: str) -> dict[str, Any]:
    return {
        "verified_name": VERIFIED_NAME,
        "code_verification_status": "VERIFIED",
        "display_phone_number": f"+{DISPLAY_PHONE_NUMBER}",
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "id": phone_number_id,
    }


def _media(request: HttpRequest, held: SimulatedMedia) -> dict[str, Any]:
    path = reverse("simulator:cloud:download", kwargs={"media_id": str(held.pk)})
    return {
        "url": request.build_absolute_uri(path),
        "mime_type": held.mime_type,
        "sha256": media.digest(held).hex(),
        "file_size": len(held.body),
        "id": str(held.pk),
        "messaging_product": "whatsapp",
    }
