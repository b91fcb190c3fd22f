"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView
from yaml import CSafeLoader, load

DOCUMENT = settings.BASE_DIR / "docs" / "openapi.yaml"
YAML_TYPES = ("application/vnd.oai.openapi", "application/yaml")
JSON_TYPES = ("application/vnd.oai.openapi+json", "application/json")


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Serve the document as it is committed: a test holds it equal to what the code says.

    Derived at each request it left 12 MB in every web process (docs/performance.md).
    """
    document = DOCUMENT.read_bytes()
    media_type = request.get_preferred_type([*YAML_TYPES, *JSON_TYPES]) or YAML_TYPES[0]
    if request.GET.get("format") == "json":
        media_type = JSON_TYPES[0]
    if media_type in JSON_TYPES:
        return JsonResponse(load(document, CSafeLoader), content_type=media_type)
    return HttpResponse(document, content_type=media_type)


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, its script and style in files of their own: the CSP allows no others."""

    template_name = "api/docs.html"
