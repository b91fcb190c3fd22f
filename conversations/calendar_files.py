"""The door where a lead's calendar fetches their meeting."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations.services import meeting_files


@require_safe
@never_cache
def meeting_file(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    """Give the file of a meeting; the token is all the permission there is."""
    found = meeting_files.read(token, now=timezone.now())
    if found is None:
        raise Http404
    return HttpResponse(
        found.content,
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={
            "Content-Disposition": f'attachment; filename="{found.name}"',
            "X-Robots-Tag": "noindex",
        },
    )
