"""What a file storage says when it is away; the storages themselves are named in the settings."""

from __future__ import annotations


class StorageDownError(OSError):
    """The storage did not answer, or refused us: try again later. Names no file and no key."""
