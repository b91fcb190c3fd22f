"""Paths of the Cloud API, version first."""

from __future__ import annotations

from django.urls import path, re_path

from integrations.simulator.cloud import diagnosis, views

app_name = "cloud"
VERSION = r"^v\d+\.\d+"

urlpatterns = [
    path("files/<str:media_id>", views.download, name="download"),
    re_path(rf"{VERSION}/(?P<node>\d+)/messages$", views.messages, name="messages"),
    re_path(rf"{VERSION}/(?P<node>\d+)/media$", views.upload, name="upload"),
    re_path(rf"{VERSION}/debug_token$", diagnosis.debug_token, name="debug-token"),
    re_path(
        rf"{VERSION}/(?P<app_id>\d+)/subscriptions$", diagnosis.subscriptions, name="subscriptions"
    ),
    re_path(rf"{VERSION}/(?P<node>[\w.-]+)$", views.node, name="node"),
    re_path(rf"{VERSION}/(?P<node>\d+)/(?P<edge>[a-z_]+)$", views.edge, name="edge"),
    re_path(r"^(?P<rest>.*)$", views.unknown, name="unknown"),
]
