"""Leads' files: fetched once, kept under random names, given up in the end; and their names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations import queue
from conversations.models import Attachment, Conversation, User
from conversations.services import file_safety, inbound, media
from integrations import conf, http
from integrations.messaging import (
    InboundMessage,
    Media,
    MediaError,
    MediaFile,
    MediaProblem,
    MessageKind,
    Sender,
    WebhookEvents,
)
from integrations.simulator import media as simulated_media
from integrations.whatsapp.media import WhatsAppMedia
from tests.conversations.rows import NOW, PACE

JPEG = b"\xff\xd8\xff\xe0" + b"j" * 300
SHA = hashlib.sha256(JPEG).hexdigest()


class FakeSource:
    """Gives one file, or fails as told; counts."""

    def __init__(
        self,
        body: bytes = JPEG,
        mime_type: str = "image/jpeg",
        error: MediaError | None = None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        self.body, self.mime_type, self.error = body, mime_type, error
        self.meanwhile = meanwhile
        self.calls = 0

    def fetch(self, provider_media_id: str, *, sha256: str, into: IO[bytes]) -> MediaFile:
        self.calls += 1
        self.meanwhile()
        if self.error:
            raise self.error
        into.write(self.body)
        digest = hashlib.sha256(self.body).hexdigest()
        return MediaFile(self.mime_type, len(self.body), digest)


@pytest.fixture(autouse=True)
def media_root(media_folder: Path) -> Path:
    return media_folder


def send_file(filename: str = "casa.jpg", mime_type: str = "image/jpeg") -> Attachment:
    message = InboundMessage(
        provider_message_id="wamid.file",
        sender=Sender(phone="5215550101234"),
        kind=MessageKind.IMAGE,
        occurred_at=NOW,
        media=(Media("123", mime_type=mime_type, filename=filename),),
    )
    inbound.receive(events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=NOW)
    return Attachment.objects.get()


def fetch(row: Attachment, source: FakeSource, *, now: datetime = NOW) -> Attachment:
    media.fetch(attachment_id=row.pk, source=source, clock=lambda: now)
    return Attachment.objects.get(pk=row.pk)


def stored_files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_a_file_is_fetched_once_under_a_random_name(media_root: Path) -> None:
    source = FakeSource()

    row = fetch(send_file("../../etc/passwd.jpg"), source)
    fetch(row, source)

    assert source.calls == 1
    assert (row.state, row.mime_type, row.size, row.sha256) == (
        "stored",
        "image/jpeg",
        len(JPEG),
        SHA,
    )
    assert re.fullmatch(r"attachments/[0-9a-f]{32}", row.file.name or "")
    assert [path.read_bytes() for path in stored_files(media_root)] == [JPEG]


@pytest.mark.django_db
def test_a_failure_is_tried_again_later_and_not_for_ever(media_root: Path) -> None:
    source = FakeSource(error=MediaError("HTTP 500", problem=MediaProblem.UNREACHABLE))
    row, now = send_file(), NOW

    for _try in range(20):
        row = fetch(row, source, now=now)
        again = row.fetch_after
        if again is None:
            break
        assert fetch(row, source, now=again - timedelta(seconds=1)).attempt == row.attempt
        assert media.pending(now=now) == []
        now = again
        assert media.pending(now=now) == [row.pk]

    assert source.calls == media.TRIES
    assert (row.state, row.problem, row.file.name) == ("failed", "unreachable", "")
    assert timedelta(hours=12) < now - NOW < timedelta(days=2)
    assert stored_files(media_root) == []


@pytest.mark.django_db
def test_what_can_never_come_is_given_up_at_once() -> None:
    gone = MediaError("no such file", problem=MediaProblem.GONE, permanent=True)

    row = fetch(send_file(), FakeSource(error=gone))

    assert (row.state, row.problem) == ("failed", "gone")


@pytest.mark.django_db
def test_a_dead_worker_leaves_no_file_behind(media_root: Path) -> None:
    """It died after its file was written and before it was noted."""
    row = send_file()

    def die() -> None:
        claimed = Attachment.objects.get(pk=row.pk)
        default_storage.save(claimed.file.name, ContentFile(b"half"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(row, FakeSource(meanwhile=die))
    assert len(stored_files(media_root)) == 1
    assert media.pending(now=NOW) == []

    row = fetch(row, FakeSource(), now=NOW + media.LEASE)

    assert row.state == "stored"
    assert [path.read_bytes() for path in stored_files(media_root)] == [JPEG]


@pytest.mark.django_db
def test_who_lost_the_lease_writes_nothing(media_root: Path) -> None:
    row = send_file()
    later = NOW + media.LEASE

    slow = FakeSource(meanwhile=lambda: fetch_quietly(row, later), body=JPEG + b"slow")
    row = fetch(row, slow)

    assert (row.state, row.sha256, row.attempt) == ("stored", SHA, 2)
    assert [path.read_bytes() for path in stored_files(media_root)] == [JPEG]


def fetch_quietly(row: Attachment, now: datetime) -> None:
    fetch(row, FakeSource(), now=now)


@pytest.mark.parametrize(
    ("head", "declared", "expected"),
    [
        (JPEG[:16], "image/jpeg", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/jpeg", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image/webp", "image/webp"),
        (b"OggS\x00", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"<svg xmlns=", "image/svg+xml", "application/octet-stream"),
        (b"<script>", "image/png", "application/octet-stream"),
        (b"<script>", "audio/ogg", "application/octet-stream"),
        (b"%PDF-1.7", "application/pdf", "application/pdf"),
        (b"", "", "application/octet-stream"),
        (b"x", "text/html\r\nSet-Cookie: a=b", "application/octet-stream"),
    ],
)
def test_the_type_is_what_the_bytes_are(head: bytes, declared: str, expected: str) -> None:
    assert file_safety.true_type(head, declared) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plan.pdf", "plan.pdf"),
        ("Cotización 2026.xlsx", "Cotización 2026.xlsx"),
        ("../../x", "x"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: b=c", "aSet-Cookie: b=c"),
        ("gpj.\u202efdp.exe", "gpj.fdp.exe.txt"),
        ("a.jpg.html", "a.jpg.html.txt"),
        ("logo.SVG", "logo.SVG.txt"),
        ("a.html. ", "a.html.txt"),
        ("a.html\u00a0", "a.html\u00a0.txt"),
        ("a.ht\u200bml", "a.html.txt"),
        ("Precios.library-ms", "Precios.library-ms.txt"),
        ("a.svg\x00.jpg", "a.svg.jpg"),
        ("\u200b\x00", "file"),
        ("..", "file"),
        ("", "file"),
    ],
)
def test_a_name_hides_nothing_and_runs_nothing(name: str, expected: str) -> None:
    assert file_safety.safe_name(name, fallback="file") == expected


def test_a_long_name_keeps_its_ending() -> None:
    assert file_safety.safe_name("x" * 250 + ".pdf", fallback="file").endswith("x.pdf")
    assert len(file_safety.safe_name("x" * 255, fallback="file")) == file_safety.LONGEST_NAME


@pytest.fixture
def staff_page(transactional_db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com", "secret"))
    return client


@pytest.mark.parametrize("name", ["a.jpg.html", "x\r\nX-Evil: 1.jpg", "../../gpj.\u202egnp"])
def test_a_file_of_the_simulator_reaches_staff(
    live_server: LiveServer, settings: Settings, staff_page: Client, name: str
) -> None:
    """From the phone's upload over the simulated Cloud API to the thread."""
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/whatsapp/v26.0"
    held = simulated_media.store(SimpleUploadedFile("a.jpg", JPEG, "image/jpeg"), now=NOW)
    row = send_file(name)
    Attachment.objects.filter(pk=row.pk).update(provider_media_id=str(held.pk))

    # Closed in the end: the live server's thread keeps a database connection with it.
    with http.session() as session:
        source = WhatsAppMedia(conf.whatsapp(), session)
        media.fetch(attachment_id=row.pk, source=source, clock=lambda: NOW)

    row.refresh_from_db()
    assert row.state == "stored"
    thread = Conversation.objects.get()
    page = reverse("admin:conversations_conversation_thread", args=[thread.pk])
    url = reverse("admin:conversations_conversation_attachment", args=[thread.pk, row.pk])
    assert f'<img src="{url}"' in staff_page.get(page).content.decode()
    answer = staff_page.get(url)
    assert b"".join(answer) == JPEG
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "X-Evil" not in answer.headers
    assert "\u202e" not in answer.headers["Content-Disposition"]
    assert Client().get(url).status_code == 302


@pytest.mark.django_db
def test_the_webhook_hints_at_its_files() -> None:
    row = send_file()

    jobs = ProcrastinateJob.objects.filter(task_name=queue.FETCH_MEDIA)
    assert [job.args for job in jobs] == [{"attachment_id": str(row.pk)}]
