"""The page that shows the OpenAPI document."""

from __future__ import annotations

from drf_spectacular.views import SpectacularSwaggerSplitView


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, its script and style in files of their own: the CSP allows no others."""

    template_name = "api/docs.html"
