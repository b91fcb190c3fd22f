"""Every door: machines first, then people."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from leadbot import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
]
