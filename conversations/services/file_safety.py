"""What a browser may do with a file that somebody sent us, and what the file may be called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.core.files.base import File

from conversations.models import Attachment

HEAD = 16
UNKNOWN_TYPE = "application/octet-stream"
LONGEST_NAME = 120
# What a double click would run, or open in a browser as a page.
ACTIVE = frozenset(
    {
        *("html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "svg", "svgz", "xml", "xsl"),
        *("xslt", "url", "webloc", "desktop", "swf", "chm", "js", "jse", "mjs", "vbs", "vbe"),
        *("wsf", "wsc", "wsh", "sct", "hta", "exe", "com", "scr", "bat", "cmd", "msi", "msp"),
        *("msc", "reg", "inf", "ps1", "psm1", "jar", "jnlp", "lnk", "scf", "pif", "cpl", "xll"),
        *("application", "appref-ms", "library-ms", "search-ms", "settingcontent-ms"),
        *("app", "command", "dmg", "pkg", "sh", "deb", "rpm", "iso", "img", "vhd", "vhdx", "apk"),
    }
)
IMAGES = (
    ("image/jpeg", rb"\xff\xd8\xff"),
    ("image/png", rb"\x89PNG\r\n\x1a\n"),
    ("image/webp", rb"RIFF....WEBP"),
    ("image/gif", rb"GIF8[79]a"),
)
SOUNDS = (
    ("audio/ogg", rb"OggS"),
    ("audio/mpeg", rb"ID3|\xff[\xfb\xf3\xf2]"),
    ("audio/aac", rb"\xff[\xf1\xf9]"),
    ("audio/mp4", rb"....ftypM4A"),
)
PLAYED = ("image/", "audio/", "video/")
# Sounds are told from videos by their brand, or by what their sender calls them.
VIDEOS = (
    ("video/mp4", rb"....ftyp(?:isom|iso[2-9]|mp4[12]|avc1|M4V|MSNV|dash|mmp4)"),
    ("video/3gpp", rb"....ftyp3g"),
)


@dataclass(frozen=True)
class Handover:
    """How a stored file leaves: nothing that a browser could run, under a harmless name."""

    body: File[bytes]
    filename: str
    content_type: str
    headers: Mapping[str, str]


def hand_over(attachment: Attachment) -> Handover:
    """Images, sounds and videos keep their type; everything else is bytes to save.

    Raises FileNotFoundError when the storage has lost it.
    """
    mime_type = attachment.mime_type
    playable = is_image(mime_type) or is_audio(mime_type) or is_video(mime_type)
    return Handover(
        body=attachment.file.open("rb"),
        filename=safe_name(attachment.filename, fallback=f"{attachment.pk}"),
        content_type=mime_type if playable else UNKNOWN_TYPE,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, max-age=600" if playable else "private, no-store",
        },
    )


def is_image(mime_type: str) -> bool:
    """Whether a stored file of this type may be shown inside a page."""
    return mime_type in {mime for mime, _magic in IMAGES}


def is_audio(mime_type: str) -> bool:
    """Whether a stored file of this type may be played inside a page."""
    return mime_type in {mime for mime, _magic in SOUNDS}


def is_video(mime_type: str) -> bool:
    """Whether a stored file of this type may be played inside a page."""
    return mime_type in {mime for mime, _magic in VIDEOS}


def true_type(head: bytes, declared: str) -> str:
    """The type of a file by its first bytes where a browser acts on it, else as declared.

    What calls itself an image, a sound or a video and is not one of ours has no type at all.
    """
    base = declared.partition(";")[0].strip().lower()
    for mime_type, magic in (*IMAGES, *SOUNDS, *VIDEOS):
        if re.match(magic, head, re.DOTALL):
            return "audio/mp4" if (base, mime_type) == ("audio/mp4", "video/mp4") else mime_type
    harmless = re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}", base)
    return UNKNOWN_TYPE if not harmless or base.startswith(PLAYED) else base


def safe_name(name: str, *, fallback: str) -> str:
    """A file name that hides nothing and does nothing."""
    bare = bare_name(name, fallback=fallback)
    extension = bare.rpartition(".")[2]
    return f"{bare}.txt" if extension.lower().strip() in ACTIVE else bare


def bare_name(name: str, *, fallback: str) -> str:
    """A file name that hides nothing: no path, no invisible characters."""
    kept = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    last = PurePosixPath(kept.replace("\\", "/")).name.strip(" .") or fallback
    stem, dot, extension = last.rpartition(".")
    if len(last) > LONGEST_NAME:
        return f"{stem[:LONGEST_NAME]}{dot}{extension[:10]}" if dot else last[:LONGEST_NAME]
    return last
