"""The thread with a message of every kind, in a browser, at a phone's and at a desktop's width."""

from __future__ import annotations

import base64
import json
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser

from conversations.models import Attachment, Author, Conversation, Message
from conversations.services import inbound
from integrations.messaging import MessageKind
from tests.conversations.admin import rows
from tests.conversations.admin.test_widths import SCRIPT, STYLE, page_files
from tests.conversations.rows import PACE
from tests.conversations.test_pywa_updates import UPDATES, addressed_to_us
from tests.integrations.whatsapp.samples import NOW, read

if TYPE_CHECKING:
    from tests.conftest import Lend

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("media_folder")]

LONG = "https://example.com/" + "x" * 200
PHONE, DESKTOP = 390, 1280
TYPES = {"image": "image/png", "sticker": "image/png", "video": "video/mp4", "audio": "audio/mpeg"}
TYPES |= {"voice": "audio/ogg", "document": "application/pdf"}
BUTTONS = [{"id": "1", "title": "Sí"}, {"id": "2", "title": "x" * 20}]
ROWS = [{"id": "1", "title": "x" * 24, "description": "x" * 72}]
OURS: dict[MessageKind, dict[str, Any]] = {
    MessageKind.BUTTONS: {"options": BUTTONS},
    MessageKind.LIST: {"options": ROWS, "button": "Ver horarios"},
    MessageKind.TEMPLATE: {},
    MessageKind.CONTACT_REQUEST: {},
}
# What a person looking at the thread cannot make out: nothing in it, cut off, or outside the page.
FAULTS = """
    width => [...document.querySelectorAll("article")].filter(article => {
        const box = article.getBoundingClientRect();
        const inside = [...article.querySelectorAll("*")].every(
            part => part.getBoundingClientRect().right <= width);
        const says = article.innerText.trim() || article.querySelector("img, video, audio");
        return !(says && inside && box.height > 20 && box.left >= 0 && box.right <= width);
    }).map(article => article.outerHTML)
"""


def receive_every_kind() -> Conversation:
    """What pywa captured, as one talk: each message with an id and a sender of its own."""
    numbers = count()
    for name, update in UPDATES.items():
        if name.startswith(("message/", "call", "edited", "deleted", "flow", "system", "outgoing")):
            body = json.loads(addressed_to_us(json.loads(json.dumps(update))))
            value = body["entry"][0]["changes"][0]["value"]
            for each in value.get("messages", []):
                each |= {"id": f"wamid.{next(numbers)}", "from": "972987654321"}
                each["from_user_id"] = "US.13491208655302741918"
            value.pop("contacts", None)
            inbound.receive(events=read(body), body=b"{}", pace=PACE, now=NOW)
    return Message.objects.filter(kind=MessageKind.TEXT, author=Author.LEAD)[0].conversation


def every_kind() -> Conversation:
    conversation = receive_every_kind()
    for kind, content in OURS.items():
        rows.make_message(conversation, LONG, kind=kind, author=Author.BOT, content=content)
    Attachment.objects.filter(message__conversation=conversation).delete()
    for message in conversation.messages.filter(kind__in=TYPES):
        fields = {"filename": f"{LONG[8:]}.bin", "mime_type": TYPES[message.kind], "size": 3}
        file = rows.make_file(message, state="stored", transcript=LONG, **fields)
        file.file.save("x", ContentFile(base64.b64decode("AAAA")))
    return conversation


def looked_at(browser: Browser, html: str) -> dict[int, tuple[int, int, list[str]]]:
    """By width: the page's own width, how many messages it shows, and what is wrong with which."""
    found = {}
    for width in (PHONE, DESKTOP):
        page = browser.new_page(viewport={"width": width, "height": 844})
        page.set_content(html, wait_until="domcontentloaded")
        found[width] = (
            int(page.evaluate("document.documentElement.scrollWidth")),
            page.locator("article:visible").count(),
            list(page.evaluate(FAULTS, width)),
        )
        page.close()
    return found


def test_every_kind_can_be_made_out(lend_browser: Lend) -> None:
    conversation = every_kind()
    kinds = set(conversation.messages.values_list("kind", flat=True))
    assert set(MessageKind) - kinds == {MessageKind.REQUEST_WELCOME}
    client = Client(headers={"accept-language": "es"})
    client.force_login(rows.make_user(is_superuser=True))
    url = reverse("admin:conversations_conversation_thread", args=[conversation.pk])
    html = SCRIPT.sub("", STYLE.sub(page_files, client.get(url).content.decode()))
    with lend_browser() as browser:
        found = looked_at(browser, html)
    shown = html.count("<article")
    assert shown > len(MessageKind)
    assert found == {width: (width, shown, []) for width in (PHONE, DESKTOP)}
