"""Ads, the window and prices, as staff see them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from conversations.models import Author, Conversation, Lead, Message, Touch
from tests.conversations.admin import rows


@pytest.fixture
def conversation(db: None) -> Conversation:
    return rows.make_conversation(1, name="Marta", source="ad", source_id="120")


def make_touch(conversation: Conversation, number: int = 0, **fields: str) -> Touch:
    said = {"source": "ad", "source_id": "120", "headline": f"Oferta {number}"}
    return Touch.objects.create(
        lead=conversation.lead,
        message=rows.make_message(conversation),
        occurred_at=rows.now() - timedelta(hours=number),
        **(said | fields),
    )


def thread_of(client: Client, conversation: Conversation) -> str:
    url = reverse("admin:conversations_conversation_thread", args=[conversation.pk])
    return client.get(url).content.decode()


def lead_page(client: Client, conversation: Conversation) -> str:
    url = reverse("admin:conversations_lead_change", args=[conversation.lead_id])
    return client.get(url).content.decode()


def test_clicks_newest_first_with_all_that_tells_them_apart(
    admin_page: Client, conversation: Conversation
) -> None:
    for number in (2, 1, 0):
        make_touch(conversation, number, ctwa_clid=f"ARAk-{number}", source_url="https://fb.me/x")
    for page in (thread_of(admin_page, conversation), lead_page(admin_page, conversation)):
        shown = [page.index(f"Oferta {number}") for number in range(3)]
        assert shown == sorted(shown)
        assert "ARAk-2" in page
        assert page.count("the first") == 1
        assert page.count('href="https://fb.me/x" target="_blank" rel="noopener') == 3


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", " https://x", "data:text/html,x", "//evil.example", "JAVASCRIPT:x"],
)
def test_an_address_that_is_none_is_no_link(
    admin_page: Client, conversation: Conversation, url: str
) -> None:
    make_touch(conversation, source_url=url, headline="<script>x</script>", ctwa_clid='"><b>')
    page = thread_of(admin_page, conversation)
    assert "Open the ad" not in page
    assert url not in page
    assert "<script>x" not in page
    assert '"><b>' not in page


def test_leads_of_one_ad_are_a_link_away(admin_page: Client, conversation: Conversation) -> None:
    make_touch(conversation)
    rows.make_conversation(2, name="Otra", source="ad", source_id="121")
    listed = reverse("admin:conversations_lead_changelist")
    assert f"{listed}?ad=120" in thread_of(admin_page, conversation)
    found = admin_page.get(listed, {"ad": "120"}).content.decode()
    assert "Marta" in found
    assert "Otra" not in found
    assert "By ad or post" in found
    assert "By ad or post" not in admin_page.get(listed).content.decode()


@pytest.mark.parametrize(("minutes", "closing"), [(119, True), (121, False)])
def test_a_window_that_closes_soon_looks_it(
    admin_page: Client, conversation: Conversation, minutes: int, closing: bool
) -> None:
    Conversation.objects.update(
        window_expires_at=rows.now() + timedelta(minutes=minutes, seconds=30)
    )
    page = thread_of(admin_page, conversation)
    assert "The window closes in" in page
    assert ("window-closing" in page) is closing


def test_who_opted_out_is_told_how_it_ends(admin_page: Client, conversation: Conversation) -> None:
    Lead.objects.update(opted_out_at=rows.now())
    page = thread_of(admin_page, conversation)
    assert "when they write ALTA" in page
    assert '<textarea id="text"' in page
    assert "disabled" in page.split('<textarea id="text"')[1].split(">")[0]


def test_a_closed_window_offers_the_call(admin_page: Client, conversation: Conversation) -> None:
    Conversation.objects.update(window_expires_at=rows.now())
    assert f'href="tel:{conversation.lead.phone_number}"' in thread_of(admin_page, conversation)


def test_a_click_of_today_asks_for_an_answer_until_there_is_one(
    admin_page: Client, conversation: Conversation
) -> None:
    make_touch(conversation, 3)
    assert "72 hours can be free of charge" in thread_of(admin_page, conversation)
    rows.make_message(conversation, "Con gusto", author=Author.BOT)
    assert "free of charge" not in thread_of(admin_page, conversation)
    Conversation.objects.update(free_entry_until=rows.now() + timedelta(hours=70))
    assert "free of charge until" in thread_of(admin_page, conversation)


@pytest.mark.parametrize("fields", [{"source": "post"}, {}])
def test_no_other_click_promises_anything(
    admin_page: Client, conversation: Conversation, fields: dict[str, str]
) -> None:
    make_touch(conversation, 3 if fields else 25, **fields)
    assert "free of charge" not in thread_of(admin_page, conversation)


def test_prices_at_the_messages_and_their_sum_in_the_panel(
    admin_page: Client, conversation: Conversation, settings: Settings
) -> None:
    for cost in (Decimal("0.0085"), Decimal(0), None):
        message = rows.make_message(conversation, "Hola", author=Author.BOT)
        Message.objects.filter(pk=message.pk).update(price_category="service", cost=cost)
    page = thread_of(admin_page, conversation)
    assert page.count('<span class="price">Service</span>') == 3
    assert "<dt>Cost</dt>" not in page
    settings.WHATSAPP_PRICES = "service=0.0085"
    page = thread_of(admin_page, conversation)
    assert "Service · 0.0085 USD" in page
    assert "Service · free of charge" in page
    assert "<dt>Cost</dt><dd>0.0085 USD for 2 messages" in page


@pytest.mark.parametrize(("source", "words"), [("ad", "from the ad"), ("post", "from the post")])
def test_the_message_of_a_click_is_marked(
    admin_page: Client, conversation: Conversation, source: str, words: str
) -> None:
    referral = {"source_type": source, "headline": "Techo <solar>"}
    rows.make_message(conversation, content={"referral": referral})
    page = thread_of(admin_page, conversation)
    assert f"Came {words}" in page
    assert "Techo &lt;solar&gt;" in page
