"""Files that people send us, and why one did not come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Protocol


class MediaProblem(StrEnum):
    """Why a file did not come."""

    UNREACHABLE = "unreachable"
    GONE = "gone"
    TOO_LARGE = "too_large"
    REFUSED = "refused"  # its address is not one that our token may be sent to
    DAMAGED = "damaged"


class MediaError(Exception):
    """A file that did not come. `permanent` is True when asking again cannot help."""

    def __init__(self, message: str, *, problem: MediaProblem, permanent: bool = False) -> None:
        super().__init__(message)
        self.problem = problem
        self.permanent = permanent


@dataclass(frozen=True)
class MediaFile:
    """A file that came. `mime_type` is what the provider says of it; `sha256` is hexadecimal."""

    mime_type: str
    size: int
    sha256: str


class MediaSource(Protocol):
    """Holds the files that people send us, for some days."""

    def fetch(self, provider_media_id: str, *, sha256: str, into: IO[bytes]) -> MediaFile:
        """Write the file to `into` or raise MediaError. `sha256` is what the message said."""
