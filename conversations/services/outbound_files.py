"""Files that colleagues send: kept under random names, queued, handed to the channel.

The file is written before the transaction that makes it a message's: a message whose file is not
there must never be seen. What dies in between leaves a file that no row knows of; it lies in the
folder of its day, where `prune` looks.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import IO, cast
from uuid import UUID, uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from conversations import connections
from conversations.models import Attachment, Author, Message, State, User
from conversations.models.ids import uuid7
from conversations.services import lanes, outbound, sendable
from conversations.services.lanes import Claim
from conversations.services.sendable import Sendable
from integrations.messaging import (
    MessageKind,
    OutboundFile,
    OutboundMessage,
    SendError,
    SendVerdict,
)

logger = logging.getLogger(__name__)

CAPTION_LIMIT = 1024
KINDS = frozenset(sendable.LIMITS)
FOLDER = "outgoing"
# Longer than any request that writes one may take.
SETTLED = timedelta(days=2)
# A nightly job that did not run for this long leaves what lies in older folders.
LOOKED_BACK = 14
PART = 1024 * 1024
RENEWED = timedelta(seconds=5)
Clock = Callable[[], datetime]


class CaptionTooLongError(Exception):
    """WhatsApp takes at most 1024 characters with a file."""


class CaptionOnSoundError(Exception):
    """WhatsApp shows no text with a sound."""


class QueuedAlreadyError(Exception):
    """There is a file with this id: the same request came twice at once."""


def queue_staff_file(
    *,
    conversation_id: UUID,
    staff: User,
    file: File[bytes],
    caption: str,
    now: datetime,
    in_reply_to: str = "",
    file_id: UUID | None = None,
) -> Message:
    """Queue a file of a colleague with its caption; the agent steps back at once.

    `file_id` becomes the attachment's. Raises FileTypeError, FileNameError, FileTooLargeError,
    CaptionTooLongError, CaptionOnSoundError, OptedOutError, WindowClosedError or
    QueuedAlreadyError.
    """
    caption = caption.replace("\x00", "").strip()
    what = _examined(file, caption)
    digest = digest_of(file)
    name = default_storage.save(f"{FOLDER}/{now:%Y-%m-%d}/{uuid4().hex}", file)
    try:
        with transaction.atomic():
            conversation = outbound.admit_staff(
                conversation_id=conversation_id, staff=staff, now=now
            )
            _refuse_repeated(file_id)
            message = outbound.queue_one(
                conversation,
                author=Author.STAFF,
                staff=staff,
                kind=what.kind,
                text=caption,
                now=now,
                in_reply_to=in_reply_to,
            )
            _attach(message, what, file_id=file_id, name=name, sha256=digest, now=now)
    except (outbound.OptedOutError, outbound.WindowClosedError, QueuedAlreadyError):
        # Any other failure may have come after the commit: that file may be a message's.
        default_storage.delete(name)
        raise
    return message


def _examined(file: File[bytes], caption: str) -> Sendable:
    if len(caption) > CAPTION_LIMIT:
        raise CaptionTooLongError
    what = sendable.examine(file, name=file.name or "", size=file.size)
    if caption and what.kind is MessageKind.AUDIO:
        raise CaptionOnSoundError
    return what


def _refuse_repeated(file_id: UUID | None) -> None:
    """Needs the conversation locked: copies of one request come one after the other then."""
    if file_id and Attachment.objects.filter(pk=file_id).exists():
        raise QueuedAlreadyError


def _attach(
    message: Message,
    what: Sendable,
    *,
    file_id: UUID | None,
    name: str,
    sha256: str,
    now: datetime,
) -> None:
    Attachment.objects.create(
        id=file_id or uuid7(),
        message=message,
        mime_type=what.mime_type,
        filename=what.filename,
        sha256=sha256,
        size=what.size,
        file=name,
        state=Attachment.State.STORED,
        created_at=now,
    )


def digest_of(file: File[bytes]) -> str:
    """The SHA-256 of a file; it is read from its start and left there."""
    found = hashlib.sha256()
    file.seek(0)
    while part := file.read(PART):
        found.update(part)
    file.seek(0)
    return found.hexdigest()


def to_send(message: Message) -> OutboundFile | None:
    """The file of a message that has one; raises ValueError when it should and has not."""
    if message.kind not in KINDS:
        return None
    row = message.attachments.filter(state=Attachment.State.STORED).order_by("id").first()
    if row is None or not row.file.name:
        raise ValueError(f"a message of kind {message.kind} has no file")
    return OutboundFile(
        mime_type=row.mime_type,
        filename=row.filename,
        size=row.size or 0,
        open=partial(_open, row.file.name),
    )


def _open(name: str) -> IO[bytes]:
    return cast("IO[bytes]", default_storage.open(name, "rb"))


def keeping_lane(
    wire: OutboundMessage, message: Message, claim: Claim, clock: Clock
) -> OutboundMessage:
    """A long upload outlives a lease: its reader renews the claim as it goes, and at the end.

    Reading raises LaneLostError once somebody else holds the lane: no message has left then.
    Closing raises SendError when the lead may not be written to any more, or got this message by
    an earlier send: minutes have passed.
    """
    file = wire.file
    if file is None:
        return wire
    return replace(
        wire,
        file=replace(file, open=lambda: cast("IO[bytes]", _Renewing(file, message, claim, clock))),
    )


class _Renewing:
    """A file whose reader holds a lane."""

    def __init__(self, file: OutboundFile, message: Message, claim: Claim, clock: Clock) -> None:
        connections.give_back()
        self._file, self._message = file.open(), message
        self._claim, self._clock = claim, clock
        self._renewed_at = clock()

    def read(self, size: int = -1) -> bytes:
        """Read on; the lane is renewed every few seconds."""
        if self._clock() - self._renewed_at >= RENEWED:
            self._renew()
        return self._file.read(size)

    def close(self) -> None:
        """All is uploaded: what follows has a whole lease, if it may still leave."""
        self._file.close()
        self._renew()
        wanted = Message.objects.filter(
            pk=self._message.pk,
            state=State.SENDING,
            conversation__lead__opted_out_at=None,
            conversation__window_expires_at__gt=self._renewed_at,
        )
        if not wanted.exists():
            # Back to the outbox, which says why not.
            raise SendError("no longer wanted", verdict=SendVerdict.RETRY)

    def _renew(self) -> None:
        self._renewed_at = self._clock()
        lanes.renew(self._claim, now=self._renewed_at)
        connections.give_back()


def prune(*, now: datetime) -> int:
    """Delete files of ours that never became a message's."""
    days = (now - SETTLED - timedelta(days=back) for back in range(LOOKED_BACK))
    return sum(_prune_folder(f"{FOLDER}/{day:%Y-%m-%d}") for day in days)


def _prune_folder(folder: str) -> int:
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    lying = {f"{folder}/{name}" for name in names}
    known = Attachment.objects.filter(file__in=lying).values_list("file", flat=True)
    orphans = lying - set(known)
    for name in orphans:
        default_storage.delete(name)
    if orphans:
        logger.warning("%d files that no message has were deleted", len(orphans))
    return len(orphans)
