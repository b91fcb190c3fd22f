"""The catalogue that is shipped is the one that was compiled."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages import mofile, pofile

import integrations

MESSAGES = Path(integrations.__file__).parent / "locale" / "es" / "LC_MESSAGES"


def test_the_spanish_catalogue_is_compiled_and_whole() -> None:
    source = pofile.read_po(io.BytesIO((MESSAGES / "django.po").read_bytes()))
    compiled = mofile.read_mo(io.BytesIO((MESSAGES / "django.mo").read_bytes()))
    written = {message.id: message.string for message in source if message.id}
    assert all(written.values())
    assert {message.id: message.string for message in compiled if message.id} == written
