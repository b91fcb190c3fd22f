"""The simulated Microsoft Entra: discovery, app tokens, and the check of a bearer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate
from django.core import signing
from django.http import HttpRequest, JsonResponse, QueryDict
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from integrations import conf
from integrations.outlook.certificate import read_certificate
from integrations.simulator.graph.wire import WireError

SALT = "simulated-graph"
LIFETIME = 3599
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Caller:
    """An app of a tenant."""

    tenant_id: str
    application_id: str


@require_GET
def discovery(request: HttpRequest, tenant: str) -> JsonResponse:
    """Where this authority's endpoints are."""
    root = request.build_absolute_uri(request.path).partition(f"/{tenant}/v2.0/")[0]
    base = f"{root}/{tenant}"
    return JsonResponse(
        {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "tenant_region_scope": "NA",
        }
    )


@csrf_exempt
@require_POST
def token(request: HttpRequest, tenant: str) -> JsonResponse:
    """Give an app its token for client credentials."""
    form = request.POST
    wrong = _wrong_assertion if form.get("client_assertion") else _wrong_secret
    if refusal := _malformed(form) or wrong(form, tenant):
        return refusal
    granted = signing.dumps({"tid": tenant, "appid": form["client_id"]}, salt=SALT)
    return JsonResponse(
        {
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "ext_expires_in": LIFETIME,
            "access_token": granted,
        }
    )


def require_bearer(request: HttpRequest) -> Caller:
    """Tell who calls; refuse a call without a token of ours that is still good."""
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not bearer:
        raise _unauthenticated("Access token is empty.")
    try:
        granted = signing.loads(bearer, salt=SALT, max_age=LIFETIME)
    except signing.SignatureExpired:
        raise _unauthenticated("Lifetime validation failed, the token is expired.") from None
    except signing.BadSignature:
        raise _unauthenticated("IDX14100: JWT is not well formed.") from None
    return Caller(tenant_id=granted["tid"], application_id=granted["appid"])


def _malformed(form: QueryDict) -> JsonResponse | None:
    if form.get("grant_type") != "client_credentials":
        return _refuse(
            400,
            "unsupported_grant_type",
            "AADSTS70003: The app requested an unsupported grant type.",
        )
    for name in ("client_id", "scope"):
        if not form.get(name):
            return _refuse(
                400,
                "invalid_request",
                f"AADSTS900144: The request body must contain the following parameter: '{name}'.",
            )
    if not str(form["scope"]).endswith("/.default"):
        return _refuse(
            400,
            "invalid_scope",
            "AADSTS1002012: The provided value for scope is not valid. Client credential flows "
            "must have a scope value with /.default suffixed to the resource identifier.",
        )
    return None


def _wrong_secret(form: QueryDict, _tenant: str) -> JsonResponse | None:
    secret, expected = form.get("client_secret", ""), conf.outlook().client_secret
    if not secret:
        return _refuse(
            401,
            "invalid_client",
            "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the "
            "'client_credentials' grant type.",
        )
    if expected and not constant_time_compare(secret, expected):
        return _refuse(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
    return None


def _wrong_assertion(form: QueryDict, tenant: str) -> JsonResponse | None:
    """Check what was signed with the certificate's key: by whom, for whom, and until when."""
    try:
        claims = _claims(str(form["client_assertion"]), tenant)
    except (jwt.PyJWTError, ValueError) as error:
        return _refuse(
            401, "invalid_client", f"AADSTS700027: The signature failed: {type(error).__name__}."
        )
    names = {claims.get("iss"), claims.get("sub")}
    if names != {form["client_id"]} or form.get("client_assertion_type") != ASSERTION_TYPE:
        return _refuse(401, "invalid_client", "AADSTS700021: Issuer and subject must be the app.")
    return None


def _claims(assertion: str, tenant: str) -> dict[str, Any]:
    certificate = read_certificate(conf.outlook().client_certificate).certificate
    key = load_pem_x509_certificate(certificate.encode()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise TypeError("a certificate that was read has an RSA key")
    claims: dict[str, Any] = jwt.decode(
        assertion,
        key,
        algorithms=["PS256", "RS256"],
        # Whatever host we have: the client was told Microsoft's own, which has https.
        audience=f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        options={"require": ["exp", "iss", "sub", "jti"]},
    )
    return claims


def _unauthenticated(message: str) -> WireError:
    return WireError(
        401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": "Bearer"}
    )


def _refuse(status: int, error: str, description: str) -> JsonResponse:
    code = description.partition(":")[0].removeprefix("AADSTS")
    return JsonResponse(
        {"error": error, "error_description": description, "error_codes": [int(code)]},
        status=status,
    )
