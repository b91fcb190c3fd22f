"""A file from the phone's page to the thread: attached by hand, fetched, shown to staff."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations.models import Attachment, Author, Message
from conversations.services import delivery, media
from integrations import conf, http
from integrations.whatsapp.channel import WhatsAppChannel
from integrations.whatsapp.media import WhatsAppMedia
from tests.conversations.admin import rows
from tests.integrations.simulator.world import wait_until_told

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAE0lEQVR4nGP4v4oBiBgYVv0HIgAuigal"
    "Hb8upQAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
ROOF = FilePayload(name="techo.png", mimeType="image/png", buffer=PNG)
PLAN = FilePayload(name="propuesta.png", mimeType="text/html", buffer=PNG)
BILL = FilePayload(name="recibo.pdf", mimeType="application/pdf", buffer=PDF)


@pytest.fixture
def site(live_server: LiveServer, settings: Settings, media_folder: Path) -> Iterator[str]:
    """The phones, our webhook and our admin, all at one address."""
    settings.SIMULATOR_WEBHOOK_URL = f"{live_server.url}/webhook"
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/whatsapp/v26.0"
    yield live_server.url
    wait_until_told()


def attach(page: Page, kind: str, file: FilePayload) -> None:
    page.locator("#attach").click()
    with page.expect_file_chooser() as chooser:
        page.locator(".tile[data-pick]", has_text=kind).click()
    chooser.value.set_files([file])
    expect(page.locator(".bubble").last).to_have_attribute("data-status", "delivered")


def fetch_files() -> None:
    """Do what the worker would."""
    # Closed in the end: the live server's thread keeps a database connection with it.
    with http.session() as session:
        source = WhatsAppMedia(conf.whatsapp(), session)
        for file in media.pending(now=timezone.now()):
            media.fetch(attachment_id=file, source=source, clock=timezone.now)


def answer(page: Page, file: FilePayload, words: str) -> None:
    """As staff: attach, see what is attached, send, see it in the thread."""
    page.locator("#file").set_input_files([file])
    expect(page.locator(".attached")).to_contain_text(file["name"])
    page.locator("#text").fill(words)
    page.locator("#composer [type=submit]").click()
    expect(page.locator("article.by-staff img")).to_be_visible()
    expect(page.locator(".attached")).to_be_hidden()


def send_files() -> None:
    """Do what the worker would."""
    conversation = Message.objects.get(author=Author.STAFF).conversation_id
    with http.session() as session:
        channel = WhatsAppChannel(conf.whatsapp(), session)
        delivery.deliver(
            conversation_id=conversation,
            channel=channel,
            grace=timedelta(seconds=60),
            clock=timezone.now,
        )


def log_in(page: Page, site: str) -> None:
    client = Client()
    client.force_login(rows.make_user("carla", is_superuser=True))
    cookie = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": cookie, "url": site}])


def test_files_arrive_in_the_thread(page: Page, site: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{site}/simulator/")
    attach(page, "Foto", ROOF)
    attach(page, "Documento", BILL)
    expect(page.locator(".bubble img.picture")).to_have_count(1)
    wait_until_told()
    fetch_files()
    image, document = Attachment.objects.order_by("created_at", "id")
    assert (image.state, image.mime_type, image.size) == ("stored", "image/png", len(PNG))
    assert (document.state, document.filename) == ("stored", "recibo.pdf")

    log_in(page, site)
    thread = image.message.conversation_id
    page.goto(site + reverse("admin:conversations_conversation_thread", args=[thread]))
    picture = page.locator("article.by-lead img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 2
    with page.expect_download() as download:
        page.get_by_role("link", name="recibo.pdf").click()
    assert Path(download.value.path()).read_bytes() == PDF
    answer(page, PLAN, "Tu propuesta")
    send_files()
    with page.expect_response(lambda response: response.url.endswith("/seen")):
        page.goto(f"{site}/simulator/")
    expect(page.locator(".bubble img.picture")).to_have_count(2)
    expect(page.locator(".bubble").last).to_contain_text("Tu propuesta")
    wait_until_told()
    assert said == []
    page.goto("about:blank")
