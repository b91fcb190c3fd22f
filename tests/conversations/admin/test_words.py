"""What staff read in the place of codes, raw dates and nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from agent.models import AgentRun
from conversations.admin import regions
from conversations.models import Author, Conversation, Meeting, MeetingState, User
from integrations.models import WebhookDelivery
from tests.conversations.admin import rows

pytestmark = pytest.mark.django_db
INBOX = "admin:conversations_conversation_changelist"


def page_of(client: Client, name: str, key: object) -> str:
    return client.get(reverse(f"admin:{name}_change", args=[key])).content.decode()


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        ("America/Mexico_City", "en", "Mexico City (UTC-6)"),
        ("America/Mexico_City", "es", "Ciudad de México (UTC-6)"),
        ("America/Argentina/Buenos_Aires", "es", "Buenos Aires (UTC-3)"),
        ("Asia/Kathmandu", "en", "Kathmandu (UTC+5:45)"),
        ("Mars/Olympus", "en", "Mars/Olympus"),
        ("", "en", ""),
    ],
)
def test_time_zones_in_words(name: str, language: str, words: str) -> None:
    with translation.override(language):
        assert regions.zone_text(name, now=rows.now()) == words


def test_languages_in_words() -> None:
    with translation.override("es"):
        assert [regions.language_text(code) for code in ("es", "xx", "")] == ["Español", "xx", ""]


def test_a_lead_and_a_run_show_no_codes_and_one_style_of_date(admin_page: Client) -> None:
    conversation = rows.make_conversation(1, language="es", time_zone="America/Mexico_City")
    run = rows.make_run(rows.make_message(conversation), rows.make_version())
    lead = {"time_zone": "America/Mexico_City", "time_zone_certain": False}
    context = {"lead": lead, "inbound": [{"text": "", "kind": "image"}]}
    AgentRun.objects.filter(pk=run.pk).update(context=context)
    lead_page = page_of(admin_page, "conversations_lead", conversation.lead_id)
    assert "<dd>Spanish</dd>" in lead_page
    assert "<dd>Mexico City (UTC-6)</dd>" in lead_page
    assert "a.m." not in lead_page
    assert "p.m." not in lead_page
    run_page = page_of(admin_page, "agent_agentrun", run.pk)
    assert "<dd>Mexico City (UTC-6), guessed from the phone number</dd>" in run_page
    assert '<span class="text">Image</span>' in run_page


def test_a_cancelled_meeting_says_who_when_and_why(admin_page: Client, salesperson: User) -> None:
    lead = rows.make_conversation(1).lead
    meeting = rows.make_meeting(lead, rows.make_salesperson(salesperson))
    assert "Cancelled by" not in page_of(admin_page, "conversations_meeting", meeting.pk)
    Meeting.objects.update(
        state=MeetingState.CANCELLED,
        cancelled_by="lead",
        cancel_comment="Can't make it",
        ended_at="2026-11-23T20:05:00Z",
    )
    page = page_of(admin_page, "conversations_meeting", meeting.pk)
    assert "Lead · Mon 23 Nov 2026, 14:05" in page
    assert "Can&#x27;t make it" in page


def test_who_waits_is_shown_with_their_own_last_words(admin_page: Client) -> None:
    conversation = rows.make_conversation(3)
    rows.make_message(conversation, "I want to talk to somebody")
    rows.make_message(conversation, "Of course", author=Author.BOT)
    Conversation.objects.update(last_message_text="Of course")
    waiting = admin_page.get(reverse(INBOX)).context["waiting"]
    assert [line["words"] for line in waiting] == ["I want to talk to somebody"]
    rows.make_message(conversation, "User identity changed", kind="system")
    waiting = admin_page.get(reverse(INBOX)).context["waiting"]
    assert [line["words"] for line in waiting] == ["I want to talk to somebody"]
    rows.make_message(conversation, "", kind="voice")
    waiting = admin_page.get(reverse(INBOX)).context["waiting"]
    assert [line["words"] for line in waiting] == ["Voice message"]


def test_a_sound_delivery_has_no_none_and_a_button_that_replays_it(admin_page: Client) -> None:
    body = b'{"object": "whatsapp_business_account", "entry": []}'
    delivery = rows.make_delivery(body, counts={})
    page = page_of(admin_page, "integrations_webhookdelivery", delivery.pk)
    assert "None" not in page
    url = reverse("admin:integrations_webhookdelivery_replay", args=[delivery.pk])
    assert f'action="{url}"' in page
    assert admin_page.get(url).status_code == 405
    assert WebhookDelivery.objects.get().replayed_at is None
    answer = admin_page.post(url, follow=True)
    assert "1 delivery replayed." in answer.content.decode()
    assert WebhookDelivery.objects.get().replayed_at is not None
    missing = reverse("admin:integrations_webhookdelivery_replay", args=[delivery.pk + 1])
    assert admin_page.post(missing).status_code == 404
