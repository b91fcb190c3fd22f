"""The least that Django and gunicorn can do for a webhook: check the signature, answer 200."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from integrations.whatsapp import webhook


def answer(request: HttpRequest) -> HttpResponse:
    """Store nothing."""
    signature = request.headers.get("X-Hub-Signature-256", "")
    webhook.require_signature(request.body, signature, settings.WHATSAPP_APP_SECRETS)
    # Without a length gunicorn would answer in chunks.
    return HttpResponse("ok", headers={"Content-Length": "2"})


urlpatterns = [path("webhook", answer)]
