"""Files that the simulated provider holds."""

from __future__ import annotations

import hashlib
import mimetypes
import secrets
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse

from integrations.models import SimulatedMedia

# Held in the database, so less than the real 100 MB.
MAX_BYTES = 16 * 1024 * 1024
MEGABYTE = 1024 * 1024
# A browser may show these in place; anything else could carry a script.
INLINE = ("image/png", "image/jpeg", "image/webp", "image/gif", "audio/", "video/")


class MediaError(ValueError):
    """The file cannot be taken; the text says why."""


def store(upload: UploadedFile[bytes], *, now: datetime) -> SimulatedMedia:
    """Keep an uploaded file under a numeric id, as Meta does."""
    if not upload.size:
        raise MediaError("The file is empty.")
    if upload.size > MAX_BYTES:
        raise MediaError(f"The simulator takes files up to {MAX_BYTES // MEGABYTE} MB.")
    name = upload.name or ""
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return SimulatedMedia.objects.create(
        pk=secrets.randbelow(9 * 10**15) + 10**15,
        body=upload.read(),
        mime_type=(upload.content_type or guessed)[:120],
        filename=name[:255],
        created_at=now,
    )


def find(media_id: str) -> SimulatedMedia | None:
    """Look a file up by the id in a URL."""
    if not media_id.isascii() or not media_id.isdecimal() or len(media_id) > 18:
        return None
    return SimulatedMedia.objects.filter(pk=int(media_id)).first()


def digest(media: SimulatedMedia) -> bytes:
    """Hash the file; webhooks carry it in base64, the media endpoint in hex."""
    return hashlib.sha256(bytes(media.body)).digest()


def serve(media: SimulatedMedia) -> HttpResponse:
    """Answer with the file itself."""
    mime_type = media.mime_type
    response = HttpResponse(bytes(media.body), content_type=mime_type)
    if not mime_type.startswith(INLINE):
        response["Content-Disposition"] = "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
