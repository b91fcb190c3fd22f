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
    try:
        with http.session(total=12) as session:
            answer = session.get(url, headers=headers, params=params, allow_redirects=False)
    except OSError as error:
        # Every error of the session is one.
        return Reply(0, problem=http.in_words(error, urlsplit(url).netloc.rpartition("@")[2]))
    try:
        body = answer.json()
    except ValueError:
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
