"""What an error page says of the request: the page itself may know nothing, not even who asks."""

from __future__ import annotations

from django import template

from integrations import logcontext

register = template.Library()


@register.simple_tag
def request_id() -> str:
    """The id that the log lines of this request carry."""
    return str(logcontext.current().get("request_id", ""))
