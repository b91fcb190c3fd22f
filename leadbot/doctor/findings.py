"""What the doctor says, and how it asks over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from integrations import http

# Whoever takes longer counts as not answering.
PATIENCE_SECONDS = 10.0


class Level(StrEnum):
    """How bad it is."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One line: what was found, and what to do about it."""

    level: Level
    subject: str
    text: str
    fix: str = ""


@dataclass(frozen=True)
class Reply:
    """What an outside service answered; status 0 is no answer, and `problem` says why."""

    status: int
    text: str = ""
    body: Mapping[str, Any] | None = None
    date: datetime | None = None
    problem: str = ""

    def of(self, key: str) -> Any:
        """One value of an object that was answered, None without it."""
        return (self.body or {}).get(key)

    def rows(self) -> list[Mapping[str, Any]]:
        """The objects listed under `data`."""
        found = self.of("data")
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    @property
    def error(self) -> Mapping[str, Any]:
        """Meta's error, empty without one."""
        found = self.of("error")
        return found if isinstance(found, dict) else {}


def ok(subject: str, text: str) -> Finding:
    """Say that a thing is as it should be."""
    return Finding(Level.OK, subject, text)


def warn(subject: str, text: str, fix: str) -> Finding:
    """Say what works but should be looked at."""
    return Finding(Level.WARN, subject, text, fix)


def fail(subject: str, text: str, fix: str) -> Finding:
    """Say what does not work."""
    return Finding(Level.FAIL, subject, text, fix)


def get(url: str, *, token: str = "", params: Mapping[str, str] | None = None) -> Reply:
    """Ask once, in seconds, and never quote what was sent."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return _ask("GET", url, headers=headers, params=params)


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send once, in seconds, and never quote what was sent."""
    return _ask("POST", url, headers=headers, data=body)


def happened(reply: Reply) -> str:
    """Say in a few words what came instead of a proper answer."""
    return reply.problem or f"HTTP {reply.status}"


def _ask(method: str, url: str, **request: Any) -> Reply:
    try:
        with http.session(read=PATIENCE_SECONDS, total=PATIENCE_SECONDS) as session:
            answer = session.request(method, url, allow_redirects=False, **request)
    except OSError as error:
        # Every error of the session is one.
        return Reply(0, problem=http.in_words(error, urlsplit(url).netloc.rpartition("@")[2]))
    return _reply(answer)


def _reply(answer: http.Response) -> Reply:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    return Reply(
        answer.status_code,
        text=answer.text,
        body=body if isinstance(body, dict) else None,
        date=_date(answer.headers.get("Date")),
    )


def _date(header: str | None) -> datetime | None:
    if not header:
        return None
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None
