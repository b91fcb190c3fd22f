"""How the doctor asks the Graph API."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from leadbot.doctor.findings import Reply, get

REFUSED = (401, 403)
TOKEN_REFUSED = (0, 190)
NO_SUCH_OBJECT = (100, 33)


def ask(path: str, *, token: str | None = None, params: Mapping[str, str] | None = None) -> Reply:
    """GET one path, with the app's own token unless another one is given."""
    return get(
        f"{settings.WHATSAPP_API_URL.rstrip('/')}/{path}",
        token=settings.WHATSAPP_ACCESS_TOKEN if token is None else token,
        params=params,
    )


def what(reply: Reply) -> str:
    """Say what came, with Meta's code but not its words: they may quote what was sent."""
    if reply.problem:
        return reply.problem
    code = reply.error.get("code")
    if code is not None:
        return f"HTTP {reply.status}, code {code}"
    kind = ", not JSON" if reply.body is None else ""
    return f"HTTP {reply.status}{kind}"


def is_unknown(reply: Reply) -> bool:
    """Whether there is no such object, or our token does not reach it."""
    code = reply.error.get("code"), reply.error.get("error_subcode")
    return code == NO_SUCH_OBJECT or reply.status == 404
