"""No page is wider than a phone, in either language, with every kind of row on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser

from conversations.models import Conversation, HandoffReason, Mode
from tests.conversations.admin import rows
from tests.conversations.admin.office import Office
from tests.conversations.admin.test_queries import PAGES, make_more, name_of

if TYPE_CHECKING:
    from tests.conftest import Lend

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

PHONE = 390
STYLE = re.compile(r'<link rel="stylesheet"[^>]*href="/static/([^"]+\.css)"[^>]*>')
SCRIPT = re.compile(r"<script[^>]*>.*?</script>", re.DOTALL)
WIDTH = "document.documentElement.scrollWidth"
LONG = "Quiero hablar con una persona: mi factura del mes pasado salió mal y nadie me contesta. "
NOT_PAGES = (
    "jsi18n/",
    "autocomplete/",
    "/attachment/",
    "/fragment/",
    "history/",
    "auth/",
    "/user/",
    "password",
    "/delete/",
)


def page_files(found: re.Match[str]) -> str:
    path = finders.find(re.sub(r"\.[0-9a-f]{12}\.css$", ".css", found[1]))
    assert isinstance(path, str), found[1]
    return f"<style>{Path(path).read_text()}</style>"


def shown(office: Office, language: str) -> dict[str, str]:
    """Every page with its styles inside and without scripts: nothing is left to load."""
    client = Client(headers={"accept-language": language})
    client.force_login(office.staff["superuser"])
    pages = {}
    for call in PAGES:
        if not any(part in call.route for part in NOT_PAGES):
            html = client.get(office.url(call), office.data(call)).content.decode()
            pages[name_of(call)] = SCRIPT.sub("", STYLE.sub(page_files, html))
    return pages


def widths(browser: Browser, pages: dict[str, str]) -> dict[str, int]:
    page = browser.new_page(viewport={"width": PHONE, "height": 844})
    found = {}
    for name, html in pages.items():
        page.set_content(html, wait_until="domcontentloaded")
        found[name] = int(page.evaluate(WIDTH))
    page.close()
    return found


def test_no_page_of_the_admin_is_wider_than_a_phone(office: Office, lend_browser: Lend) -> None:
    make_more(office, range(2))
    waiting = Conversation.objects.get(pk=office.keys["conversations/conversation"])
    rows.make_message(waiting, LONG * 4)
    Conversation.objects.filter(pk=waiting.pk).update(
        mode=Mode.STAFF, handoff_reason=HandoffReason.ASKED, handoff_at=rows.now()
    )
    pages = {
        f"{name} in {language}": html
        for language in ("es", "en")
        for name, html in shown(office, language).items()
    }
    # Not before: under Playwright's event loop the database is another.
    with lend_browser() as browser:
        found = widths(browser, pages)
    assert {name: width for name, width in found.items() if width > PHONE} == {}
