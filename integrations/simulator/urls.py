"""Everything under /simulator/, mounted in simulator mode only."""

from __future__ import annotations

from django.urls import include, path

from integrations.simulator import views

app_name = "simulator"

urlpatterns = [
    path("whatsapp/", include("integrations.simulator.cloud.urls")),
    path("outlook/", include("integrations.simulator.graph.urls")),
    path("calendar/", include("integrations.simulator.calendar.urls")),
    path("chaos", views.trouble, name="chaos"),
    path("lifecycle", views.lifecycle, name="lifecycle"),
    path("switches", views.switches, name="switches"),
    path("log", views.log, name="log"),
    path("", include("integrations.simulator.phone.urls")),
]
