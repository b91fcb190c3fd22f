"""One request to Microsoft Graph: token, throttle, bounded patience, and what its answer means."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import requests

from integrations import http
from integrations.conf import OutlookConf
from integrations.http import never_left
from integrations.outlook.auth import TokenSource, retry_after
from integrations.outlook.errors import THROTTLED, NoAnswerError, NotSentError, graph_error
from integrations.scheduling import CalendarError

# Graph's own bound for one app and one mailbox.
CALLS_PER_MAILBOX = 4
# A collection that goes on for longer is not a calendar.
MOST_PAGES = 200
QUEUE_SECONDS = 20
# A turn's lease is 45 s: longer waits belong to the caller, who is told how long.
ATTEMPTS = 3
LONGEST_WAIT = 5.0
FIRST_WAIT = 0.5
JITTER = random.SystemRandom()
# Ids that survive a move to another folder, and times that need no table of Windows names.
PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'


class Tokens(Protocol):
    """Where bearer tokens come from."""

    def token(self) -> str: ...
    def drop(self, token: str) -> None: ...


@dataclass(frozen=True)
class Answer:
    """A success: the status and the JSON object, empty where Graph sends none."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One request as it will be sent, however often."""

    method: str
    mailbox: str
    url: str
    json: Mapping[str, Any] | None
    etag: str
    writes: bool


class GraphClient:
    """Calls Graph for a mailbox. Thread-safe; raises CalendarError only."""

    def __init__(
        self,
        base_url: str,
        session: requests.Session,
        tokens: Tokens,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url
        self._origin = urlsplit(self.base_url)
        self._session = session
        self._tokens = tokens
        self._sleep = sleep
        self._lock = threading.Lock()
        self._throttles: dict[str, threading.BoundedSemaphore] = defaultdict(
            lambda: threading.BoundedSemaphore(CALLS_PER_MAILBOX)
        )

    def get(
        self, mailbox: str, path: str, *, params: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Read one thing."""
        return self.call("GET", mailbox, path, params=params).body

    def pages(
        self, mailbox: str, path: str, *, params: Mapping[str, str]
    ) -> Iterator[Mapping[str, Any]]:
        """Read a collection to its end; next links are followed as they are, to our origin only."""
        body = self.get(mailbox, path, params=params)
        seen: set[str] = set()
        for _page in range(MOST_PAGES):
            yield body
            link = body.get("@odata.nextLink")
            if not link:
                return
            if not isinstance(link, str) or link in seen or not self._is_ours(link):
                raise CalendarError("Microsoft Graph sent a next link that cannot be followed")
            seen.add(link)
            body = self.call("GET", mailbox, link).body
        raise CalendarError("Microsoft Graph's pages do not end")

    def call(
        self,
        method: str,
        mailbox: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        etag: str = "",
        writes: bool = False,
    ) -> Answer:
        """Send until there is an answer worth giving; a write is repeated only after a clear no."""
        request = Call(method, mailbox, self._url(mailbox, path, params), json, etag, writes)
        dropped = False
        for attempt in range(1, ATTEMPTS + 1):
            token = self._tokens.token()
            response = self._send(request, token)
            if response.status_code < 300:
                return Answer(response.status_code, _body(response, writes=writes))
            if response.status_code == 401 and not dropped:
                dropped = True
                self._tokens.drop(token)
                continue
            wait = _wait(response, attempt, writes=writes)
            if wait is None or attempt == ATTEMPTS:
                raise _refusal(response, writes=writes)
            self._sleep(wait)
        raise CalendarError("Microsoft Graph refused an old token; a new one was not tried yet")

    def pause(self, wait: float) -> None:
        """Wait without holding a place in the mailbox's queue."""
        self._sleep(wait)

    def _is_ours(self, link: str) -> bool:
        return urlsplit(link)[:2] == self._origin[:2]

    def _url(self, mailbox: str, path: str, params: Mapping[str, str] | None) -> str:
        if path.startswith(f"{self._origin.scheme}://"):
            return path
        # OData wants %20: a plus sign in a filter is a plus sign to some servers.
        query = f"?{urlencode(params, quote_via=quote, safe='$:/')}" if params else ""
        return f"{self.base_url}/users/{quote(mailbox, safe='@')}{path}{query}"

    def _send(self, request: Call, token: str) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Prefer": PREFER,
        }
        if request.etag:
            headers["If-Match"] = request.etag
        with self._place(request.mailbox):
            try:
                return self._session.request(
                    request.method,
                    request.url,
                    json=request.json,
                    headers=headers,
                )
            except requests.RequestException as error:
                kind = type(error).__name__
                if never_left(error):
                    raise NotSentError(f"Microsoft Graph cannot be reached: {kind}") from None
                raise NoAnswerError(
                    f"Microsoft Graph did not answer: {kind}", ambiguous=request.writes
                ) from None

    @contextmanager
    def _place(self, mailbox: str) -> Iterator[None]:
        with self._lock:
            throttle = self._throttles[mailbox.casefold()]
        if not throttle.acquire(timeout=QUEUE_SECONDS):
            raise NotSentError("Too many calls wait for this mailbox")
        try:
            yield
        finally:
            throttle.release()


@lru_cache(maxsize=4)
def shared_client(conf: OutlookConf) -> GraphClient:
    """One a process: what Graph bears for a mailbox is counted over everybody who asks."""
    return GraphClient(conf.graph_url, http.session(), TokenSource(conf))


def _wait(response: requests.Response, attempt: int, *, writes: bool) -> float | None:
    """How long to wait before asking again; None when that is for the caller to decide."""
    if response.status_code not in THROTTLED or (writes and response.status_code != 429):
        return None
    named = retry_after(response)
    wait = FIRST_WAIT * 2 ** (attempt - 1) if named is None else named
    return wait + JITTER.uniform(0, FIRST_WAIT) if wait <= LONGEST_WAIT else None


def _body(response: requests.Response, *, writes: bool) -> Mapping[str, Any]:
    if not response.content:
        return {}
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise NoAnswerError("Microsoft Graph's answer is not JSON", ambiguous=writes)
    return body


def _refusal(response: requests.Response, *, writes: bool) -> CalendarError:
    return graph_error(
        response.status_code,
        _error_code(response),
        writes=writes,
        retry_after=retry_after(response),
    )


def _error_code(response: requests.Response) -> str:
    try:
        return str(response.json()["error"]["code"])[:80]
    except (ValueError, KeyError, TypeError):
        return ""
