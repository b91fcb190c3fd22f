"""What a colleague writes or attaches under the thread, and why it is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from conversations.admin.base import id_in, staff_of
from conversations.models import Conversation, Message
from conversations.services import outbound, outbound_files
from conversations.services.sendable import FileNameError, FileTooLargeError, FileTypeError


class ActionError(Exception):
    """A button that could not do its work; the text is for the person who pressed it."""


def send(request: HttpRequest, conversation: Conversation, now: datetime) -> None:
    """Queue the text, or the file with the text as its caption."""
    try:
        _queue(request, conversation, now)
    except tuple(REFUSALS) as error:
        raise ActionError(REFUSALS[type(error)](error)) from error


def _queue(request: HttpRequest, conversation: Conversation, now: datetime) -> None:
    # A form's line breaks are CRLF; a paragraph ends with two line feeds.
    text = request.POST.get("text", "").replace("\r\n", "\n")
    said: dict[str, Any] = {
        "conversation_id": conversation.pk,
        "staff": staff_of(request),
        "now": now,
        "in_reply_to": _provider_id(conversation, request.POST.get("reply_to", "")),
    }
    upload = request.FILES.get("file")
    if isinstance(upload, UploadedFile):
        outbound_files.queue_staff_file(file=upload, caption=text, **said)
    else:
        outbound.queue_staff_message(text=text, **said)


def _too_large(error: Exception) -> str:
    limit = error.limit if isinstance(error, FileTooLargeError) else 0
    return _("Not sent: WhatsApp takes at most %(limit)s of such a file.") % {
        "limit": filesizeformat(limit)
    }


REFUSALS: dict[type[Exception], Callable[[Exception], str]] = {
    outbound.EmptyMessageError: lambda _error: _("Write something first."),
    outbound.MessageTooLongError: lambda _error: _(
        "Not sent: a text has at most 16,384 characters."
    ),
    outbound.WindowClosedError: lambda _error: _(
        "Not sent: the 24-hour window is closed. It opens again when the lead writes."
    ),
    outbound.OptedOutError: lambda _error: _("Not sent: this person asked us not to write."),
    outbound_files.CaptionTooLongError: lambda _error: _(
        "Not sent: with a file WhatsApp takes at most 1,024 characters."
    ),
    outbound_files.CaptionOnSoundError: lambda _error: _(
        "Not sent: WhatsApp shows no text with a sound. Send the text as a message of its own."
    ),
    FileTypeError: lambda _error: _(
        "Not sent: WhatsApp does not take this file. It takes JPEG and PNG, MP4 and 3GP, MP3, AAC, "
        "M4A, AMR and OGG (Opus), PDF, Word, Excel, PowerPoint and plain text."
    ),
    FileNameError: lambda _error: _(
        "Not sent: the name of this file says another type than what is in it. Check that it is "
        "the right file, and give it the ending of its type."
    ),
    FileTooLargeError: _too_large,
}


def _provider_id(conversation: Conversation, message_id: str) -> str:
    """The provider's id of the quoted message, if it is one of this conversation."""
    wanted = id_in(message_id)
    if wanted is None:
        return ""
    rows = Message.objects.filter(pk=wanted, conversation=conversation)
    return rows.values_list("provider_message_id", flat=True).first() or ""
