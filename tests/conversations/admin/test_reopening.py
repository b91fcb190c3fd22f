"""Staff see who wrote after a stop, and open the conversation again on their word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from conversations.models import ConsentEntry, Conversation
from tests.conversations.rows import write

pytestmark = pytest.mark.django_db

SORRY = "Perdón, me equivoqué de botón"
BUTTON = "They want to hear from us again"


def thread_url(page: str = "thread", *more: str) -> str:
    name = f"admin:conversations_conversation_{page}"
    return reverse(name, args=[Conversation.objects.get().pk, *more])


def stop_and_write_again() -> None:
    now = timezone.now()
    write("Hola", now=now - timedelta(minutes=9))
    write("BAJA", now=now - timedelta(minutes=8))
    write(SORRY, now=now - timedelta(minutes=5))


def test_they_wait_for_a_person_in_the_inbox(admin_page: Client) -> None:
    stop_and_write_again()
    inbox = reverse("admin:conversations_conversation_changelist")
    page = admin_page.get(inbox, {"attention": "waiting"}).content.decode()
    assert "Wrote after saying stop" in page
    assert SORRY in page


def test_the_button_opens_the_conversation_and_goes(admin_page: Client) -> None:
    stop_and_write_again()
    before = admin_page.get(thread_url())
    assert BUTTON in before.content.decode()
    assert 'data-can-write="no"' in before.content.decode()
    after = admin_page.post(thread_url("act", "reopen"), follow=True).content.decode()
    assert BUTTON not in after
    assert 'data-can-write="yes"' in after
    assert "Wrote after saying stop" in after
    assert SORRY in ConsentEntry.objects.latest("id").words


def test_it_is_not_offered_while_they_are_silent(admin_page: Client) -> None:
    write("BAJA", now=timezone.now() - timedelta(minutes=8))
    assert BUTTON not in admin_page.get(thread_url()).content.decode()
    refused = admin_page.post(thread_url("act", "reopen"), headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["ok"]) == (409, False)
    assert ConsentEntry.objects.count() == 1


def test_the_page_that_polls_sees_it_come(admin_page: Client) -> None:
    write("BAJA", now=timezone.now() - timedelta(minutes=8))
    first = admin_page.get(thread_url("fragment"))
    write(SORRY, now=timezone.now() - timedelta(minutes=5))
    headers = {"if-none-match": first.headers["ETag"]}
    second = admin_page.get(thread_url("fragment"), headers=headers)
    assert (second.status_code, BUTTON in second.content.decode()) == (200, True)


def test_it_costs_one_query_for_those_who_stopped(admin_page: Client) -> None:
    write("Hola", now=timezone.now() - timedelta(minutes=9))
    counts = []
    for text in ("¿Precio?", "BAJA", SORRY, "¿Hola?"):
        write(text, now=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            admin_page.get(thread_url("fragment"))
        counts.append(len(captured.captured_queries))
    assert counts == [counts[0], *[counts[0] + 1] * 3]


def test_it_speaks_spanish(admin_page: Client) -> None:
    stop_and_write_again()
    with translation.override("es"):
        page = admin_page.get(thread_url(), headers={"accept-language": "es"}).content.decode()
    assert "Quiere que le escribamos otra vez" in page
