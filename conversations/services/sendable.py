"""What of a colleague's file WhatsApp takes: told by its bytes; its name may not say otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from conversations.services.file_safety import ACTIVE, IMAGES, SOUNDS, VIDEOS, bare_name
from integrations.messaging import MessageKind

MEGABYTE = 1024 * 1024
LIMITS = {
    MessageKind.IMAGE: 5 * MEGABYTE,
    MessageKind.AUDIO: 16 * MEGABYTE,
    MessageKind.VIDEO: 16 * MEGABYTE,
    MessageKind.DOCUMENT: 100 * MEGABYTE,
}
LARGEST = max(LIMITS.values())
PART = 64 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument."
NOT_TAKEN = {"image/webp", "image/gif"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# First bytes, as far as one look tells. WhatsApp takes no WebP, no GIF, and of Ogg only Opus.
MAGIC = {
    **{mime: magic for mime, magic in (*IMAGES, *SOUNDS, *VIDEOS) if mime not in NOT_TAKEN},
    "audio/ogg": rb"OggS.{24}.{0,8}OpusHead",
    "audio/amr": rb"#!AMR",
    "application/pdf": rb"%PDF-",
}
PAGE = rb"!doctype|!entity|\?xml|html|head|body|svg|script|iframe|object|embed"
# A part that every such container has, by the name under which it lists it.
PACKED = (
    (f"{OFFICE}wordprocessingml.document", b"word/document.xml"),
    (f"{OFFICE}spreadsheetml.sheet", b"xl/workbook.xml"),
    (f"{OFFICE}presentationml.presentation", b"ppt/presentation.xml"),
)
LEGACY = (
    ("application/msword", "WordDocument".encode("utf-16-le")),
    ("application/vnd.ms-powerpoint", "PowerPoint Document".encode("utf-16-le")),
    ("application/vnd.ms-excel", "Workbook".encode("utf-16-le")),
)
# What the file may be called; the first is given to one whose name says something else.
ENDINGS = {
    "image/jpeg": ("jpg", "jpeg", "jfif"),
    "image/png": ("png",),
    "audio/mp4": ("m4a", "mp4"),
    "video/3gpp": ("3gp", "3g2"),
    "video/mp4": ("mp4", "m4v"),
    "audio/amr": ("amr",),
    "audio/aac": ("aac",),
    "audio/mpeg": ("mp3", "mpga"),
    "audio/ogg": ("ogg", "opus", "oga"),
    "application/pdf": ("pdf",),
    f"{OFFICE}wordprocessingml.document": ("docx",),
    f"{OFFICE}spreadsheetml.sheet": ("xlsx",),
    f"{OFFICE}presentationml.presentation": ("pptx",),
    "application/msword": ("doc",),
    "application/vnd.ms-powerpoint": ("ppt",),
    "application/vnd.ms-excel": ("xls",),
    "text/plain": ("txt", "csv", "md"),
}
# Of types that we never send: who calls a text so means another file, or to deceive.
OTHER_ENDINGS = {
    "image": ("gif", "webp", "heic", "heif", "bmp", "tif", "tiff"),
    "media": ("mov", "avi", "mkv", "webm", "wav", "flac", "wma"),
    "packed": ("zip", "rar", "7z", "gz"),
}
KINDS = {
    "image": MessageKind.IMAGE,
    "audio": MessageKind.AUDIO,
    "video": MessageKind.VIDEO,
}


class FileTypeError(Exception):
    """WhatsApp does not take files of this type, or the file is empty."""


class FileNameError(Exception):
    """The file's name says another type than its bytes."""


class FileTooLargeError(Exception):
    """The file is larger than WhatsApp takes of its kind; `limit` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


@dataclass(frozen=True)
class Sendable:
    """A file that WhatsApp takes."""

    kind: MessageKind
    mime_type: str
    filename: str
    size: int


def examine(file: IO[bytes], *, name: str, size: int) -> Sendable:
    """Tell what a file is; raises FileTypeError, FileNameError or FileTooLargeError."""
    if not size:
        raise FileTypeError
    if size > LARGEST:
        raise FileTooLargeError(LARGEST)
    mime_type = _type_of(file)
    if mime_type is None:
        raise FileTypeError
    if _misleads(name, mime_type):
        raise FileNameError
    kind = KINDS.get(mime_type.partition("/")[0], MessageKind.DOCUMENT)
    if size > LIMITS[kind]:
        raise FileTooLargeError(LIMITS[kind])
    return Sendable(kind, mime_type, _named(name, mime_type), size)


def _type_of(file: IO[bytes]) -> str | None:
    file.seek(0)
    head = file.read(PART)
    for mime_type, magic in MAGIC.items():
        if re.match(magic, head, re.DOTALL):
            return mime_type
    if head.startswith(b"PK\x03\x04"):
        return _holding(file, PACKED)
    if head.startswith(OLE):
        return _holding(file, LEGACY)
    return "text/plain" if _is_text(head) and all(map(_is_text, _parts(file))) else None


def _holding(file: IO[bytes], marks: Iterable[tuple[str, bytes]]) -> str | None:
    """The type whose mark comes first; parts overlap, so that none is cut in two."""
    tail = b""
    for part in _parts(file):
        seen = tail + part
        found = [(at, mime) for mime, mark in marks if (at := seen.find(mark)) >= 0]
        if found:
            return min(found)[1]
        tail = seen[-64:]
    return None


def _parts(file: IO[bytes]) -> Iterable[bytes]:
    file.seek(0)
    while part := file.read(PART):
        yield part


def _is_text(part: bytes) -> bool:
    """Text for people: no control characters, and nothing that a browser would take for a page."""
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]|<(?:" + PAGE + rb")", part, re.IGNORECASE)


def _misleads(name: str, mime_type: str) -> bool:
    """Whether the ending belongs to something else; a JPEG called .png is a picture all the same."""
    ending = bare_name(name, fallback="").rpartition(".")[2].lower()
    meant = {_family(mime) for mime, endings in ENDINGS.items() if ending in endings}
    meant |= {family for family, endings in OTHER_ENDINGS.items() if ending in endings}
    return ending in ACTIVE or bool(meant and _family(mime_type) not in meant)


def _family(mime_type: str) -> str:
    first = mime_type.partition("/")[0]
    return {"image": "image", "audio": "media", "video": "media"}.get(first, mime_type)


def _named(name: str, mime_type: str) -> str:
    """The name with an ending that says what the bytes are."""
    endings = ENDINGS[mime_type]
    bare = bare_name(name, fallback="file")
    stem, dot, ending = bare.rpartition(".")
    if dot and stem.strip(" .") and ending.lower() in endings:
        return bare
    if not dot or not re.fullmatch(r"[A-Za-z0-9]{1,5}", ending):
        stem = bare
    return f"{stem.strip(' .') or 'file'}.{endings[0]}"
