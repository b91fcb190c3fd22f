"""No upload fills the disk or the memory."""

from __future__ import annotations

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import RequestFactory

from leadbot.uploads import MOST_BYTES


def test_a_form_that_is_too_long_is_refused_unread() -> None:
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("a", b"x")})
    request.META["CONTENT_LENGTH"] = str(MOST_BYTES + 1)
    with pytest.raises(RequestDataTooBig):
        _ = request.POST


def test_a_large_file_waits_on_the_disk() -> None:
    upload = SimpleUploadedFile("a.pdf", b"%PDF-" + b"x" * 3_000_000)
    request = RequestFactory().post("/", {"file": upload})
    kept = request.FILES["file"]
    assert isinstance(kept, TemporaryUploadedFile)
    assert kept.size == 3_000_005
    request.close()
