"""Trouble with our own account at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AccountTrouble(StrEnum):
    """What the provider tells of our account that every colleague has to know."""

    BANNED = "banned"
    BAN_SOON = "ban_soon"
    RESTRICTED = "restricted"
    VIOLATION = "violation"
    GONE = "gone"  # deleted, or no longer connected to us
    ALERT = "alert"
    FLAGGED = "flagged"  # the number's quality is low
    ERROR = "error"


@dataclass(frozen=True)
class AccountNotice:
    """Trouble with the account that stands until then; None: it is over.

    `detail` is in the provider's words, `code` one of its error codes.
    """

    trouble: AccountTrouble
    stands_until: datetime | None
    detail: str = ""
    code: int | None = None
