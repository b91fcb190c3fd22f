"""Paths of the calendar page."""

from __future__ import annotations

from django.urls import path

from integrations.simulator.calendar import views

app_name = "calendar"
EVENT = "<int:mailbox_id>/events/<path:event_id>"

urlpatterns = [
    path("", views.page, name="home"),
    path("<int:mailbox_id>/", views.page, name="page"),
    path("<int:mailbox_id>/events", views.create, name="create"),
    path(f"{EVENT}/move", views.move, name="move"),
    path(f"{EVENT}/cancel", views.cancel, name="cancel"),
]
