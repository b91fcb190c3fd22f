"""Lists: they show rows, and count at most a thousand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.urls import reverse
from django.utils import translation

from conversations import queue
from conversations.admin import badges, dates
from conversations.admin.base import COUNTED_ROWS, BoundedPaginator
from conversations.admin.bubbles import last_words
from conversations.admin.delivery_words import REASONS
from conversations.models import Conversation, Lead, User
from integrations.whatsapp import webhook
from tests.conversations.admin import rows


def test_the_lead_list_shows_what_matters(admin_page: Client, administrator: User) -> None:
    rows.make_conversation(
        1, owner=administrator, name="Marta", stage="qualified", temperature="hot", score=75
    )
    page = admin_page.get(reverse("admin:conversations_lead_changelist")).content.decode()
    for text in ("Marta", "Hola, soy el lead 1", "Qualified", "75", "Hot", "root"):
        assert text in page


@pytest.mark.parametrize(
    "term", ["marta", "Gómez", "55 1234 5678", "5512345678", "marta@panaderia.mx", "espiga marta"]
)
@pytest.mark.parametrize("model", ["lead", "conversation"])
def test_search_finds_by_any_name(admin_page: Client, term: str, model: str) -> None:
    rows.make_conversation(
        1,
        name="Marta Gómez",
        phone_number="+525512345678",
        email="marta@panaderia.mx",
        company="La Espiga",
    )
    rows.make_conversation(2, name="Luis")
    url = reverse(f"admin:conversations_{model}_changelist")
    page = admin_page.get(url, {"q": term}).content.decode()
    assert "Marta Gómez" in page
    assert "Luis" not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"attention": "waiting"}, {"Lead 3"}),
        ({"attention": "unread"}, {"Lead 1", "Lead 3"}),
        ({"mode__exact": "bot"}, {"Lead 1", "Lead 2"}),
        ({"window": "open"}, {"Lead 1", "Lead 2", "Lead 3"}),
        ({"window": "closed"}, set()),
        ({"owner": "me"}, {"Lead 2"}),
        ({"owner": "none"}, {"Lead 1", "Lead 3"}),
        ({"owner": "not-a-person"}, set()),
    ],
)
def test_inbox_filters(
    admin_page: Client, administrator: User, query: dict[str, str], names: set[str]
) -> None:
    for number in (1, 2, 3):
        rows.make_conversation(number, owner=administrator if number == 2 else None)
    url = reverse("admin:conversations_conversation_changelist")
    results = admin_page.get(url, query).context["cl"].result_list
    assert {row.lead.name for row in results} == names


def test_who_waits_stands_above_the_inbox(admin_page: Client) -> None:
    rows.make_conversation(3, name="Espera")
    url = reverse("admin:conversations_conversation_changelist")
    waiting = admin_page.get(url).context["waiting"]
    assert [(line["name"], line["reason"]) for line in waiting] == [
        ("Espera", "Asked for a person")
    ]


def test_the_paginator_stops_counting(db: None) -> None:
    Lead.objects.bulk_create(
        Lead(name=str(number), created_at=rows.now()) for number in range(COUNTED_ROWS + 50)
    )
    assert BoundedPaginator(Lead.objects.order_by("id"), 50).count == COUNTED_ROWS + 1


def test_the_inbox_marks_who_opted_out(admin_page: Client, administrator: User) -> None:
    url = reverse("admin:conversations_conversation_changelist")
    conversation = rows.make_conversation(1, owner=administrator)
    assert "Opted out" not in admin_page.get(url).content.decode()
    Lead.objects.filter(pk=conversation.lead_id).update(opted_out_at=rows.now())
    assert "Opted out" in admin_page.get(url).content.decode()


def test_the_spanish_of_the_lists_agrees(admin_page: Client) -> None:
    spanish = {"accept-language": "es"}
    inbox = admin_page.get(reverse("admin:conversations_conversation_changelist"), headers=spanish)
    assert "Por quién responde" in inbox.content.decode()
    meetings = admin_page.get(reverse("admin:conversations_meeting_changelist"), headers=spanish)
    assert "Cancelada" in meetings.content.decode()
    assert "Cancelado" not in meetings.content.decode()


def test_less_than_a_minute_is_now() -> None:
    with translation.override("en"):
        assert badges.span_text(timedelta(seconds=59)) == "now"
        assert badges.span_text(timedelta(seconds=60)) == "1 min"
    with translation.override("es"):
        assert badges.span_text(timedelta(0)) == "ahora"


def test_spanish_numbers_and_dates() -> None:
    day = date(2026, 11, 24)
    with translation.override("es"):
        assert filesizeformat(12_390).replace("\xa0", " ") == "12.1 KB"
        assert dates.short_day(day) == "mar 24 de nov"
        assert dates.day_of_year(day) == "mar 24 nov 2026"
        assert dates.long_ago(day) == "24 nov 2026"
    with translation.override("en"):
        assert dates.short_day(day) == "Tue 24 Nov"
        assert dates.long_ago(day) == "24 Nov 2026"


def test_deliveries_and_jobs_in_spanish(admin_page: Client) -> None:
    spanish = {"accept-language": "es"}
    rows.make_delivery(
        state="partial",
        counts={"messages": 2, "receipts": 1, "unsupported": 1, "new_kind": 3, "echoes": 0},
        problems=[
            {"pointer": "/entry/0", "reason": "is not an object"},
            {"pointer": "", "reason": "the provider reports error 131042"},
            {"reason": "something new"},
            "odd",
        ],
    )
    url = reverse("admin:integrations_webhookdelivery_changelist")
    page = admin_page.get(url, headers=spanish).content.decode()
    for text in (
        "2 mensajes",
        "1 estado<",
        "1 evento sin usar",
        "new_kind: 3",
        "/entry/0 · No es un objeto",
        "WhatsApp informa el error 131042",
        "something new",
        "odd",
    ):
        assert text in page, text
    assert "desde el teléfono" not in page
    queue.hint_deliver([uuid4()])
    url = reverse("admin:procrastinate_procrastinatejob_changelist")
    page = admin_page.get(url, headers=spanish).content.decode()
    for text in ("Tareas", "En espera", queue.DELIVER, "1 tarea"):
        assert text in page, text


def test_every_reason_of_the_reader_has_words() -> None:
    folder = Path(webhook.__file__).parent
    source = "".join(each.read_text() for each in sorted(folder.glob("*.py")))
    for reason in REASONS:
        assert f'"{reason}"' in source, reason


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("[document]", "Document"), ("[ok]", "[ok]"), ("Hola", "Hola"), ("", "")],
)
def test_the_last_words_of_a_talk_are_words(stored: str, shown: str) -> None:
    with translation.override("en"):
        assert last_words(Conversation(last_message_text=stored)) == shown
