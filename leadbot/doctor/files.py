"""What the doctor finds where leads' files are kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from integrations.files import StorageDownError
from leadbot import checks
from leadbot.doctor.findings import Finding, fail, ok

PROBE = b"leadbot"
FIXES = {
    "disk": "Make LEADBOT_DATA_DIR a directory that web and worker may write to.",
    "s3": "Correct S3_ENDPOINT_URL, S3_BUCKET, S3_REGION and the access key; the key must be "
    "allowed to write, read and delete in that bucket.",
}


def files_section() -> Iterator[Finding]:
    """Write, read and delete one."""
    kind = settings.MEDIA_STORAGE
    missing = checks.missing("MEDIA_STORAGE")
    if missing or kind not in FIXES:
        named = ", ".join(missing) or "MEDIA_STORAGE"
        yield fail("files", f"not asked: {named} missing", "Mend the settings first.")
        return
    try:
        same = _round_trip(f"doctor/{secrets.token_hex(16)}")
    except OSError as error:
        why = str(error) if isinstance(error, StorageDownError) else error.strerror or str(error)
        yield fail("files", f"cannot be kept: {why}", FIXES[kind])
        return
    if same:
        yield ok("files", f"written, read and deleted (MEDIA_STORAGE={kind})")
    else:
        yield fail("files", "come back otherwise than they were written", FIXES[kind])


def _round_trip(name: str) -> bool:
    default_storage.save(name, ContentFile(PROBE))
    with default_storage.open(name) as file:
        same: bool = file.read() == PROBE
    default_storage.delete(name)
    return same
