"""Port of voice to text: what the CRM expects of whoever listens to voice notes."""

from __future__ import annotations

from typing import IO, Protocol


class TranscriptionError(Exception):
    """No text came. Says why, without a word of what was sent or answered."""


class Transcriber(Protocol):
    """Listens to voice notes."""

    def transcribe(self, audio: IO[bytes], *, mime_type: str, size: int) -> str:
        """The words, cleaned; "" when none were heard. Raises TranscriptionError."""
