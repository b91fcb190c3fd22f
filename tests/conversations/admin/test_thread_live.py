"""The thread in a real browser: live, by keyboard, without a word in the console."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import FilePayload, Page, expect
from pytest_django.live_server_helper import LiveServer

from conversations.models import Author, Conversation, Message
from tests.conversations.admin import rows

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PAYLOAD = "<img src=x onerror=\"document.title='pwned'\">"


@pytest.fixture
def complaints(page: Page) -> list[str]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.fixture
def conversation() -> Conversation:
    conversation = rows.make_conversation(1, name=PAYLOAD)
    rows.make_message(conversation, PAYLOAD)
    return conversation


@pytest.fixture
def opened(page: Page, live_server: LiveServer, conversation: Conversation) -> Page:
    client = Client()
    client.force_login(rows.make_user("carla", is_superuser=True))
    cookie = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": cookie, "url": live_server.url}])
    url = reverse("admin:conversations_conversation_thread", args=[conversation.pk])
    page.goto(f"{live_server.url}{url}")
    return page


def test_a_reply_by_keyboard_and_what_comes_in_meanwhile(
    opened: Page, conversation: Conversation, complaints: list[str]
) -> None:
    opened.fill("#text", "Con gusto te ayudo")
    opened.press("#text", "Control+Enter")
    bubble = opened.locator("article.by-staff")
    expect(bubble).to_contain_text("Con gusto te ayudo")
    expect(opened.locator("#text")).to_have_value("")
    expect(opened.locator("#status")).to_contain_text("Equipo")
    rows.make_message(conversation, "Gracias, espero")
    expect(opened.locator("article.by-lead").last).to_contain_text("Gracias, espero")
    Message.objects.filter(author=Author.STAFF).update(state="read")
    expect(bubble.locator(".tick-read")).to_have_attribute("title", "Leído")
    assert opened.title() != "pwned"
    assert complaints == []


def test_who_looks_has_read_it(opened: Page, conversation: Conversation) -> None:
    expect(opened.locator("#status form")).to_have_count(0)
    conversation.refresh_from_db()
    assert conversation.unread_count == 0
    Conversation.objects.filter(pk=conversation.pk).update(unread_count=2)
    rows.make_message(conversation, "¿Siguen ahí?")
    expect(opened.locator("article.by-lead").last).to_contain_text("¿Siguen ahí?")
    expect(opened.locator("#status form")).to_have_count(0)
    conversation.refresh_from_db()
    assert conversation.unread_count == 0


def test_by_keyboard_one_never_loses_ones_place(opened: Page, conversation: Conversation) -> None:
    failed = rows.make_message(
        conversation, "Te llamo", author=Author.STAFF, state="failed", send_token=uuid4()
    )
    bubble = opened.locator(f"#m-{failed.pk}")
    bubble.get_by_role("button", name="Reintentar").press("Enter")
    expect(bubble.locator(".problem")).to_have_count(0)
    expect(bubble).to_be_focused()
    opened.locator("#holder button").press("Enter")
    expect(opened.locator("#holder button")).to_have_text("Devolver al agente")
    expect(opened.locator("#holder button")).to_be_focused()
    opened.locator(".skip-to-reply").press("Enter")
    expect(opened.locator("#text")).to_be_focused()


def test_a_quoted_reply(opened: Page, conversation: Conversation) -> None:
    opened.click("article.by-lead button[data-quote]")
    opened.fill("#text", "A esto")
    opened.click("#composer button[type=submit]")
    expect(opened.locator("article.by-staff blockquote")).to_contain_text("<img src=x")
    expect(opened.locator(".quoting")).to_be_hidden()


def test_a_file_taken_off_takes_no_words_with_it_and_two_presses_send_once(
    opened: Page, conversation: Conversation
) -> None:
    text, attached = opened.locator("#text"), opened.locator(".attached")
    text.fill("Primero\n\nSegundo")
    plan = FilePayload(name="plano.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7\n")
    opened.set_input_files("#file", plan)
    expect(text).to_be_focused()
    text.press("Escape")
    expect(attached).to_contain_text("plano.pdf · 1 kB")
    attached.get_by_role("button", name="No enviar el archivo").click()
    expect(attached).to_contain_text("plano.pdf · quitado")
    attached.get_by_role("button", name="Volver a adjuntarlo").click()
    expect(attached).to_contain_text("plano.pdf · 1 kB")
    attached.get_by_role("button", name="No enviar el archivo").click()
    text.press("Control+Enter")
    text.press("Control+Enter")
    expect(opened.locator("article.by-staff")).to_contain_text("Segundo")
    expect(attached).to_be_hidden()
    assert Message.objects.get(author=Author.STAFF).text == "Primero\n\nSegundo"


def test_what_cannot_be_sent_stays_in_the_box(opened: Page, conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(
        window_expires_at=rows.now() - timedelta(minutes=1)
    )
    opened.fill("#text", "Demasiado tarde")
    opened.press("#text", "Control+Enter")
    expect(opened.locator("#notice")).to_contain_text("ventana de 24 horas")
    expect(opened.locator("#window-news")).to_contain_text("ventana de 24 horas")
    expect(opened.locator("#text")).to_have_value("Demasiado tarde")
    expect(opened.locator("#text")).to_be_disabled()


def test_take_over_and_give_back(opened: Page, conversation: Conversation) -> None:
    opened.click("#holder button")
    expect(opened.locator("#holder button")).to_have_text("Devolver al agente")
    opened.click("#holder button")
    expect(opened.locator("#holder button")).to_have_text("Tomar la conversación")
