"""Where the world reaches us."""

from __future__ import annotations

from django.conf import settings

from integrations.http import is_loopback


def public_address() -> str:
    """The web's address without a slash at the end; empty when no setting tells it."""
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL)
    if settings.DEMO:
        return f"http://127.0.0.1:{settings.PORT}"
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if origin.startswith("https://") and "*" not in origin:
            return str(origin).rstrip("/")
    public = [host for host in settings.ALLOWED_HOSTS if not is_loopback(host.strip("[]"))]
    return f"https://{public[0].removeprefix('.')}" if public else ""
