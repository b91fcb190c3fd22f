"""The phone in a real browser: write, tap, choose, from an ad, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from integrations.models import SimulatedPhone
from tests.integrations.misbehaving import Provider
from tests.integrations.simulator.conftest import Cloud
from tests.integrations.simulator.world import (
    buttons,
    rows,
    text,
    values_of,
    wait_until_told,
    written,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """Open a page that must not complain."""
    complaints: list[str] = []
    page = browser.new_page(locale="en-US", reduced_motion="reduce", **options)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    yield page
    # The server's thread still answers the last poll otherwise.
    page.goto("about:blank")
    page.close()
    assert complaints == []


def phone_page(cloud: Cloud) -> str:
    return cloud.url.removesuffix("whatsapp")


def test_a_conversation_by_ad_button_and_list(
    browser: Browser, cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    with opened(browser, phone_page(cloud)) as page:
        page.get_by_role("button", name="Pay less for power").click()
        page.get_by_label("Message", exact=True).press("Enter")
        bubbles = page.locator(".bubble")
        expect(bubbles.first).to_contain_text("From the ad")
        expect(bubbles.first).to_have_attribute("data-status", "delivered")
        cloud.send(to=ana.wa_id, **buttons("Yes", "No"))
        page.get_by_role("button", name="Yes").dblclick()
        expect(page.get_by_role("button", name="No")).to_be_disabled()
        cloud.send(to=ana.wa_id, **rows("Thu 10:00", "Fri 9:00"))
        page.get_by_role("button", name="Ver horarios").press("Enter")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(bubbles.last).to_contain_text("Fri 9:00")
        expect(bubbles.last).to_have_attribute("data-status", "delivered")
    kinds = [
        kind for value in _drain(business) for kind in ("messages", "statuses") if kind in value
    ]
    assert kinds.count("messages") == 3


def test_read_and_typing_show(
    browser: Browser, cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    message = written(ana, at=timezone.now())
    with opened(browser, phone_page(cloud), viewport={"width": 390, "height": 844}) as page:
        cloud.send(status="read", message_id=message.wamid, typing_indicator={"type": "text"})
        expect(page.get_by_role("status").first).to_have_text("typing…")
        expect(page.locator(".bubble")).to_have_attribute("data-status", "read")
        cloud.send(to=ana.wa_id, **text("*Hola* <b>Ana</b>"))
        expect(page.locator(".bubble strong")).to_have_text("Hola")
        expect(page.locator(".bubble b")).to_have_count(0)
        expect(page.get_by_role("status").first).to_have_text("Business account")
        page.get_by_role("button", name="Phones").click()
        page.get_by_text("New phone").click()
        page.get_by_label("Name", exact=True).fill("Luis")
        page.get_by_label("Phone number").fill("+34 600 100 200")
        page.get_by_role("button", name="Create").click()
        expect(page.locator(".whose-handle")).to_have_text("+34600100200")
        expect(page.locator(".bubble")).to_have_count(0)
    values_of(business, count=3)


def test_everything_else_by_plus_and_dots(
    browser: Browser, cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now())
    with opened(browser, phone_page(cloud), viewport={"width": 390, "height": 844}) as page:
        for name, words in (
            ("Location", "Lerma"),
            ("Order", "PANEL-550W"),
            ("Call", "Voice call"),
            ("Sticker", ""),
        ):
            page.get_by_role("button", name="Attach").click()
            page.get_by_role("button", name=name, exact=True).first.click()
            expect(page.locator(".bubble").last).to_contain_text(words)
        expect(page.locator(".sticker")).to_be_visible()
        bubble = page.locator(".bubble").first
        bubble.get_by_role("button", name="More about this message").press("Enter")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(bubble.locator(".reactions")).to_be_visible()
        bubble.get_by_role("button", name="More about this message").click()
        page.get_by_role("button", name="Edit").click()
        page.get_by_label("Message", exact=True).fill("Hola, Sol")
        page.keyboard.press("Enter")
        expect(bubble).to_contain_text("Hola, Sol")
        expect(bubble).to_contain_text("Edited")
        bubble.get_by_role("button", name="More about this message").click()
        page.get_by_role("button", name="Delete for everyone").click()
        expect(bubble).to_contain_text("You deleted this message")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width == 390
    _drain(business)


def _drain(business: Provider) -> list[dict[str, Any]]:
    wait_until_told()
    return values_of(business, count=len(business.seen))
