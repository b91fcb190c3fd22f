"""Bearer tokens for integrations."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from conversations.models import User
from conversations.services import tokens


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`, as printed by `manage.py create_token`."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        scheme, _space, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user = tokens.authenticate(token=token.strip(), now=timezone.now())
        if user is None:
            raise AuthenticationFailed(_("The token is unknown or expired."))
        return user, None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Names the scheme in the OpenAPI document."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The admin's login. The cookie's name depends on the settings, the document must not."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-session",
            "description": "Named `session` in the demo. Writing needs `X-CSRFToken` too.",
        }
