"""Meta's errors: codes, texts and shape."""

from __future__ import annotations

import secrets
from typing import Any

TITLES = {
    100: "Invalid parameter",
    130429: "Rate limit hit",
    131000: "Something went wrong",
    131005: "Access denied",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131021: "Recipient cannot be sender",
    131026: "Message undeliverable",
    131031: "Business Account locked",
    131042: "Business eligibility payment issue",
    131047: "Re-engagement message",
    131048: "Spam rate limit hit",
    131049: "Meta chose not to deliver",
    131051: "Unsupported message type",
    131053: "Media upload error",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    131057: "Account in maintenance mode",
    80007: "Rate limit issues",
    4: "Application request limit reached",
    368: "Temporarily blocked for policies violations",
}
STATUSES = {
    0: 401, 190: 401, 3: 500, 10: 403, 131005: 403, 4: 429, 80007: 429, 130429: 429,
    131000: 500, 131016: 503, 131057: 500, 131031: 403, 368: 403,
}  # fmt: skip
TRANSIENT = {4, 80007, 130429, 131016, 131056, 131057}


class GraphError(Exception):
    """A refused request: what Meta would answer."""

    def __init__(self, code: int, details: str = "", *, subcode: int | None = None) -> None:
        super().__init__(details)
        self.code = code
        self.details = details
        self.subcode = subcode

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUSES.get(self.code, 400)

    def body(self) -> dict[str, Any]:
        """Give the answer in Meta's shape."""
        error: dict[str, Any] = {
            "message": self._message(),
            "type": "OAuthException",
            "code": self.code,
        }
        if self.code in TRANSIENT:
            error["is_transient"] = True
        if self.subcode is not None:
            error |= {"type": "GraphMethodException", "error_subcode": self.subcode}
        elif self.details and self.code not in (0, 190):
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(17)
        return {"error": error}

    def _message(self) -> str:
        if self.code in (0, 190) or self.subcode is not None:
            return self.details or "Invalid OAuth access token."
        return f"(#{self.code}) {title(self.code)}"


def title(code: int) -> str:
    """Give the short text of a code."""
    return TITLES.get(code, "Unknown error")


def no_such_object(name: str) -> GraphError:
    """Answer for an id that is not there, in the words of the Graph API."""
    return GraphError(
        100,
        f"Unsupported request. Object with ID '{name}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation.",
        subcode=33,
    )
