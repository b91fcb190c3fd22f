"""Meta's errors: codes, texts and shape."""

from __future__ import annotations

import secrets
from typing import Any

TITLES = {
    0: "AuthException",
    3: "API Method",
    4: "API Too Many Calls",
    10: "Permission Denied",
    33: "Object does not exist (100, subcode 33)",
    100: "Invalid parameter",
    190: "Access token has expired",
    200: "API Permission",
    368: "Temporarily blocked for policies violations",
    2500: "Unknown path components",
    80007: "Rate limit issues",
    130429: "Rate limit hit",
    130472: "User's number is part of an experiment",
    130497: "Business account is restricted from messaging users in this country",
    131000: "Something went wrong",
    131005: "Access denied",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131021: "Recipient cannot be sender",
    131026: "Message undeliverable",
    131030: "Recipient phone number not in allowed list",
    131031: "Business Account locked",
    131037: "Display name approval required",
    131042: "Business eligibility payment issue",
    131045: "Incorrect certificate",
    131047: "Re-engagement message",
    131048: "Spam rate limit hit",
    131049: "Meta chose not to deliver",
    131050: "User has stopped marketing messages",
    131051: "Unsupported message type",
    131052: "Media download error",
    131053: "Media upload error",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    131057: "Account in maintenance mode",
    131062: "Business-scoped user ID not allowed for this message",
    131064: "Sending is limited because of low quality",
    132000: "Template param count mismatch",
    132001: "Template does not exist",
    132005: "Template hydrated text too long",
    132007: "Template format character policy violated",
    132008: "Template parameter format mismatch",
    132012: "Template parameter format mismatch",
    132015: "Template is paused",
    132016: "Template is disabled",
    132018: "There's an issue with the parameters in your template",
    133010: "Phone number not registered",
}
STATUSES = {
    0: 401, 190: 401, 3: 500, 10: 403, 200: 403, 131005: 403, 4: 429, 80007: 429, 130429: 429,
    131000: 500, 131016: 503, 131057: 500, 131031: 403, 368: 403, 130497: 403,
    132001: 404,
}  # fmt: skip
TRANSIENT = {4, 80007, 130429, 131016, 131056, 131057}
NO_SUCH_OBJECT = 33
# The Graph API's own errors: their message is all they say.
BARE = {0, 190, 2500}


class GraphError(Exception):
    """A refused request: what Meta would answer."""

    def __init__(self, code: int, details: str = "", *, retry_after: int = 0) -> None:
        super().__init__(details)
        self.subcode = code if code == NO_SUCH_OBJECT else None
        self.code = code if self.subcode is None else 100
        self.retry_after = retry_after
        self.details = details

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
        elif self.details and self.code not in BARE:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(17)
        return {"error": error}

    def _message(self) -> str:
        if self.subcode is not None:
            return self.details or "Unsupported request."
        if self.code in BARE:
            return self.details or "Invalid OAuth access token."
        return f"(#{self.code}) {title(self.code)}"


def title(code: int) -> str:
    """Give the short text of a code."""
    return TITLES.get(code, "Unknown error")


def no_such_object(name: str) -> GraphError:
    """Answer for an id that is not there, in the words of the Graph API."""
    return GraphError(
        NO_SUCH_OBJECT,
        f"Unsupported request. Object with ID '{name}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation.",
    )
