"""Files in the thread: attached by staff, played in parts; and what messages hold besides words."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conversations.admin.contents import Line, contents_of
from conversations.admin.labels import FactLabel
from conversations.models import Attachment, Author, Conversation, Message
from tests.conversations.admin import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_folder")]

PDF = b"%PDF-1.7\n1 0 obj\n"
OPUS = b"OggS\x00\x02" + b"\x00" * 20 + b"\x01\x13OpusHead\x01"
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def conversation(db: None) -> Conversation:
    return rows.make_conversation(1)


def press_send(page: Client, conversation: Conversation, name: str, body: bytes, text: str) -> Any:
    url = reverse("admin:conversations_conversation_act", args=[conversation.pk, "send"])
    upload = SimpleUploadedFile(name, body, "image/jpeg")
    return page.post(url, {"text": text, "file": upload}, follow=True)


def thread_of(page: Client, conversation: Conversation) -> str:
    url = reverse("admin:conversations_conversation_thread", args=[conversation.pk])
    return page.get(url).content.decode()


def test_a_file_is_queued_with_its_caption(sales_page: Client, conversation: Conversation) -> None:
    press_send(sales_page, conversation, "a.final", PDF, "Mira")
    message = Message.objects.get(author=Author.STAFF)
    row = message.attachments.get()
    assert (message.kind, message.text, message.state) == ("document", "Mira", "queued")
    assert (row.filename, row.mime_type) == ("a.pdf", "application/pdf")
    assert "a.pdf" in thread_of(sales_page, conversation)


@pytest.mark.parametrize(
    ("name", "body", "text", "why"),
    [
        ("logo.svg", b"<svg onload=alert(1)>", "Hola", "does not take this file"),
        ("a.jpg", b"", "Hola", "does not take this file"),
        ("a.jpg", b"\xff\xd8\xff" + b"x" * (5 * 1024 * 1024), "Hola", "at most 5.0"),
        ("a.pdf", PDF, "x" * 1025, "at most 1,024 characters"),
        ("a.ogg", OPUS, "Hola", "no text with a sound"),
    ],
    ids=range(5),
)
def test_a_refused_file_says_why_and_keeps_the_words(
    sales_page: Client, conversation: Conversation, name: str, body: bytes, text: str, why: str
) -> None:
    page = press_send(sales_page, conversation, name, body, text).content.decode()
    assert why in page
    assert text in page
    assert not Attachment.objects.exists()


@pytest.fixture
def video(conversation: Conversation) -> Attachment:
    message = rows.make_message(conversation, "", kind="video")
    row = rows.make_file(message, mime_type="video/mp4", state="stored", size=10)
    row.file.save("x", ContentFile(b"0123456789"))
    return row


@pytest.mark.parametrize(
    ("wanted", "status", "body", "content_range"),
    [
        ("bytes=0-", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("lines=0-1", 200, b"0123456789", None),
    ],
)
def test_players_ask_for_parts(
    sales_page: Client,
    video: Attachment,
    wanted: str,
    status: int,
    body: bytes,
    content_range: str | None,
) -> None:
    url = reverse(
        "admin:conversations_conversation_attachment",
        args=[video.message.conversation_id, video.pk],
    )
    response = sales_page.get(url, headers={"range": wanted})
    assert (response.status_code, response.headers.get("Content-Range")) == (status, content_range)
    assert response.getvalue() == body
    if status == 206:
        assert response.headers["Content-Length"] == str(len(body))
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Type"] == "video/mp4"


def test_a_reaction_stands_at_its_message(sales_page: Client, conversation: Conversation) -> None:
    asked = rows.make_message(conversation, "¿Precio?")
    about: dict[str, Any] = {"kind": "reaction", "content": {"target": asked.provider_message_id}}
    rows.make_message(conversation, "👍", **about)
    assert "👍" in thread_of(sales_page, conversation)
    rows.make_message(conversation, "❤️", **about)
    page = thread_of(sales_page, conversation)
    assert "❤️" in page
    assert "👍" not in page
    assert page.count("<article") == 1
    rows.make_message(conversation, "", **about)
    assert "❤️" not in thread_of(sales_page, conversation)


def test_what_is_about_nothing_here_is_still_shown(
    sales_page: Client, conversation: Conversation
) -> None:
    for kind in ("reaction", "edit", "revoke"):
        rows.make_message(conversation, f"{kind} 🔥", kind=kind, content={"target": "wamid.other"})
    page = thread_of(sales_page, conversation)
    assert page.count("belongs to a message that is not here") == 3
    assert page.count("🔥") == 3


CONTENTS: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "location",
        {"latitude": 19.4, "longitude": -99.1, "name": EVIL, "address": "Av. Juárez"},
        ["query=19.400000%2C-99.100000", "Av. Juárez"],
    ),
    (
        "contacts",
        {"contacts": [{"name": {"formatted_name": "Raúl"}, "phones": [{"phone": "+52 1"}]}]},
        ["Raúl", "+52 1"],
    ),
    (
        "order",
        {"product_items": [{"product_retailer_id": "P-1", "quantity": 2, "item_price": "9"}]},
        ["P-1", "Quantity: 2 · 9"],
    ),
    (
        "flow_reply",
        {
            "answers": {
                "flow_token": "secreto",
                "city_name": "León",
                "tags": ["a1", "b2"],
                "screen_0_How_was_it_0": "0_Very_good",
            }
        },
        ["City name", "León", "a1", "b2", ">How was it<", ">Very good<"],
    ),
    ("system", {"type": "user_changed_number", "wa_id": "525512345678"}, ["+525512345678."]),
    ("system", {"type": "user_changed_user_id", "wa_id": []}, ["gave this person a new id"]),
    ("list_reply", {"list_reply": {"title": "Jue 10:00", "description": "30 min"}}, ["30 min"]),
    ("text", {"forwarded": True}, ["Forwarded"]),
    ("text", {"group": True}, ["does not answer there"]),
    ("text", {"referral": {"headline": EVIL}}, ["Came from the ad"]),
    ("unsupported", {"type": "unsupported"}, ["Ask for it as text"]),
    ("voice", {}, ["the agent could not hear it"]),
]


def test_every_kind_shows_what_it_holds(sales_page: Client, conversation: Conversation) -> None:
    for kind, content, _words in CONTENTS:
        rows.make_message(conversation, "", kind=kind, content=content)
    page = thread_of(sales_page, conversation)
    for _kind, _content, words in CONTENTS:
        assert [word for word in words if word not in page] == []
    assert EVIL not in page
    assert "secreto" not in page


def test_a_form_that_asks_what_the_playbook_asks_speaks_as_it_does() -> None:
    names = {"need": FactLabel("Where it's for", {"home": "My home"})}
    form = Message(kind="flow_reply", content={"answers": {"need": "home", "city": True}})
    assert contents_of(form, names).lines == (
        Line("Where it's for", ("My home",)),
        Line("City", ("–",)),
    )


JUNK: list[Any] = [None, [], {}, "x", True, [None], {"name": []}, 1e999, "nan", "9" * 400]


@pytest.mark.parametrize("kind", ["location", "contacts", "order", "flow_reply", "list_reply"])
@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_content_of_another_shape_is_left_out(kind: str, junk: Any) -> None:
    names = (
        "latitude longitude name address contacts product_items answers list_reply referral "
        "referred_product target forwarded"
    )
    for content in (junk, dict.fromkeys(names.split(), junk)):
        assert contents_of(Message(kind=kind, content=content), {}).place is None
    for part in ("contacts", "product_items"):
        contents_of(Message(kind=kind, content={part: [{"name": junk, "phones": junk}]}), {})
