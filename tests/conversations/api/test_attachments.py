"""Leads' files through the API: for who sees the conversation, and harmless in a browser."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import Conversation
from tests.conversations.api.world import (
    client_of,
    make_conversation,
    make_file,
    make_manager,
    make_message,
    make_sales,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_folder")]
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 20


@pytest.fixture
def conversation() -> Conversation:
    return make_conversation(make_sales())


def test_a_message_says_where_its_file_is(conversation: Conversation) -> None:
    message = make_message(conversation)
    stored = make_file(message, PNG, mime_type="image/png", filename="techo.png")
    make_file(message, state="pending")
    client = client_of(make_manager())
    path = f"/api/v1/conversations/{conversation.pk}/messages"
    urls = [file["url"] for file in client.get(path).json()["results"][0]["attachments"]]
    assert urls == [f"/api/v1/attachments/{stored.pk}", None]
    answer = client.get(urls[0])
    assert b"".join(answer) == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'attachment; filename="techo.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.html", 'filename="a.html.txt"'),
        ("../../etc/passwd", 'filename="passwd"'),
        ('x"\r\nSet-Cookie: a=1.pdf', 'filename="x\\"Set-Cookie: a=1.pdf"'),
        ("\u202efdp.exe", 'filename="fdp.exe.txt"'),
    ],
)
def test_what_could_run_comes_as_bytes(conversation: Conversation, name: str, kept: str) -> None:
    body = b"<script>alert(1)</script>"
    row = make_file(make_message(conversation), body, filename=name, mime_type="text/html")
    answer = client_of(make_manager()).get(f"/api/v1/attachments/{row.pk}")
    assert b"".join(answer) == body
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert kept in answer["Content-Disposition"]
    assert "Set-Cookie" not in answer.headers
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("accept", ["application/pdf", "image/*;q=0.8", "*/*"])
def test_clients_may_ask_for_any_type(conversation: Conversation, accept: str) -> None:
    row = make_file(make_message(conversation))
    answer = client_of(make_manager()).get(f"/api/v1/attachments/{row.pk}", HTTP_ACCEPT=accept)
    assert b"".join(answer) == b"%PDF-1.7"


def test_what_is_not_here_is_a_problem_document(conversation: Conversation) -> None:
    message = make_message(conversation)
    lost, failed = make_file(message), make_file(message, state="failed")
    lost.file.storage.delete(str(lost.file.name))
    client = client_of(make_manager())
    for row in (lost, failed):
        answer = client.get(f"/api/v1/attachments/{row.pk}", HTTP_ACCEPT="application/pdf")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "not_found"


def test_a_session_is_enough_and_a_colleague_is_not(conversation: Conversation) -> None:
    row = make_file(make_message(conversation))
    for user, status in ((conversation.lead.owner, 200), (make_sales("ben"), 404)):
        browser = Client()
        assert user is not None
        browser.force_login(user)
        answer = browser.get(f"/api/v1/attachments/{row.pk}")
        assert answer.status_code == status
        b"".join(answer)
