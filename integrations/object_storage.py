"""Leads' files in an S3-shaped store, such as Supabase Storage.

Named by the settings, never imported: boto3 costs tens of megabytes, and only who uses it pays.
The bucket is private: files leave through our own pages alone, so no address of it is given out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from integrations.files import StorageDownError

# Two tries of these stay below a turn's lease, and below what gunicorn gives a request.
CONNECT_SECONDS = 3.05
READ_SECONDS = 8.0
TRIES = 2
# Files up to this stay in memory while they are read, larger ones go through a temporary file.
IN_MEMORY = 1024 * 1024
# Above the largest file there is: one request each, no parts that a crash would leave behind.
ONE_PIECE = 128 * 1024 * 1024


class ObjectStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Raises FileNotFoundError and StorageDownError, as any storage of ours may."""

    def __init__(
        self,
        *,
        connect_timeout: float = CONNECT_SECONDS,
        read_timeout: float = READ_SECONDS,
        tries: int = TRIES,
        **options: Any,
    ) -> None:
        super().__init__(
            client_config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                retries={"total_max_attempts": tries, "mode": "standard"},
                # The stores that only resemble S3 refuse the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            transfer_config=TransferConfig(
                multipart_threshold=ONE_PIECE, num_download_attempts=tries, use_threads=False
            ),
            default_acl=None,
            file_overwrite=True,
            max_memory_size=IN_MEMORY,
            **options,
        )

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        with _in_our_words():
            file: File[bytes] = super()._open(name, mode)
            # Fetched here and not while the answer streams, where no error could be told any more.
            try:
                _ = file.file
            except BaseException:
                file.close()
                raise
            return file

    def _save(self, name: str, content: File[bytes]) -> str:
        with _in_our_words():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _in_our_words():
            super().delete(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _in_our_words():
            folders, names = super().listdir(path)
            return list(folders), list(names)

    def exists(self, name: str) -> bool:
        with _in_our_words():
            return bool(super().exists(name))


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Boto's own words may quote addresses and what was sent."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:
            raise FileNotFoundError("the store has no such file or bucket") from None
        raise StorageDownError(f"the store answered HTTP {status}") from None
    except (BotoCoreError, RetriesExceededError) as error:
        raise StorageDownError(f"the store did not answer: {type(error).__name__}") from None
