"""Leads' files in an S3-shaped store: through the real fetch, and out through admin and API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from conversations.models import Attachment, User
from conversations.services import media
from integrations.files import StorageDownError
from leadbot.doctor import files
from tests.conversations.rows import NOW
from tests.conversations.test_media import JPEG, FakeSource, fetch, send_file
from tests.fakes import s3_server
from tests.fakes.s3_server import CUT, HANG, KEY_ID, SECRET, S3Server

BACKEND = "integrations.object_storage.ObjectStorage"
PATIENCE = 0.3


@pytest.fixture
def s3(settings: Settings) -> Iterator[S3Server]:
    with s3_server.run() as server:
        keep_in(server, settings)
        yield server


def keep_in(server: S3Server, settings: Settings, **more: object) -> None:
    options = server.options(read_timeout=PATIENCE, **more)
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": BACKEND, "OPTIONS": options}}


@pytest.fixture
def staff(db: None) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root", "root@example.com", "secret"))
    return client


def admin_url(row: Attachment) -> str:
    address = "admin:conversations_conversation_attachment"
    return reverse(address, args=[row.message.conversation_id, row.pk])


def test_a_file_goes_there_and_comes_back_to_staff(s3: S3Server, staff: Client) -> None:
    row = fetch(send_file("casa.jpg"), FakeSource())

    assert (row.state, s3.objects) == ("stored", {row.file.name: JPEG})
    answer = staff.get(admin_url(row))
    assert b"".join(answer) == JPEG
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer = staff.get(reverse("api-attachment", args=[row.pk]))
    assert b"".join(answer) == JPEG
    sent = "\n".join(s3.received)
    assert KEY_ID in sent
    assert SECRET not in sent
    assert "casa.jpg" not in sent

    s3.objects.clear()
    assert staff.get(admin_url(row)).status_code == 404


def test_a_store_that_falters_is_asked_again(s3: S3Server, staff: Client) -> None:
    row = send_file()
    s3.faults.append(503)
    row = fetch(row, FakeSource())
    assert (row.state, list(s3.objects)) == ("stored", [row.file.name])
    assert s3.seen == ["PUT", "PUT"]

    s3.faults.append(500)
    assert b"".join(staff.get(admin_url(row))) == JPEG


def test_a_store_that_is_away_loses_nothing(
    s3: S3Server, staff: Client, settings: Settings
) -> None:
    """It hangs: the fetch ends in time and is done again later, without a trace of the first."""
    keep_in(s3, settings, tries=1)
    row, source = send_file(), FakeSource()
    s3.faults.append(HANG)
    started = time.monotonic()

    row = fetch(row, source)

    assert time.monotonic() - started < s3_server.HANGS_FOR / 2
    assert (row.state, row.problem, row.attempt) == ("pending", "", 1)
    assert row.fetch_after == NOW + media.FIRST_PAUSE
    row = fetch(row, source, now=NOW + timedelta(minutes=1))
    assert (row.state, s3.objects) == ("stored", {row.file.name: JPEG})

    s3.faults.extend([HANG, 503])
    for url in (admin_url(row), reverse("api-attachment", args=[row.pk])):
        answer = staff.get(url)
        assert answer.status_code == 503
        assert (answer.headers["Retry-After"], s3.url in answer.content.decode()) == ("10", False)


def test_a_store_that_breaks_off_is_away(s3: S3Server, settings: Settings, staff: Client) -> None:
    keep_in(s3, settings, tries=1)
    row = fetch(send_file(), FakeSource())
    s3.faults.extend([CUT, CUT])
    answer = staff.get(admin_url(row))
    assert answer.status_code == 503


def test_a_refused_key_is_told_without_it(s3: S3Server, settings: Settings) -> None:
    keep_in(s3, settings, access_key="wrong-key")

    with pytest.raises(StorageDownError, match=r"^the store answered HTTP 403$"):
        default_storage.save("attachments/x", ContentFile(b"x"))
    with pytest.raises(StorageDownError):
        default_storage.delete("attachments/x")
    assert s3.objects == {}


def test_the_doctor_tries_the_store(s3: S3Server, settings: Settings) -> None:
    settings.MEDIA_STORAGE = "s3"
    names = ("S3_ENDPOINT_URL", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
    for name in (*names, "S3_REGION"):
        setattr(settings, name, "x")
    (found,) = files.files_section()
    assert (found.level, s3.objects) == ("OK", {})
    assert s3.seen[0] == "PUT"
    assert s3.seen[-1] == "DELETE"
    s3.faults.extend([403])
    (found,) = files.files_section()
    assert (found.level, found.text) == ("FAIL", "cannot be kept: the store answered HTTP 403")
    assert "S3_BUCKET" in found.fix
    settings.S3_BUCKET = ""
    (found,) = files.files_section()
    assert "S3_BUCKET missing" in found.text


def test_the_doctor_tries_the_disk(media_folder: Path) -> None:
    (found,) = files.files_section()
    assert found.level == "OK"
    assert [path for path in media_folder.rglob("*") if path.is_file()] == []
