"""Graph's refusals as CalendarError: status and code only, its texts name mailboxes."""

from __future__ import annotations

from enum import StrEnum

from integrations.scheduling import CalendarError


class Code(StrEnum):
    """The error codes that we act on."""

    DUPLICATE_TRANSACTION = "ErrorDuplicateTransactionId"
    TIME_ZONE_UNKNOWN = "TimeZoneNotSupportedException"
    # An id that Exchange never gave: of an event that another calendar held.
    ID_MALFORMED = "ErrorInvalidIdMalformed"


# A 404 about the person, not about the event: only an administrator can mend it.
MAILBOX_CODES = frozenset(
    {
        "errorinvaliduser",
        "errormailboxnotenabledforrestapi",
        "errornonexistentmailbox",
        "mailboxnotenabledforrestapi",
        "mailboxnotfound",
        "request_resourcenotfound",
        "resourcenotfound",
    }
)
THROTTLED = frozenset({429, 503, 504})


class GraphError(CalendarError):
    """An answer from Graph that is not a success."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        gone: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            f"Microsoft Graph answered {status} {code}".rstrip(),
            permanent=permanent,
            ambiguous=ambiguous,
            gone=gone,
            retry_after=retry_after,
        )
        self.status = status
        self.code = code

    def has(self, code: Code) -> bool:
        """Compare codes as Graph means them: in any case."""
        return self.code.lower() == code.lower()


class NotSentError(CalendarError):
    """No byte reached Graph: nothing can have happened there."""


class NoAnswerError(CalendarError):
    """The request left, an answer that can be understood did not come."""


def graph_error(
    status: int, code: str, *, writes: bool, retry_after: float | None = None
) -> GraphError:
    """Say what this answer means for the call; `writes` when it may have changed something."""
    if status == 404:
        # Without a code it is not Graph that speaks: the address is wrong, nothing is known gone.
        gone = bool(code) and code.lower() not in MAILBOX_CODES
        return GraphError(status, code, gone=gone, permanent=not gone)
    if status == 429:
        return GraphError(status, code, retry_after=retry_after)
    if status >= 500:
        return GraphError(status, code, ambiguous=writes, retry_after=retry_after)
    if status == 400 and code.lower() == Code.ID_MALFORMED.lower():
        return GraphError(status, code, gone=True)
    permanent = status not in {408, 409, 412}
    return GraphError(status, code, permanent=permanent, ambiguous=writes and status == 408)
