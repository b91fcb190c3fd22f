"""Voice to text by OpenAI's transcriptions, and by what speaks like them."""

from __future__ import annotations

import time
import unicodedata
from typing import IO

import requests
from pydantic import BaseModel, ValidationError

from integrations.conf import TranscriptionConf
from integrations.forms import FileForm
from integrations.http import Session, never_left
from integrations.speech import TranscriptionError

# OpenAI's own limit.
MAX_BYTES = 25 * 1024 * 1024
ANSWER_BYTES = 1_000_000
READ_SECONDS = 30.0
TOTAL_SECONDS = 40.0
RETRY_SECONDS = 0.5
LONGEST_TEXT = 10_000
# The file's name tells the provider its format.
ENDINGS = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
}


class _Answer(BaseModel):
    """What the provider heard."""

    text: str


class OpenAITranscriber:
    """Implements Transcriber: POST {base}/audio/transcriptions, once more when that can help."""

    def __init__(
        self, conf: TranscriptionConf, session: Session, *, pause: float = RETRY_SECONDS
    ) -> None:
        self._conf = conf
        self._session = session
        self._pause = pause

    def transcribe(self, audio: IO[bytes], *, mime_type: str, size: int) -> str:
        """Ask, and ask again after a fault that was quick and not ours."""
        if size > MAX_BYTES:
            raise TranscriptionError("the file is too large")
        answer = self._post(audio, mime_type, size)
        if answer is None:
            time.sleep(self._pause)
            answer = self._post(audio, mime_type, size)
        if answer is None:
            raise TranscriptionError("no answer, twice")
        return _words(answer)

    def _post(self, audio: IO[bytes], mime_type: str, size: int) -> requests.Response | None:
        """None when it is worth asking again. A time-out is not: nobody waits that long."""
        audio.seek(0)
        form = FileForm(
            audio,
            size=size,
            filename=f"voice.{ENDINGS.get(mime_type, 'ogg')}",
            mime_type=mime_type,
            fields={"model": self._conf.model, "response_format": "json"},
        )
        try:
            answer = self._session.upload(
                f"{self._conf.url}/audio/transcriptions",
                headers={
                    "Authorization": f"Bearer {self._conf.api_key}",
                    "Content-Type": form.content_type,
                },
                body=form,
            )
        except requests.RequestException as error:
            if never_left(error) or isinstance(error, requests.ConnectionError):
                return None
            raise TranscriptionError(str(error)) from None
        if answer.status_code == 429 or answer.status_code >= 500:
            return None
        if answer.status_code != 200:
            raise TranscriptionError(f"HTTP {answer.status_code}")
        return answer


def clean(text: str) -> str:
    """What a person can read of it: no control or invisible characters, one space between words."""
    kept = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return " ".join(kept.split())[:LONGEST_TEXT].strip()


def _words(answer: requests.Response) -> str:
    try:
        heard = _Answer.model_validate(answer.json())
    except (ValueError, RecursionError, ValidationError):
        raise TranscriptionError("the answer is not understood") from None
    return clean(heard.text)
