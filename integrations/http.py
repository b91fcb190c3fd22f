"""The one HTTP session: time-outs, no redirects, no retries of POST, and errors without secrets."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from ipaddress import ip_address
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import requests
from requests import Response as Response
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from integrations.time_limit import TimeLimit, WatchedAdapter

CONNECT_SECONDS = 3.05
READ_SECONDS = 10.0
TOTAL_SECONDS = 20.0
MAX_BYTES = 8_000_000

# Its warnings about odd headers quote whole addresses.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


class NeverLeftError(requests.ConnectionError):
    """No byte of the request was sent."""


class TooLargeError(requests.RequestException):
    """The answer is longer than we read."""


def session(
    *,
    connect: float = CONNECT_SECONDS,
    read: float = READ_SECONDS,
    total: float = TOTAL_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Session:
    """Make a pooled session. `total` caps one request by the clock, trickled answers included."""
    return Session(timeout=(connect, read), total=total, max_bytes=max_bytes)


def never_left(error: requests.RequestException) -> bool:
    """Say whether certainly no byte of the request was sent; else it may have been acted on.

    A kept-alive connection that the server closed counts as maybe sent: the request was written.
    """
    if isinstance(
        error,
        NeverLeftError
        | requests.ConnectTimeout
        | requests.exceptions.InvalidURL
        | requests.exceptions.InvalidSchema
        | requests.exceptions.MissingSchema
        | requests.exceptions.InvalidHeader,
    ):
        return True
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    if isinstance(cause, NewConnectionError | ConnectTimeoutError):
        return True
    return isinstance(error, requests.exceptions.SSLError) and _certificate_refused(cause)


def in_words(error: OSError, host: str) -> str:
    """Say what happened, without the error's own words: they may quote what was sent."""
    match error:
        case requests.exceptions.SSLError():
            return f"the certificate of {host} is not trusted"
        case NeverLeftError():
            return f"no connection to {host}"
        case requests.exceptions.Timeout():
            return f"no answer from {host} in time"
        case _:
            return f"{host} broke off: {type(error).__name__}"


def is_loopback(host: str | None) -> bool:
    """Say whether a host name can only mean this machine."""
    if not host:
        return False
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Body(Protocol):
    """A request's body whose length is known and which is never held as a whole."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class _Sink:
    """Where a long answer goes, and how long it may be."""

    file: IO[bytes]
    max_bytes: int


class Session(requests.Session):
    """See `session`. `stream=True` changes nothing: whoever reads in parts uses `download`."""

    def __init__(self, *, timeout: tuple[float, float], total: float, max_bytes: int) -> None:
        super().__init__()
        self._timeout, self._total, self._max_bytes = timeout, total, max_bytes
        self.cookies = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        # With an auth of its own, requests does not let ~/.netrc replace our Authorization.
        self.auth = _as_it_is
        for prefix in ("https://", "http://"):
            self.mount(prefix, WatchedAdapter(pool_connections=4, pool_maxsize=16, max_retries=0))

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send; whatever is raised names the method and the host, and nothing more."""
        verb = (method.decode() if isinstance(method, bytes) else method).upper()
        for attempt in (1, 2):
            try:
                return super().request(verb, url, *args, **kwargs)
            except (requests.RequestException, HTTPError) as error:
                failure = _redacted(error, f"{verb} {_host(url)}")
                again = verb == "GET" and attempt == 1 and _worth_a_second_try(error)
            if not again:
                break
        # Out here, so that the original, which holds headers and body, is not its context.
        raise failure

    def download(
        self, url: str, *, headers: Mapping[str, str], into: IO[bytes], max_bytes: int, total: float
    ) -> requests.Response:
        """GET once and write the body of a 200 to `into`, within a size and a time of its own."""
        return self._once("GET", url, headers, sink=_Sink(into, max_bytes), total=total)

    def upload(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: Body,
        answer: float | None = None,
        total: float | None = None,
    ) -> requests.Response:
        """POST a long body part by part. `answer` bounds the wait for it, `total` everything."""
        timeout = (self._timeout[0], answer or self._timeout[1])
        return self._once("POST", url, headers, data=body, total=total, timeout=timeout)

    def _once(
        self,
        verb: str,
        url: str,
        headers: Mapping[str, str],
        *,
        data: Body | None = None,
        **how: Any,
    ) -> requests.Response:
        """What `request` does, with what only `send` takes, and never a second time."""
        try:
            request = self.prepare_request(
                requests.Request(verb, url, headers=dict(headers), data=data)
            )
            how |= self.merge_environment_settings(request.url or "", {}, None, None, None)
            return self.send(request, **how)
        except (requests.RequestException, HTTPError) as error:
            failure = _redacted(error, f"{verb} {_host(url)}")
        raise failure

    def send(
        self,
        request: requests.PreparedRequest,
        *,
        sink: _Sink | None = None,
        total: float | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Apply the time-outs, follow nothing, and read the answer within the caps."""
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        if is_loopback(_host(request.url or "")):
            kwargs["proxies"] = {}
        kwargs["stream"] = True
        with TimeLimit(total or self._total) as limit:
            try:
                with super().send(request, **kwargs) as response:
                    body = self._read(response, sink if response.status_code == 200 else None)
            except requests.RequestException:
                if not limit.passed:
                    raise
            if limit.passed:
                raise requests.ReadTimeout("the answer took too long")
        response._content = body
        return _without_address(response)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow nothing: a redirect would carry the token to another host."""

    def _read(self, response: requests.Response, sink: _Sink | None) -> bytes:
        kept = BytesIO()
        file, most = (sink.file, sink.max_bytes) if sink else (kept, self._max_bytes)
        size = 0
        for part in response.iter_content(65_536):
            size += len(part)
            if size > most:
                raise TooLargeError("the answer is too large")
            file.write(part)
        return kept.getvalue()


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _host(url: str | bytes) -> str:
    try:
        return urlsplit(url.decode() if isinstance(url, bytes) else url).hostname or "?"
    except ValueError:
        return "?"


def _redacted(
    error: requests.RequestException | HTTPError, target: str
) -> requests.RequestException:
    message = f"{target}: {type(error).__name__}"
    if isinstance(error, HTTPError):
        return requests.ConnectionError(message)
    if never_left(error):
        return NeverLeftError(message)
    return type(error)(message)


def _worth_a_second_try(error: requests.RequestException | HTTPError) -> bool:
    refused = requests.exceptions.SSLError | requests.ConnectTimeout
    return isinstance(error, requests.ConnectionError) and not isinstance(error, refused)


def _certificate_refused(cause: object) -> bool:
    first = cause.args[0] if isinstance(cause, Exception) and cause.args else None
    return isinstance(first, ssl.SSLCertVerificationError)


def _without_address(response: requests.Response) -> requests.Response:
    """Leave scheme and host: `raise_for_status` quotes the url."""
    parts = urlsplit(response.url)
    response.url = f"{parts.scheme}://{parts.hostname}"
    return response
