"""Paths of the phone page."""

from __future__ import annotations

from django.urls import path

from integrations.simulator.phone import views

app_name = "phone"

urlpatterns = [
    path("", views.page, name="home"),
    path("phones", views.create, name="create"),
    path("phones/<int:phone_id>/", views.page, name="page"),
    path("phones/<int:phone_id>/feed", views.feed, name="feed"),
    path("phones/<int:phone_id>/text", views.text, name="text"),
    path("phones/<int:phone_id>/tap", views.tap, name="tap"),
    path("phones/<int:phone_id>/file", views.send_file, name="send-file"),
    path("phones/<int:phone_id>/do", views.do, name="do"),
    path("phones/<int:phone_id>/seen", views.seen, name="seen"),
    path("files/<str:media_id>", views.file, name="file"),
]
