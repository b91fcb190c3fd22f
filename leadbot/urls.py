"""Every door: machines first, then people."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from conversations import calendar_files, webhooks
from conversations.api.views.docs import DocsView, openapi
from leadbot import health
from leadbot.metrics import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics),
    path("webhook", webhooks.whatsapp, name="webhook"),
    path("webhook/outlook", webhooks.outlook, name="webhook-outlook"),
    path("m/<str:token>.ics", calendar_files.meeting_file, name="meeting-file"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("conversations.api.urls")),
    path("api/schema", openapi, name="schema"),
    path("api/docs", DocsView.as_view(url_name="schema"), name="docs"),
]
if settings.SIMULATOR:
    urlpatterns.append(path("simulator/", include("integrations.simulator.urls")))
