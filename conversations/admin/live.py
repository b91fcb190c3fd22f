"""The part of a page that moves by itself: the page asks for it again and again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.cache import get_conditional_response

from conversations.admin.bubbles import digest


def part(request: HttpRequest, template: str, **shown: object) -> HttpResponseBase:
    """Give it, or 304 while what is shown is what the viewer has."""
    etag = f'W/"{digest(repr(shown))}"'
    fresh = TemplateResponse(request, template, shown)
    fresh["ETag"] = etag
    fresh["Cache-Control"] = "private, no-cache"
    return get_conditional_response(request, etag=etag, response=fresh) or fresh
