"""What the strict Content-Security-Policy asks of a page, and what it would refuse."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

POLICY = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}


def policy_of(response: Any) -> dict[str, list[str]]:
    """The header, directive by directive."""
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


class _Refused(HTMLParser):
    """Collects what the policy would not run or apply."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(tag)
        self.found += [
            f"{tag} {name}"
            for name, value in attrs
            if name == "style"
            or name.startswith("on")
            or (value or "").strip().lower().startswith("javascript:")
        ]


def inline_parts(page: str) -> list[str]:
    """Scripts and styles that stand in the page itself."""
    reader = _Refused()
    reader.feed(page)
    return reader.found


def refused(answers: Mapping[str, Any]) -> dict[str, object]:
    """By page, a policy that is not the strict one, or what would not be drawn under it."""
    policies = {name: policy_of(answer) for name, answer in answers.items()}
    parts = {name: inline_parts(answer.content.decode()) for name, answer in answers.items()}
    return {name: found for name, found in policies.items() if found != POLICY} | {
        name: found for name, found in parts.items() if found
    }
