"""What the Graph API tells of tokens, apps and webhooks, for `manage.py doctor`."""

from __future__ import annotations

from hmac import compare_digest

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from integrations.simulator.business import Business, business
from integrations.simulator.cloud.errors import GraphError

# As `subscribed_apps` names it.
APP_ID = "1"
SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging", "public_profile"]
FIELDS = (
    "messages",
    "message_template_status_update",
    "template_category_update",
    "message_template_quality_update",
    "account_update",
    "account_alerts",
    "phone_number_quality_update",
    "business_capability_update",
    "security",
    "user_preferences",
    "smb_message_echoes",
    "standby",
)


@require_GET
def debug_token(request: HttpRequest) -> HttpResponse:
    """Tell about our token: a system user's that never expires."""
    ours = business()
    if not (_is_token(request, ours) or _is_app(request, ours)):
        return _refused("Invalid OAuth access token.")
    if not compare_digest(request.GET.get("input_token", "").encode(), ours.access_token.encode()):
        return JsonResponse({"data": {"is_valid": False, "scopes": []}})
    limited = [{"scope": scope, "target_ids": [ours.account_id]} for scope in SCOPES[:2]]
    told = {
        "app_id": APP_ID,
        "type": "SYSTEM_USER",
        "application": "leadbot",
        "data_access_expires_at": 0,
        "expires_at": 0,
        "is_valid": True,
        "scopes": SCOPES,
        "granular_scopes": limited,
        "user_id": "122100000000000001",
    }
    return JsonResponse({"data": told})


@require_GET
def subscriptions(request: HttpRequest, *, app_id: str) -> HttpResponse:
    """List where the app's webhooks go; only the app itself may ask."""
    ours = business()
    if app_id != APP_ID or not _is_app(request, ours):
        return _refused("Invalid OAuth access token signature.")
    ours_to = {
        "object": "whatsapp_business_account",
        "callback_url": ours.webhook_url,
        "fields": [{"name": name, "version": "v26.0"} for name in FIELDS],
        "active": True,
    }
    return JsonResponse({"data": [ours_to]})


def _is_token(request: HttpRequest, ours: Business) -> bool:
    return _bearer(request, ours.access_token)


def _is_app(request: HttpRequest, ours: Business) -> bool:
    return bool(ours.app_secret) and _bearer(request, f"{APP_ID}|{ours.app_secret}")


def _bearer(request: HttpRequest, expected: str) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(expected) and compare_digest(given.encode(), expected.encode())


def _refused(details: str) -> HttpResponse:
    error = GraphError(190, details)
    return JsonResponse(error.body(), status=error.status)
