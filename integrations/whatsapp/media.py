"""Fetches the files that people send: our token goes to Meta's own hosts only, and never further.

An id in a webhook becomes an address by asking the Graph API; the file comes from that address.
Both may be wrong, hostile or endless, so the address is checked, redirects are not followed, and
what comes is counted and hashed while it is written.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import IO, Annotated
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, BeforeValidator, ValidationError

from integrations.conf import WhatsAppConf
from integrations.http import Session, TooLargeError, is_loopback
from integrations.messaging import MediaError, MediaFile, MediaProblem
from integrations.whatsapp.fields import error_number, media_url, stored

# Meta's own limit for documents; everything else it passes on is smaller.
MAX_BYTES = 100 * 1024 * 1024
DOWNLOAD_SECONDS = 120.0
MEDIA_ID = re.compile(r"[0-9]{1,100}")
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
NO_SUCH_OBJECT = 100


class _About(BaseModel):
    """What the Graph API says of a file."""

    url: str
    mime_type: Annotated[str, stored(120)] = ""
    sha256: Annotated[str, stored(100)] = ""
    file_size: Annotated[int | None, BeforeValidator(error_number)] = None


class WhatsAppMedia:
    """The MediaSource of one WhatsApp number."""

    def __init__(self, conf: WhatsAppConf, session: Session) -> None:
        self._conf = conf
        self._session = session

    def fetch(self, provider_media_id: str, *, sha256: str, into: IO[bytes]) -> MediaFile:
        """Ask where the file is, then take it from there."""
        if not MEDIA_ID.fullmatch(provider_media_id):
            raise MediaError("not a media id", problem=MediaProblem.GONE, permanent=True)
        about = self._about(provider_media_id)
        if not self._may_have_our_token(about.url):
            raise MediaError(
                "the file's address is not Meta's", problem=MediaProblem.REFUSED, permanent=True
            )
        if about.file_size is not None and about.file_size > MAX_BYTES:
            raise _too_large()
        counted = _Counted(into)
        self._download(about.url, counted)
        # The Graph API speaks of the very file it gives; the webhook's hash is the second best.
        expected = digest(about.sha256) or digest(sha256)
        if expected and counted.sha256.hexdigest() != expected:
            raise MediaError("the file has another hash", problem=MediaProblem.DAMAGED)
        return MediaFile(about.mime_type, counted.size, counted.sha256.hexdigest())

    def _about(self, media_id: str) -> _About:
        try:
            answer = self._session.get(f"{self._conf.api_url}/{media_id}", headers=self._headers())
        except requests.RequestException as error:
            raise _unreachable(str(error)) from None
        body = _json(answer)
        if answer.status_code == 404 or _error_code(body) == NO_SUCH_OBJECT:
            raise MediaError("WhatsApp has no such file", problem=MediaProblem.GONE, permanent=True)
        if answer.status_code != 200:
            raise _unreachable(f"HTTP {answer.status_code}")
        try:
            return _About.model_validate(body)
        except ValidationError:
            raise _unreachable("the answer describes no file") from None

    def _may_have_our_token(self, url: str) -> bool:
        return bool(media_url(url)) or self._is_local_stand_in(url)

    def _is_local_stand_in(self, url: str) -> bool:
        """The simulator's files lie where its API does, and only on this machine."""
        api = urlsplit(self._conf.api_url)
        if not is_loopback(api.hostname) or not re.fullmatch(r"[!-~]{1,2000}", url):
            return False
        try:
            file = urlsplit(url)
        except ValueError:
            return False
        return (file.scheme, file.netloc) == (api.scheme, api.netloc) and "\\" not in url

    def _download(self, url: str, into: _Counted) -> None:
        try:
            answer = self._session.download(
                url,
                headers={**self._headers(), "Accept-Encoding": "identity"},
                into=into,  # type: ignore[arg-type]  # only written to
                max_bytes=MAX_BYTES,
                total=DOWNLOAD_SECONDS,
            )
        except TooLargeError:
            raise _too_large() from None
        except requests.RequestException as error:
            raise _unreachable(str(error)) from None
        if answer.status_code != 200:
            raise _unreachable(f"HTTP {answer.status_code} for the file")

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._conf.access_token}"}


class _Counted:
    """Writes on, keeping count and hash."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.sha256 = hashlib.sha256()

    def write(self, part: bytes) -> int:
        self.size += len(part)
        self.sha256.update(part)
        return self._file.write(part)


def digest(text: str) -> str:
    """A SHA-256 in lower-case hexadecimal, from hexadecimal or base64; "" for anything else."""
    if HEX_DIGEST.fullmatch(text.lower()):
        return text.lower()
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) == 32 else ""


def _json(answer: requests.Response) -> object:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None


def _error_code(body: object) -> int | None:
    error = body.get("error") if isinstance(body, dict) else None
    return error_number(error.get("code")) if isinstance(error, dict) else None


def _unreachable(reason: str) -> MediaError:
    return MediaError(reason, problem=MediaProblem.UNREACHABLE)


def _too_large() -> MediaError:
    return MediaError("the file is too large", problem=MediaProblem.TOO_LARGE, permanent=True)
