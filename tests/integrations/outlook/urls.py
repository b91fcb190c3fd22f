"""Only the simulated Microsoft, where the product mounts it."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("simulator/outlook/", include("integrations.simulator.graph.urls"))]
