"""Single pages: what they show, who may see them, and that nothing a lead writes runs."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from conversations.admin.system import body_text
from conversations.models import Conversation, Lead, Meeting, MeetingState, User
from integrations.models import WebhookDelivery
from tests.conversations.admin import rows

PAYLOAD = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><b id=pwned>"
TECHNICAL = (
    "integrations_webhookdelivery",
    "integrations_channelstate",
    "conversations_user",
    "conversations_salesperson",
    "conversations_apitoken",
    "auth_group",
)


@pytest.fixture
def everything(salesperson: User) -> dict[str, str]:
    """One row of each kind, all of them hostile; gives the address of each page."""
    conversation = rows.make_conversation(
        3,
        name=PAYLOAD,
        profile_name=PAYLOAD,
        company=PAYLOAD,
        source_headline=PAYLOAD,
        score_lines=[{"key": "budget", "label": PAYLOAD, "points": 5, "quote": PAYLOAD}],
    )
    conversation.last_message_text = PAYLOAD
    conversation.save()
    message = rows.make_message(
        conversation, PAYLOAD, content={"options": [{"title": PAYLOAD, "description": PAYLOAD}]}
    )
    rows.make_message(conversation, author="staff", state="failed", error_text=PAYLOAD)
    rows.make_message(conversation, kind=PAYLOAD[:20], in_reply_to=message.provider_message_id)
    rows.make_file(message, filename=PAYLOAD)
    rows.make_fact(message, PAYLOAD[:60], PAYLOAD, PAYLOAD)
    rows.make_consent(conversation.lead, PAYLOAD)
    rows.make_identity(conversation.lead)
    meeting = rows.make_meeting(conversation.lead, rows.make_salesperson(salesperson))
    run = rows.make_run(message, rows.make_version(), note=PAYLOAD)
    delivery = rows.make_delivery(
        PAYLOAD.encode() + b"\xff", state="rejected", problems=[{"reason": PAYLOAD}]
    )
    ids = {
        "conversations_lead": conversation.lead.pk,
        "conversations_meeting": meeting.pk,
        "agent_agentrun": run.pk,
        "integrations_webhookdelivery": delivery.pk,
    }
    pages = {name: reverse(f"admin:{name}_change", args=[pk]) for name, pk in ids.items()}
    pages |= {f"{name} list": reverse(f"admin:{name}_changelist") for name in ids}
    pages["inbox"] = reverse("admin:conversations_conversation_changelist")
    for page in ("thread", "fragment"):
        name = f"admin:conversations_conversation_{page}"
        pages[page] = reverse(name, args=[conversation.pk])
    return pages


def test_nothing_a_lead_writes_becomes_markup(
    admin_page: Client, everything: dict[str, str]
) -> None:
    for name, url in everything.items():
        response = admin_page.get(url)
        page = response.content.decode()
        assert response.status_code == 200, name
        assert "alert(" in page, f"{name} does not show the payload"
        assert "<script>alert" not in page, name
        assert "<img src=x" not in page, name
        assert "<b id=pwned" not in page, name


def test_sales_people_see_leads_and_nothing_technical(
    sales_page: Client, everything: dict[str, str]
) -> None:
    for name, url in everything.items():
        allowed = not name.startswith("integrations")
        assert sales_page.get(url).status_code == (200 if allowed else 403), name
    for name in TECHNICAL:
        assert sales_page.get(reverse(f"admin:{name}_changelist")).status_code == 403, name
    landing = sales_page.get(reverse("admin:index"))
    assert landing.headers["Location"] == everything["inbox"]


def test_a_viewer_can_press_nothing(db: None) -> None:
    conversation = rows.make_conversation(1)
    client = Client()
    client.force_login(rows.make_user("outsider"))
    page = reverse("admin:conversations_conversation_thread", args=[conversation.pk])
    act = reverse("admin:conversations_conversation_act", args=[conversation.pk, "take-over"])
    assert client.get(page).status_code == 403
    assert client.post(act).status_code == 403
    assert Client().get(page).status_code == 302


def test_rows_of_services_are_neither_added_nor_deleted(
    admin_page: Client, everything: dict[str, str]
) -> None:
    machines = ("agent_agentrun", "agent_playbookversion", *TECHNICAL[:2])
    for name in ("conversations_lead", "conversations_meeting", *machines):
        assert admin_page.get(reverse(f"admin:{name}_add")).status_code == 403, name
    deletion = everything["conversations_lead"].replace("change", "delete")
    assert admin_page.get(deletion).status_code == 403


def test_stage_and_owner_are_set_through_the_lead_page(
    sales_page: Client, salesperson: User
) -> None:
    lead = rows.make_conversation(1, stage="new").lead
    url = reverse("admin:conversations_lead_change", args=[lead.pk])
    sales_page.post(url, {"stage": "won", "owner": str(salesperson.pk)})
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.stage, lead.owner) == ("won", salesperson)


def test_the_lead_page_gives_quotes_and_leads_to_them(admin_page: Client) -> None:
    conversation = rows.make_conversation(1)
    message = rows.make_message(conversation, "Tengo 50 mil al mes")
    rows.make_fact(message, "budget", 50000, "50 mil")
    url = reverse("admin:conversations_lead_change", args=[conversation.lead.pk])
    page = admin_page.get(url).content.decode()
    assert "<q>50 mil</q>" in page
    assert f"/thread/#m-{message.pk}" in page


def test_a_meeting_is_cancelled(sales_page: Client, salesperson: User) -> None:
    lead = rows.make_conversation(1).lead
    meeting = rows.make_meeting(lead, rows.make_salesperson(salesperson))
    sales_page.post(reverse("admin:conversations_meeting_cancel", args=[meeting.pk]))
    assert Meeting.objects.get(pk=meeting.pk).state == MeetingState.CANCELLED


def test_a_meeting_is_shown_in_the_zone_of_who_looks(sales_page: Client, salesperson: User) -> None:
    host = rows.make_salesperson(salesperson, time_zone="Asia/Tokyo")
    meeting = rows.make_meeting(rows.make_conversation(1).lead, host)
    url = reverse("admin:conversations_meeting_changelist")
    hour = f"{(meeting.during.lower.hour + 9) % 24:02d}:00"
    assert f"{hour}–" in sales_page.get(url).content.decode()


def test_a_delivery_is_replayed(admin_page: Client) -> None:
    delivery = rows.make_delivery(b'{"object": "whatsapp_business_account", "entry": []}')
    url = reverse("admin:integrations_webhookdelivery_changelist")
    admin_page.post(url, {"action": "replay", "_selected_action": [delivery.pk]})
    assert WebhookDelivery.objects.get(pk=delivery.pk).replayed_at is not None


def test_a_hostile_body_is_only_text() -> None:
    assert body_text(b'{"a":1}') == '{\n  "a": 1\n}'
    assert body_text(b"\xff\xfe{") == "��{"
    assert body_text(b"[" * 100_000).startswith("[")
    assert body_text(b"x" * 300_000).endswith("…")


@pytest.mark.parametrize(("language", "word"), [("es", "Bandeja"), ("en", "Inbox")])
def test_both_languages(administrator: User, language: str, word: str) -> None:
    client = Client(headers={"accept-language": language})
    client.force_login(administrator)
    rows.make_conversation(1)
    url = reverse("admin:conversations_conversation_changelist")
    assert word in client.get(url).content.decode()


def test_a_playbook_is_readable_even_when_broken(admin_page: Client) -> None:
    version = rows.make_version(content={"nonsense": True})
    url = reverse("admin:agent_playbookversion_change", args=[version.pk])
    page = admin_page.get(url).content.decode()
    assert "not a valid playbook" in page


def test_an_orphan_conversation_id_does_not_break_a_run(admin_page: Client) -> None:
    trigger = rows.make_message(rows.make_conversation(1))
    run = rows.make_run(trigger, rows.make_version())
    Conversation.objects.all().delete()
    url = reverse("admin:agent_agentrun_change", args=[run.pk])
    assert admin_page.get(url).status_code == 200


def test_the_navigation_keeps_what_is_rarely_needed_behind_more(
    client: Client, salesperson: User
) -> None:
    client.force_login(salesperson)
    inbox = client.get(reverse("admin:conversations_conversation_changelist")).content.decode()
    areas = inbox[inbox.index('<nav id="areas"') : inbox.index("</nav>")]
    daily, _, more = areas.partition("<details>")
    assert 'aria-current="page">Bandeja' in daily
    assert reverse("admin:agent_agentrun_changelist") in more
    assert reverse("admin:index") + '"' not in areas
