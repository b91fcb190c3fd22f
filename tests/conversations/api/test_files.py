"""Files to a lead: as from the admin, once per intention, refused in words a page can show."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from conversations.models import Attachment, Conversation, Message, User
from conversations.services import sendable
from leadbot import uploads
from tests.conversations.api.world import client_of, make_message
from tests.conversations.watching import watch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_folder")]

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 20
MP3 = b"ID3" + b"\x00" * 20


def path_of(conversation: Conversation) -> str:
    return f"/api/v1/conversations/{conversation.pk}/files"


def send(
    client: Client,
    conversation: Conversation,
    body: bytes = PDF,
    *,
    name: str = "recibo.pdf",
    key: str = "",
    **fields: str,
) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    data = {"file": SimpleUploadedFile(name, body), **fields}
    return client.post(path_of(conversation), data, headers=headers)


def kept(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_queued_with_its_caption_and_the_agent_steps_back(
    client: APIClient, conversation: Conversation, manager: User, media_folder: Path
) -> None:
    quoted = make_message(conversation)
    answer = send(
        client, conversation, PNG, name="techo.jpg", caption=" El techo ", reply_to=str(quoted.pk)
    )
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["kind"], shown["text"], shown["state"]) == ("image", "El techo", "queued")
    assert (shown["reply_to"], shown["staff"]["id"]) == (str(quoted.pk), str(manager.pk))
    [file] = shown["attachments"]
    assert (file["kind"], file["mime_type"], file["filename"], file["size"]) == (
        "image",
        "image/png",
        "techo.png",
        len(PNG),
    )
    assert b"".join(client.get(file["url"])) == PNG
    conversation.refresh_from_db()
    assert conversation.mode == "staff"
    assert kept(media_folder) == [PNG]


def test_a_session_with_its_csrf_token_may_send_too(
    conversation: Conversation, manager: User
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(manager)
    assert send(browser, conversation).json()["code"] == "permission_denied"
    token = browser.get("/api/v1/me").cookies["csrf"].value
    data = {"file": SimpleUploadedFile("recibo.pdf", PDF)}
    answer = browser.post(path_of(conversation), data, headers={"X-CSRFToken": token})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("body", "caption", "status", "code"),
    [
        (b"MZ\x90\x00", "", 415, "file_type"),
        (b"plain words", "", 415, "file_name"),
        (b"<html><script>", "", 415, "file_type"),
        (b"\x89PNG\r\n\x1a\n" + b"p" * (5 * sendable.MEGABYTE), "", 413, "file_too_large"),
        (MP3, "Escucha", 400, "caption_on_sound"),
        (PDF, "x" * 1025, 400, "invalid"),
        (b"", "", 400, "invalid"),
    ],
)
def test_what_whatsapp_does_not_take_is_refused(
    client: APIClient,
    conversation: Conversation,
    media_folder: Path,
    body: bytes,
    caption: str,
    status: int,
    code: str,
) -> None:
    name = "recibo.pdf" if code == "file_name" else "recibo"
    answer = send(client, conversation, body, name=name, caption=caption)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json().get("limit") == (5 * sendable.MEGABYTE if status == 413 else None)
    assert not Message.objects.exists()
    assert kept(media_folder) == []


def test_a_form_that_is_too_long_is_refused_before_it_is_read(
    client: APIClient, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    answer = send(client, conversation)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert answer["Content-Type"] == "application/problem+json"


def test_only_forms_are_read(client: APIClient, conversation: Conversation) -> None:
    answer = client.post(path_of(conversation), {"file": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    answer = client.post(path_of(conversation), {"caption": "x"})
    assert answer.json()["errors"][0]["pointer"] == "/file"


def test_a_closed_window_and_an_opt_out_leave_no_file(
    client: APIClient, conversation: Conversation, media_folder: Path
) -> None:
    Conversation.objects.update(window_expires_at=timezone.now())
    assert send(client, conversation, key="one").json()["code"] == "window_closed"
    conversation.lead.opted_out_at = timezone.now()
    conversation.lead.save()
    assert send(client, conversation).json()["code"] == "opted_out"
    assert kept(media_folder) == []
    conversation.lead.opted_out_at = None
    conversation.lead.save()
    Conversation.objects.update(window_expires_at=timezone.now() + timedelta(hours=1))
    assert send(client, conversation, key="one").status_code == 201


def test_the_same_key_sends_once_and_another_file_is_another_request(
    client: APIClient, conversation: Conversation, media_folder: Path
) -> None:
    first, again = (send(client, conversation, key="one") for _copy in range(2))
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    other = send(client, conversation, PNG, key="one")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert kept(media_folder) == [PDF]


def test_a_request_that_lost_its_answer_is_continued(
    client: APIClient, conversation: Conversation, media_folder: Path
) -> None:
    first = send(client, conversation, key="one")
    # What a process leaves that dies between queueing the file and keeping the answer.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE conversations_idempotencykey SET status = NULL")
    Conversation.objects.update(window_expires_at=timezone.now())
    again = send(client, conversation, key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    assert Message.objects.count() == 1
    assert kept(media_folder) == [PDF]


@pytest.mark.django_db(transaction=True)
def test_copies_at_the_same_time_send_once(
    conversation: Conversation, manager: User, media_folder: Path
) -> None:
    copies = 4
    start, answers = threading.Barrier(copies), []

    def post() -> None:
        start.wait()
        try:
            answers.append(send(client_of(manager), conversation, key="one"))
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _copy in range(copies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * copies
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Attachment.objects.count() == 1
    assert kept(media_folder) == [PDF]


def test_the_size_of_a_file_costs_no_queries(client: APIClient, conversation: Conversation) -> None:
    client.get("/api/v1/me")

    def queries(body: bytes) -> int:
        data: Any = {"file": SimpleUploadedFile("recibo.pdf", body)}
        seen = watch(client, path_of(conversation), data, method="post")
        assert seen.response.status_code == 201
        return len(seen.statements)

    send(client, conversation)
    assert queries(PDF) == queries(PDF * 300_000) == 20
