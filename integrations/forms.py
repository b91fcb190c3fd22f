"""A form with one file, for requests that must not hold the file as a whole."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import IO

PART = 64 * 1024


class FileForm:
    """The body of a multipart request: fields, then one file, read from it part by part.

    Names, values and types are ours, never a stranger's: nothing is quoted.
    """

    def __init__(
        self,
        file: IO[bytes],
        *,
        size: int,
        filename: str,
        mime_type: str,
        fields: Mapping[str, str],
    ) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._file, self._size = file, size
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        head += (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{filename}"\r\n'
            f"Content-Type: {mime_type}\r\n\r\n"
        )
        self._head, self._end = head.encode(), f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) + self._size + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        left = self._size
        while left:
            part = self._file.read(min(PART, left))
            if not part:
                raise OSError("the file is shorter than it was")
            left -= len(part)
            yield part
        yield self._end
