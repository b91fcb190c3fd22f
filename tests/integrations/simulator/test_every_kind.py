"""The phone with a message of every kind, in a browser, at a phone's and at a desktop's width."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

import integrations
from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator import media
from integrations.simulator.cloud import statuses
from integrations.simulator.cloud.validation import CHECKS
from integrations.simulator.phone import ads, inbound
from integrations.simulator.phone.acts import EVENTS, MESSAGES, perform
from integrations.simulator.phone.drafts import TARGETS
from tests.integrations.simulator.conftest import Cloud
from tests.integrations.simulator.test_browser import opened, phone_page
from tests.integrations.simulator.test_limits import GOOD
from tests.integrations.simulator.test_phone import QUIET, receive
from tests.integrations.simulator.world import buttons, text, wait_until_told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PHONE, DESKTOP = 390, 1280
LONG = "https://example.com/" + "x" * 200
SAMPLES = Path(integrations.__file__).parent / "static" / "simulator" / "samples"
FILES = {
    "image": ("bill.jpg", "image/jpeg"),
    "sticker": ("sticker.webp", "image/webp"),
    "audio": ("voice.ogg", "audio/ogg"),
    "video": ("roof.mp4", "video/mp4"),
    "document": (f"{'x' * 80}.pdf", "application/pdf"),
}
REMINDER: dict[str, Any] = {
    "name": "recordatorio_cita",
    "language": {"code": "es_MX"},
    "components": [{"type": "body", "parameters": [{"type": "text", "text": "x" * 60}] * 3}],
}
# What each act says instead of its sample: the widest that a person may think of.
SAID = {
    "contact": {"name": "x" * 60},
    "location": {"name": "x" * 60},
    "flow": {"company": "x" * 60},
    "order": {"text": LONG},
}
# They change who the phone is, which reloads the page.
OTHER_IDS = {"hide_number", "show_number", "change_number", "rotate_id"}
# What a person cannot make out, or a screen reader cannot name.
FAULTS = """
    () => {
        const log = document.getElementById("log").getBoundingClientRect();
        const named = part => part.ariaLabel || part.alt || part.innerText.trim();
        const holds = part => {
            const box = part.getBoundingClientRect();
            return box.left >= log.left && box.right <= log.right;
        };
        const plays = part => !part.matches("audio, video") || part.controls;
        return [...document.querySelectorAll(".bubble")].filter(bubble => {
            const parts = [...bubble.querySelectorAll("*")];
            const ways = [...bubble.querySelectorAll("img, audio, video, a, button")];
            const says = bubble.querySelector(".text, .card, .event, .picture, audio, video, a");
            return !(says && says.getBoundingClientRect().height > 15
                && parts.every(holds) && ways.every(named) && ways.every(plays));
        }).map(bubble => bubble.outerHTML);
    }
"""


def an_upload(kind: str) -> SimpleUploadedFile:
    name, mime_type = FILES[kind]
    sample = SAMPLES / name
    body = sample.read_bytes() if sample.exists() else b"x"
    return SimpleUploadedFile(name, body, content_type=mime_type)


def write(phone: SimulatedPhone, words: str, **about: Any) -> SimulatedMessage:
    return inbound.send_text(
        phone=phone, text=words, client_id=uuid4(), now=timezone.now(), **about
    )


def do_everything(ana: SimulatedPhone, asked: str) -> None:
    """All that a person can do on the page."""
    now = timezone.now()
    write(ana, "Hola", referral=ads.all_ads()[0].referral())
    quote, gone = write(ana, LONG, reply_to=asked), write(ana, "Perdón")
    inbound.tap(phone=ana, wamid=asked, option_id="id-Sí", client_id=uuid4(), now=now)
    for kind in FILES:
        inbound.send_file(
            phone=ana,
            upload=an_upload(kind),
            caption=LONG,
            sticker=kind == "sticker",
            client_id=uuid4(),
            now=now,
        )
    about = {
        "react": {"wamid": asked, "emoji": "👍"},
        "edit": {"wamid": quote.wamid, "text": LONG},
        "delete": {"wamid": gone.wamid},
    }
    for act in sorted({*MESSAGES, *EVENTS} - OTHER_IDS):
        perform({"do": act, **(SAID | about).get(act, {})}, phone=ana, now=now)
    perform({"do": "rotate_id"}, phone=ana, now=now)


def every_kind_of_ours(wamid: str) -> Iterator[dict[str, Any]]:
    """All that a business may send, with files that are there and a message to be about."""
    now = timezone.now()
    held = {kind: str(media.store(an_upload(kind), now=now).pk) for kind in FILES}
    for body in [*GOOD, text(LONG), {"type": "template", "template": REMINDER}]:
        file = held.get(body["type"], held["image"])
        words = json.dumps(body).replace('"id": "1"', f'"id": "{file}"')
        yield json.loads(words.replace("wamid.1", wamid))
    for kind in ("video", "document"):
        yield {"type": kind, kind: {"id": held[kind], "caption": LONG}}


def shown_at(page: Page, width: int, bubbles: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    expect(page.locator(".bubble:visible")).to_have_count(bubbles)
    page.wait_for_function("[...document.images].every(picture => picture.complete)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("log.scrollWidth - log.clientWidth") == 0
    assert page.evaluate(FAULTS) == []


def test_every_kind_can_be_made_out(browser: Browser, cloud: Cloud, ana: SimulatedPhone) -> None:
    first = write(ana, "¿?")
    asked = receive(ana, buttons("Sí", "No"))
    for body in every_kind_of_ours(first.wamid):
        receive(ana, body)
    do_everything(ana, asked)
    # Read already: the page says nothing to the server that the test would have to wait for.
    statuses.mark_seen(ana, draw=QUIET, now=timezone.now())
    wait_until_told()
    kinds = set(SimulatedMessage.objects.values_list("type", flat=True))
    assert kinds >= {*CHECKS, *FILES, "order", "button", "unsupported", "call", "system"}
    shown = SimulatedMessage.objects.filter(phone=ana).exclude(type__in=TARGETS).count()
    with opened(browser, phone_page(cloud)) as page:
        for width in (PHONE, DESKTOP):
            shown_at(page, width, shown)
        expect(page.locator("audio")).to_have_count(2)
        expect(page.locator("video")).to_have_count(2)
        expect(page.locator(".sticker")).to_have_count(2)
        expect(page.locator(".reactions")).to_have_count(1)
        expect(page.locator(".quote")).not_to_have_count(0)
        expect(page.get_by_text("You deleted this message")).to_have_count(1)
