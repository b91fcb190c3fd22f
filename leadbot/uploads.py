"""What may be uploaded to us at all, whoever uploads."""

from __future__ import annotations

from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# The largest file that WhatsApp takes, with the fields around it. Larger files than 2.5 MB wait in
# a temporary file, so that this is disk and not memory.
MOST_BYTES = 101 * 1024 * 1024


class LimitedUploads(FileUploadHandler):
    """Refuses a form that is too long before its first byte is kept."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],  # noqa: ARG002
        META: dict[str, str],  # noqa: ARG002, N803
        content_length: int,
        boundary: str,  # noqa: ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        """Look at what it says of itself: no more than that is read."""
        if content_length > MOST_BYTES:
            raise RequestDataTooBig("the upload is too large")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        """Leave the data to the handlers that keep it."""
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        """Leave the file to them, too."""
