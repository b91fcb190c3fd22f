"""App tokens from Microsoft Entra through msal, asked for one at a time."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import msal
import requests

from integrations import http
from integrations.conf import OutlookConf
from integrations.http import is_loopback
from integrations.outlook.certificate import CertificateError, read_certificate
from integrations.scheduling import CalendarError

AUTHORITY = "https://login.microsoftonline.com"
SCOPES = ["https://graph.microsoft.com/.default"]
RETRY_PAUSE = 30.0
SAFETY_MARGIN = 60.0
LONGEST_RETRY_AFTER = 3600.0
# What msal lets through: its own, those of requests, and what broken answers make it trip over.
MSAL_FAILURES = (
    msal.exceptions.MsalError,
    requests.RequestException,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
)
# The administrator has to act on these; anything else may pass.
PERMANENT_ERRORS = frozenset(
    {
        "invalid_client",
        "unauthorized_client",
        "invalid_request",
        "invalid_scope",
        "invalid_resource",
        "access_denied",
    }
)


class AuthorityBusyError(requests.RequestException):
    """The token service says: later."""

    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__(f"HTTP {status}")
        self.retry_after = retry_after


class AuthorityClient:
    """What msal sends its requests with, and where they go.

    msal refuses any address without https, in the discovery answer too, and a stand-in on this
    machine has none: msal is told Microsoft's own address, the requests are taken to loopback, and
    discovery is answered here, after Microsoft's fixed layout.
    """

    def __init__(self, authority_url: str, session: requests.Session) -> None:
        stands_in = is_loopback(urlsplit(authority_url).hostname)
        self._stand_in = authority_url if stands_in else ""
        self.authority = AUTHORITY if stands_in else authority_url
        self._session = session

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        """Read, as msal asks for it."""
        if self._stand_in and url.endswith("/.well-known/openid-configuration"):
            return _discovery(url.removeprefix(AUTHORITY).split("/")[1])
        return self._answer(self._session.get(self._address(url), **kwargs))

    def post(self, url: str, **kwargs: Any) -> requests.Response:
        """Send, as msal asks for it."""
        return self._answer(self._session.post(self._address(url), **kwargs))

    def _address(self, url: str) -> str:
        return self._stand_in + url.removeprefix(AUTHORITY) if self._stand_in else url

    @staticmethod
    def _answer(response: requests.Response) -> requests.Response:
        """Give "later" a shape of its own; msal would turn it into many."""
        if response.status_code == 429 or response.status_code >= 500:
            raise AuthorityBusyError(response.status_code, retry_after(response))
        return response


class TokenSource:
    """Gives the bearer token. Thread-safe; the last good token outlives a failing refresh."""

    def __init__(self, conf: OutlookConf, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._conf = conf
        self._clock = clock
        # msal has no single flight: twenty cold threads would ask twenty times.
        self._lock = threading.Lock()
        self._app: msal.ConfidentialClientApplication | None = None
        self._token = ""
        self._valid_until = 0.0
        self._ask_again_at = 0.0

    def token(self) -> str:
        """Return a valid token or raise CalendarError."""
        with self._lock:
            usable = bool(self._token) and self._clock() < self._valid_until
            if usable and self._clock() < self._ask_again_at:
                return self._token
            # msal tries a refresh that fails with every call: asked less often, it hurts less.
            self._ask_again_at = self._clock() + RETRY_PAUSE
            try:
                return self._acquire()
            except CalendarError:
                if not usable:
                    raise
                return self._token

    def drop(self, token: str) -> None:
        """Forget a token that Graph refused, unless another thread already has a newer one."""
        with self._lock:
            if token != self._token:
                return
            self._token = ""
            if self._app is not None:
                self._app.remove_tokens_for_client()

    def _acquire(self) -> str:
        try:
            result = self._application().acquire_token_for_client(scopes=SCOPES)
            if "access_token" in result:
                self._token = str(result["access_token"])
                lifetime = float(result.get("expires_in", 0))
                self._valid_until = self._clock() + max(0.0, lifetime - SAFETY_MARGIN)
                return self._token
            code = str(result.get("error", ""))
        except MSAL_FAILURES as error:
            raise _calendar_error(error) from None
        raise CalendarError(
            f"Microsoft refused the app's credentials: {code}", permanent=code in PERMANENT_ERRORS
        )

    def _application(self) -> msal.ConfidentialClientApplication:
        conf = self._conf
        if self._app is None:
            credential = _credential(conf)
            client = AuthorityClient(conf.authority_url, http.session())
            self._app = msal.ConfidentialClientApplication(
                conf.client_id,
                client_credential=credential,
                authority=f"{client.authority}/{quote(conf.tenant_id, safe='')}",
                http_client=client,
                # The authority is the administrator's word; a second host need not confirm it.
                instance_discovery=False,
            )
        return self._app


def _credential(conf: OutlookConf) -> str | dict[str, str]:
    """What msal proves the app with: its secret, or its certificate."""
    # msal would leave an empty secret out of the request without a word.
    if not (conf.tenant_id and conf.client_id) or bool(conf.client_secret.strip()) == bool(
        conf.client_certificate
    ):
        raise CalendarError(
            "Set OUTLOOK_TENANT_ID, OUTLOOK_CLIENT_ID and either OUTLOOK_CLIENT_SECRET or "
            "OUTLOOK_CLIENT_CERTIFICATE",
            permanent=True,
        )
    if not conf.client_certificate:
        return conf.client_secret
    try:
        read = read_certificate(conf.client_certificate)
    except CertificateError as error:
        raise CalendarError(
            f"OUTLOOK_CLIENT_CERTIFICATE cannot be used: {error}", permanent=True
        ) from None
    return {"private_key": read.private_key, "public_certificate": read.certificate}


def retry_after(response: requests.Response) -> float | None:
    """Read Retry-After: seconds, or a date on the clock of whoever answered."""
    value = response.headers.get("Retry-After") or ""
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_RETRY_AFTER)
    try:
        then = parsedate_to_datetime(value)
        wait = (then - parsedate_to_datetime(response.headers.get("Date") or "")).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(0.0, wait), LONGEST_RETRY_AFTER)


def _discovery(tenant: str) -> requests.Response:
    layout = {
        "issuer": f"{AUTHORITY}/{tenant}/v2.0",
        "authorization_endpoint": f"{AUTHORITY}/{tenant}/oauth2/v2.0/authorize",
        "token_endpoint": f"{AUTHORITY}/{tenant}/oauth2/v2.0/token",
    }
    response = requests.Response()
    response.status_code = 200
    response.encoding = "utf-8"
    response.raw = io.BytesIO(json.dumps(layout).encode())
    return response


def _calendar_error(error: Exception) -> CalendarError:
    """Say what failed without the words of the answer, which may hold what was sent."""
    kind = type(error).__name__
    if isinstance(error, AuthorityBusyError):
        return CalendarError(
            f"Microsoft's token service answered {error}", retry_after=error.retry_after
        )
    # msal: a 4xx from discovery is a plain ValueError, an unreadable page one with a JSON cause.
    unknown_tenant = type(error) is ValueError and not isinstance(
        error.__context__, json.JSONDecodeError
    )
    if unknown_tenant:
        return CalendarError("Microsoft does not know this OUTLOOK_TENANT_ID", permanent=True)
    return CalendarError(f"Microsoft's token service could not be used: {kind}")
