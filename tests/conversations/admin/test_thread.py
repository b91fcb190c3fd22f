"""The thread: reading it, its 304s, and every button."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from conversations.models import Author, Conversation, Message, Mode, State, User
from conversations.models.ids import uuid7
from tests.conversations.admin import rows


@pytest.fixture
def conversation(db: None) -> Conversation:
    return rows.make_conversation(1, name="Marta")


def _url(conversation: Conversation, page: str = "thread", *more: str) -> str:
    name = f"admin:conversations_conversation_{page}"
    return reverse(name, args=[conversation.pk, *more])


def _press(client: Client, conversation: Conversation, action: str, **data: str) -> Any:
    return client.post(_url(conversation, "act", action), data, follow=True)


def test_it_shows_who_said_what_and_how_far_it_came(
    admin_page: Client, conversation: Conversation
) -> None:
    asked = rows.make_message(conversation, "¿Cuánto cuesta?")
    run = rows.make_run(asked, rows.make_version())
    rows.make_message(
        conversation,
        "Elige un horario",
        author=Author.BOT,
        kind="list",
        state=State.READ,
        turn_id=run.pk,
        turn_index=0,
        content={"button_label": "Horarios", "options": [{"id": "1", "title": "mar 10:00"}]},
    )
    rows.make_message(
        conversation,
        "Te llamo",
        author=Author.STAFF,
        state=State.FAILED,
        error_code=131026,
        in_reply_to=asked.provider_message_id,
    )
    rows.make_file(rows.make_message(conversation, "", kind="document"), filename="menu.pdf")
    page = admin_page.get(_url(conversation)).content.decode()
    run_url = reverse("admin:agent_agentrun_change", args=[run.pk])
    for text in ("¿Cuánto cuesta?", "mar 10:00", "Horarios", "Read", "131026", "menu.pdf", run_url):
        assert text in page
    assert page.count("<blockquote>") == 1
    assert "Retry" in page


def test_reading_it_is_told_by_a_post(sales_page: Client, conversation: Conversation) -> None:
    for page in ("thread", "fragment"):
        assert "Mark as read" in sales_page.get(_url(conversation, page)).content.decode()
    conversation.refresh_from_db()
    assert conversation.unread_count == 1
    page = _press(sales_page, conversation, "read").content.decode()
    conversation.refresh_from_db()
    assert conversation.unread_count == 0
    assert "Mark as read" not in page


def test_older_messages_are_a_page_away(admin_page: Client, conversation: Conversation) -> None:
    for number in range(103):
        rows.make_message(conversation, f"número {number}.")
    page = admin_page.get(_url(conversation))
    assert "número 2." not in page.content.decode()
    before = page.context["thread"].number_before
    older = admin_page.get(_url(conversation), {"before": before}).content.decode()
    assert "número 2." in older
    assert "número 3." not in older


def test_the_fragment_is_304_until_something_moves(
    admin_page: Client, conversation: Conversation
) -> None:
    message = rows.make_message(conversation, "Hola", author=Author.BOT)
    admin_page.get(_url(conversation))
    first = admin_page.get(_url(conversation, "fragment"))
    assert first.status_code == 200
    etag = {"If-None-Match": first.headers["ETag"]}
    again = admin_page.get(_url(conversation, "fragment"), headers=etag)
    assert (again.status_code, again.content) == (304, b"")
    Message.objects.filter(pk=message.pk).update(state=State.DELIVERED)
    assert admin_page.get(_url(conversation, "fragment"), headers=etag).status_code == 200


def test_a_304_never_keeps_another_language(admin_page: Client, conversation: Conversation) -> None:
    admin_page.get(_url(conversation))
    english = admin_page.get(_url(conversation, "fragment"))
    headers = {"If-None-Match": english.headers["ETag"], "accept-language": "es"}
    assert admin_page.get(_url(conversation, "fragment"), headers=headers).status_code == 200


def test_a_reply_is_queued_and_the_agent_steps_back(
    sales_page: Client, salesperson: User, conversation: Conversation
) -> None:
    asked = rows.make_message(conversation, "¿Precio?")
    _press(sales_page, conversation, "send", text="Con gusto", reply_to=str(asked.pk))
    message = Message.objects.get(author=Author.STAFF)
    assert (message.text, message.state, message.staff) == ("Con gusto", State.QUEUED, salesperson)
    assert message.in_reply_to == asked.provider_message_id
    conversation.refresh_from_db()
    assert conversation.mode == Mode.STAFF


def test_a_message_of_another_conversation_cannot_be_quoted(
    sales_page: Client, conversation: Conversation
) -> None:
    foreign = rows.make_message(rows.make_conversation(2), "secreto")
    _press(sales_page, conversation, "send", text="Hola", reply_to=str(foreign.pk))
    assert Message.objects.get(author=Author.STAFF).in_reply_to == ""


@pytest.mark.parametrize(
    ("change", "text", "why"),
    [
        ({"window_expires_at": None}, "Hola", "24-hour window is closed"),
        ({}, "   ", "Write something first"),
        ({}, "x" * 16_385, "at most 16,384 characters"),
    ],
)
def test_a_refused_reply_says_why_and_keeps_the_draft(
    sales_page: Client, conversation: Conversation, change: dict[str, Any], text: str, why: str
) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(**change)
    response = _press(sales_page, conversation, "send", text=text)
    assert why in response.content.decode()
    assert text.strip() in response.content.decode()
    assert not Message.objects.filter(author=Author.STAFF).exists()


def test_the_script_gets_the_reason_as_json(sales_page: Client, conversation: Conversation) -> None:
    conversation.lead.opted_out_at = rows.now()
    conversation.lead.save()
    response = sales_page.post(
        _url(conversation, "act", "send"), {"text": "Hola"}, headers={"accept": "application/json"}
    )
    assert response.status_code == 409
    assert "asked us not to write" in response.json()["error"]


def test_the_page_of_an_opted_out_lead_says_so(
    sales_page: Client, conversation: Conversation
) -> None:
    assert "Opted out" not in sales_page.get(_url(conversation)).content.decode()
    conversation.lead.opted_out_at = rows.now()
    conversation.lead.save()
    page = sales_page.get(_url(conversation)).content.decode()
    assert "Opted out" in page
    assert "asked us not to write" in page
    assert 'data-can-write="no"' in page


def test_take_over_and_give_back(sales_page: Client, conversation: Conversation) -> None:
    _press(sales_page, conversation, "take-over")
    conversation.refresh_from_db()
    assert conversation.mode == Mode.STAFF
    _press(sales_page, conversation, "give-back")
    conversation.refresh_from_db()
    assert conversation.mode == Mode.BOT


@pytest.mark.parametrize(
    ("action", "state"), [("retry", State.QUEUED), ("discard", State.CANCELLED)]
)
def test_a_failed_message_is_retried_or_discarded(
    sales_page: Client, conversation: Conversation, action: str, state: str
) -> None:
    message = rows.make_message(
        conversation, author=Author.STAFF, state=State.FAILED, send_token=uuid4()
    )
    _press(sales_page, conversation, action, message=str(message.pk))
    message.refresh_from_db()
    assert message.state == state
    page = _press(sales_page, conversation, "retry", message=str(uuid7()))
    assert page.status_code == 404


@pytest.mark.parametrize(("code", "offered"), [(131026, True), (130472, False), (100, False)])
def test_what_whatsapp_refuses_every_time_is_not_offered_again(
    sales_page: Client, conversation: Conversation, code: int, offered: bool
) -> None:
    rows.make_message(conversation, author=Author.STAFF, state=State.FAILED, error_code=code)
    page = sales_page.get(_url(conversation)).content.decode()
    assert (">Retry<" in page) is offered
    assert ">Discard<" in page


def test_a_sent_message_cannot_be_retried(sales_page: Client, conversation: Conversation) -> None:
    message = rows.make_message(conversation, author=Author.STAFF, state=State.SENT)
    page = _press(sales_page, conversation, "retry", message=str(message.pk))
    assert "its state changed" in page.content.decode()


def test_buttons_need_post_and_a_known_name(sales_page: Client, conversation: Conversation) -> None:
    assert sales_page.get(_url(conversation, "act", "send")).status_code == 405
    assert sales_page.post(_url(conversation, "act", "erase")).status_code == 404


@pytest.mark.usefixtures("media_folder")
def test_a_file_is_downloaded_and_never_shown(
    sales_page: Client, conversation: Conversation
) -> None:
    message = rows.make_message(conversation, kind="image")
    row = rows.make_file(message, filename="x.html", mime_type="text/html", state="stored")
    row.file.save("x", ContentFile(b"<script>alert(1)</script>"))
    response = sales_page.get(_url(conversation, "attachment", str(row.pk)))
    assert b"".join(response) == b"<script>alert(1)</script>"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")
    other = rows.make_conversation(2)
    assert sales_page.get(_url(other, "attachment", str(row.pk))).status_code == 404


def test_the_change_page_is_the_thread(admin_page: Client, conversation: Conversation) -> None:
    url = reverse("admin:conversations_conversation_change", args=[conversation.pk])
    assert admin_page.get(url).headers["Location"] == _url(conversation)
    missing = reverse("admin:conversations_conversation_change", args=["nonsense"])
    assert admin_page.get(missing).status_code == 404


def test_the_window_tells_its_end(admin_page: Client, conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(
        window_expires_at=rows.now() + timedelta(minutes=95, seconds=30)
    )
    assert "closes in 1 h 35 min" in admin_page.get(_url(conversation)).content.decode()
