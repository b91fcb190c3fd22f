"""Hands a stored file to a browser, whole or the part that a player asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import StreamingHttpResponse

from conversations.models import Attachment
from conversations.services import file_safety

PART = 64 * 1024
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def file_response(
    request: HttpRequest, attachment: Attachment, *, inline: bool
) -> HttpResponseBase:
    """Answer with the file; Safari plays nothing of which it cannot ask for a part.

    Raises FileNotFoundError when the storage has lost it.
    """
    file = file_safety.hand_over(attachment)
    response = FileResponse(
        file.body,
        as_attachment=not inline,
        filename=file.filename,
        content_type=file.content_type,
        headers=dict(file.headers) | {"Accept-Ranges": "bytes"},
    )
    size = attachment.size
    wanted = _wanted(request, size) if size else None
    if wanted is None:
        return response
    if not wanted:
        response.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    headers = dict(response.headers) | {
        "Content-Range": part,
        "Content-Length": str(len(wanted)),
    }
    return StreamingHttpResponse(_Part(file.body, wanted), status=206, headers=headers)


def _wanted(request: HttpRequest, size: int) -> range | None:
    """The bytes asked for: None for all, empty for none that are there. Several parts get all."""
    match = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if match is None or "If-Range" in request.headers or match[1] == match[2] == "":
        return None
    if not match[1]:
        return range(max(size - int(match[2]), 0), size) if int(match[2]) else range(0)
    first, last = int(match[1]), int(match[2]) if match[2] else size - 1
    return range(first, min(last + 1, size))


class _Part:
    """Some bytes of a file; the response closes it."""

    def __init__(self, body: IO[bytes], wanted: range) -> None:
        self._body, self._wanted = body, wanted

    def __iter__(self) -> Iterator[bytes]:
        self._body.seek(self._wanted.start)
        left = len(self._wanted)
        while left and (part := self._body.read(min(PART, left))):
            left -= len(part)
            yield part

    def close(self) -> None:
        self._body.close()
