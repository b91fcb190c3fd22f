"""A message's file as the thread shows it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from conversations.models import Attachment, Message
from conversations.services import file_safety

SHORT = 5


@dataclass(frozen=True)
class File:
    """An attachment; `url` is empty until the file is here.

    `shown` is image, audio, video or "", `type` the ending that tells what a document is.
    """

    name: str
    size: int | None
    state: str
    url: str
    shown: str
    type: str
    transcript: str


def file_of(message: Message, attachment: Attachment, nameless: str) -> File:
    """Tell what it is and where it is; a file without a name is called `nameless`."""
    stored = attachment.state == Attachment.State.STORED and bool(attachment.file)
    address = "admin:conversations_conversation_attachment"
    name = file_safety.safe_name(attachment.filename, fallback=nameless or attachment.mime_type)
    return File(
        name=name,
        size=attachment.size,
        state=str(attachment.get_problem_display() or attachment.get_state_display()),
        url=reverse(address, args=[message.conversation_id, attachment.pk]) if stored else "",
        shown=_shown(attachment.mime_type) if stored else "",
        type=_ending(name, attachment.mime_type),
        transcript=attachment.transcript,
    )


def _ending(name: str, mime_type: str) -> str:
    """What a document is, in the letters that people know it by."""
    _stem, dot, last = name.rpartition(".")
    ending = last if dot else mime_type.partition("/")[2]
    return ending.upper() if ending.isalnum() and len(ending) <= SHORT else ""


def _shown(mime_type: str) -> str:
    if file_safety.is_image(mime_type):
        return "image"
    if file_safety.is_video(mime_type):
        return "video"
    return "audio" if file_safety.is_audio(mime_type) else ""
