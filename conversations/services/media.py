"""Leads' files: fetched by the worker and kept under random names.

Claim, commit, fetch, write the result. The file's name is committed before its first byte, so a
worker that dies leaves no file that no row knows of.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID, uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet

from conversations.models import Attachment
from conversations.services.file_safety import HEAD, true_type
from integrations.messaging import MediaError, MediaFile, MediaSource

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
State = Attachment.State

# Longer than any fetch may take: a dead worker's file is free after this.
LEASE = timedelta(minutes=5)
# 30 s, 2 min, 8 min, 32 min, 2 h, 8 h, 12 h: about a day, of the seven that Meta keeps a file.
TRIES = 8
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=12)
BATCH = 100
IN_MEMORY = 1024 * 1024


def fetch(*, attachment_id: UUID, source: MediaSource, clock: Clock) -> None:
    """Fetch one file if it is due and nobody else is on it."""
    row = _claim(attachment_id, now=clock())
    if row is None:
        return
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
        try:
            file = source.fetch(row.provider_media_id, sha256=row.sha256, into=body)
        except MediaError as error:
            _record_error(row, error, now=clock())
        else:
            _keep(row, file, body)


def pending(*, now: datetime) -> list[UUID]:
    """Files that are due and that nobody fetches."""
    rows = Attachment.objects.filter(_due(now), state=State.PENDING)
    return list(rows.order_by("created_at").values_list("id", flat=True)[:BATCH])


@transaction.atomic
def _claim(attachment_id: UUID, *, now: datetime) -> Attachment | None:
    rows = Attachment.objects.select_for_update(skip_locked=True).filter(
        _due(now), pk=attachment_id, state=State.PENDING
    )
    row = rows.first()
    if row is None:
        return None
    if row.file.name:
        default_storage.delete(row.file.name)  # a worker died while it wrote this one
    if row.attempt >= TRIES:
        row.state, row.problem, row.file.name = State.FAILED, Attachment.Problem.UNREACHABLE, ""
        row.save(update_fields=["state", "problem", "file"])
        return None
    row.file.name = f"attachments/{uuid4().hex}"
    row.attempt, row.fetch_after = row.attempt + 1, now + LEASE
    row.save(update_fields=["file", "attempt", "fetch_after"])
    return row


def _due(now: datetime) -> Q:
    return Q(fetch_after__isnull=True) | Q(fetch_after__lte=now)


def _keep(row: Attachment, file: MediaFile, body: IO[bytes]) -> None:
    name = row.file.name or ""
    body.seek(0)
    mime_type = true_type(body.read(HEAD), file.mime_type or row.mime_type)
    body.seek(0)
    default_storage.save(name, File(body))
    stored = _mine(row).update(
        state=State.STORED,
        problem="",
        mime_type=mime_type,
        size=file.size,
        sha256=file.sha256,
        fetch_after=None,
    )
    if not stored:
        default_storage.delete(name)
        logger.warning("somebody else fetched the file")


def _record_error(row: Attachment, error: MediaError, *, now: datetime) -> None:
    logger.warning("file not fetched, try %d: %s", row.attempt, error)
    over = error.permanent or row.attempt >= TRIES
    _mine(row).update(
        state=State.FAILED if over else State.PENDING,
        problem=Attachment.Problem(error.problem.value),
        file="",
        fetch_after=None if over else now + _pause(row.attempt),
    )


def _pause(attempt: int) -> timedelta:
    return min(FIRST_PAUSE * float(4 ** (attempt - 1)), LONGEST_PAUSE)


def _mine(row: Attachment) -> QuerySet[Attachment]:
    """The row as long as nobody claimed it after us."""
    return Attachment.objects.filter(pk=row.pk, attempt=row.attempt, state=State.PENDING)
