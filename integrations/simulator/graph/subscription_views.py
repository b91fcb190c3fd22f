"""/subscriptions of Microsoft Graph v1.0."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from integrations.models import SimulatedSubscription
from integrations.simulator.graph import subscriptions
from integrations.simulator.graph.door import Call
from integrations.simulator.graph.wire import answer, context, read_json


def create(request: HttpRequest, call: Call) -> HttpResponse:
    """Subscribe."""
    made = subscriptions.create(caller=call.caller, fields=read_json(request), now=timezone.now())
    return _entity(request, made, status=201)


def index(request: HttpRequest, call: Call) -> HttpResponse:
    """The app's subscriptions."""
    found = subscriptions.of(call.caller, timezone.now())
    body = {
        "@odata.context": context(request, "#subscriptions"),
        "value": [subscriptions.shape(each) for each in found],
    }
    return answer(body)


def read(request: HttpRequest, call: Call, subscription_id: str) -> HttpResponse:
    """One subscription."""
    return _entity(request, subscriptions.find(call.caller, subscription_id, timezone.now()))


def renew(request: HttpRequest, call: Call, subscription_id: str) -> HttpResponse:
    """Make it last longer."""
    now = timezone.now()
    found = subscriptions.find(call.caller, subscription_id, now)
    return _entity(request, subscriptions.renew(found, fields=read_json(request), now=now))


def delete(_request: HttpRequest, call: Call, subscription_id: str) -> HttpResponse:
    """Unsubscribe."""
    subscriptions.find(call.caller, subscription_id, timezone.now()).delete()
    return answer(None, status=204)


def reauthorize(_request: HttpRequest, call: Call, subscription_id: str) -> HttpResponse:
    """Say that the app still may; nothing here ever doubts it."""
    subscriptions.find(call.caller, subscription_id, timezone.now())
    return answer(None, status=204)


def _entity(
    request: HttpRequest, subscription: SimulatedSubscription, *, status: int = 200
) -> HttpResponse:
    place = context(request, "#subscriptions/$entity")
    body = {"@odata.context": place, **subscriptions.shape(subscription)}
    return answer(body, status=status)
