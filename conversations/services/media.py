"""Leads' files: fetched by the worker, kept under random names, and voice notes listened to.

Claim, commit, fetch, write the result. The file's name is committed before its first byte, so a
worker that dies leaves no file that no row knows of. A row is pending until all of this is over:
that is what a turn waits for (agent/patience.py).
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet

from conversations import connections
from conversations.models import Attachment, Direction, Message
from conversations.services.file_safety import HEAD, is_audio, true_type
from integrations.messaging import MediaError, MediaFile, MediaSource, MessageKind
from integrations.speech import Transcriber, TranscriptionError

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
State = Attachment.State

# Longer than any fetch may take: a dead worker's file is free after this.
LEASE = timedelta(minutes=5)
# 30 s, 2 min, 8 min, 32 min, 2 h, 8 h, 12 h: about a day, of the seven that Meta keeps a file.
TRIES = 8
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=12)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BATCH = 100
IN_MEMORY = 1024 * 1024
SPOKEN = frozenset({MessageKind.VOICE, MessageKind.AUDIO})


def fetch(
    *,
    attachment_id: UUID,
    source: MediaSource,
    clock: Clock,
    transcriber: Transcriber | None = None,
) -> None:
    """Fetch one file if it is due and nobody else is on it."""
    row = _claim(attachment_id, now=clock())
    if row is None:
        return
    try:
        if _rename(row):
            _bring(row, source, transcriber)
    except MediaError as error:
        logger.warning("file not fetched, try %d: %s", row.attempt, error)
        row.file.name = ""
        _record_error(row, error.problem.value, permanent=error.permanent, now=clock())
    except OSError as error:
        # The storage is away or full, which passes; a file name in its words is a random one.
        logger.warning("file not stored, try %d: %s", row.attempt, error)
        _record_error(row, "", permanent=False, now=clock())


def _bring(row: Attachment, source: MediaSource, transcriber: Transcriber | None) -> None:
    spoken = Message.objects.filter(pk=row.message_id, kind__in=SPOKEN).exists()
    if transcriber and spoken and _are_too_many(row):
        logger.warning("voice note not transcribed: too many of one lead")
        transcriber = None
    connections.give_back()
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
        file = source.fetch(row.provider_media_id, sha256=row.sha256, into=body)
        body.seek(0)
        mime_type = true_type(body.read(HEAD), file.mime_type or row.mime_type)
        body.seek(0)
        default_storage.save(row.file.name or "", File(body))
        heard = ""
        if transcriber and spoken and is_audio(mime_type):
            heard = _listen(transcriber, body, mime_type, file.size)
        _keep(row, file, mime_type, heard)


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
    row.attempt, row.fetch_after = row.attempt + 1, now + LEASE
    row.save(update_fields=["attempt", "fetch_after"])
    return row


def _rename(row: Attachment) -> bool:
    """Take a name for the file, once what a dead worker wrote is gone; False: tried too often."""
    if row.file.name:
        default_storage.delete(row.file.name)
    if row.attempt > TRIES:
        _mine(row).update(
            state=State.FAILED, problem=Attachment.Problem.UNREACHABLE, file="", fetch_after=None
        )
        return False
    row.file.name = f"attachments/{uuid4().hex}"
    return bool(_mine(row).update(file=row.file.name))


def _due(now: datetime) -> Q:
    return Q(fetch_after__isnull=True) | Q(fetch_after__lte=now)


def _listen(transcriber: Transcriber, body: IO[bytes], mime_type: str, size: int) -> str:
    """The words of a voice note; "" when nobody could make them out."""
    try:
        return transcriber.transcribe(body, mime_type=mime_type, size=size)
    except TranscriptionError as error:
        logger.warning("voice note not transcribed: %s", error)
        return ""


def _are_too_many(row: Attachment) -> bool:
    """Words cost money: of one lead as many voice notes are listened to as the model is asked."""
    before = Attachment.objects.filter(
        message__conversation__messages=row.message_id,
        message__direction=Direction.INBOUND,
        message__kind__in=SPOKEN,
        created_at__lte=row.created_at,
    ).exclude(pk=row.pk)
    limits = (
        (HOUR, settings.AGENT_MODEL_CALLS_PER_HOUR),
        (DAY, settings.AGENT_MODEL_CALLS_PER_DAY),
    )
    return any(
        before.filter(created_at__gt=row.created_at - span).count() >= most for span, most in limits
    )


def _keep(row: Attachment, file: MediaFile, mime_type: str, transcript: str) -> None:
    stored = _mine(row).update(
        state=State.STORED,
        problem="",
        mime_type=mime_type,
        size=file.size,
        sha256=file.sha256,
        transcript=transcript,
        fetch_after=None,
    )
    if not stored:
        default_storage.delete(row.file.name or "")
        logger.warning("somebody else fetched the file")


def _record_error(row: Attachment, problem: str, *, permanent: bool, now: datetime) -> None:
    """Note it. A name stays where there may be a piece of a file under it."""
    over = permanent or row.attempt >= TRIES
    _mine(row).update(
        state=State.FAILED if over else State.PENDING,
        problem=problem,
        file=row.file.name or "",
        fetch_after=None if over else now + _pause(row.attempt),
    )


def _pause(attempt: int) -> timedelta:
    return min(FIRST_PAUSE * float(4 ** (attempt - 1)), LONGEST_PAUSE)


def _mine(row: Attachment) -> QuerySet[Attachment]:
    """The row as long as nobody claimed it after us."""
    return Attachment.objects.filter(pk=row.pk, attempt=row.attempt, state=State.PENDING)
