"""Order trouble, on a page or by HTTP; read what was accepted."""

from __future__ import annotations

import json
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations.models import SimulatedMessage, SimulatedWebhook
from integrations.simulator import chaos, switchboard
from integrations.simulator.graph import notifications

PAGE = 1000


@csrf_exempt
@require_http_methods(["GET", "POST"])
def trouble(request: HttpRequest) -> HttpResponse:
    """Show or replace what goes wrong; the content type keeps other web pages out."""
    if request.method == "GET":
        return JsonResponse(asdict(chaos.current()))
    if request.content_type != "application/json":
        return JsonResponse({"error": "send application/json"}, status=415)
    try:
        wishes = json.loads(request.body)
        if not isinstance(wishes, dict):
            raise chaos.ChaosError("send an object")
        return JsonResponse(chaos.configure(wishes))
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)


@csrf_exempt
@require_POST
def lifecycle(request: HttpRequest) -> HttpResponse:
    """Tell whoever subscribed to calendars something of their subscriptions."""
    if request.content_type != "application/json":
        return JsonResponse({"error": "send application/json"}, status=415)
    try:
        said = json.loads(request.body)
        return JsonResponse({"told": _say(said.get("say") if isinstance(said, dict) else None)})
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)


def _say(kind: object) -> int:
    if kind not in notifications.LIFECYCLE:
        raise chaos.ChaosError(f"say one of: {', '.join(notifications.LIFECYCLE)}")
    now = timezone.now()
    return notifications.tell_lifecycle(str(kind), notifications.alive(now), now=now)


@never_cache
@require_http_methods(["GET", "POST"])
def switches(request: HttpRequest) -> HttpResponse:
    """Let people switch trouble on and off while they chat."""
    error = ""
    if request.method == "POST":
        try:
            _order(request.POST.dict())
        except ValueError as problem:
            error = str(problem)
        else:
            return redirect("simulator:switches")
    context = {
        "groups": switchboard.groups(),
        "codes": switchboard.codes(),
        "lifecycle": switchboard.LIFECYCLE.items(),
        "on": chaos.current() != chaos.Chaos(),
        "error": error,
        "language": translation.get_language(),
    }
    return render(request, "simulator/switches.html", context, status=400 if error else 200)


def _order(form: dict[str, str]) -> None:
    if "say" in form:
        _say(form["say"])
    else:
        chaos.configure({} if "off" in form else switchboard.read(form))


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """List accepted messages in order, a page after an id; `waiting` counts untaken webhooks."""
    after = request.GET.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        return JsonResponse({"error": "after"}, status=400)
    rows = SimulatedMessage.objects.filter(from_business=True, pk__gt=int(after)).order_by("pk")
    return JsonResponse(
        {
            "waiting": SimulatedWebhook.objects.filter(gave_up_at__isnull=True).count(),
            "accepted": [
                {
                    "id": row.pk,
                    "wamid": row.wamid,
                    "to": row.addressed_to,
                    "type": row.type,
                    "status": row.status,
                    "callback_data": row.callback_data,
                    "content": row.content,
                    "accepted_at": row.occurred_at.isoformat(),
                }
                for row in rows[:PAGE]
            ],
        }
    )
