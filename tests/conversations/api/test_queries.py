"""What each GET of the API asks of the database: a known number of queries, and no write."""

from __future__ import annotations

import pytest
from django.utils import timezone

from conversations.models import Fact
from tests.conversations.api.test_access import ROUTES
from tests.conversations.api.world import (
    Office,
    client_of,
    hours_ahead,
    make_chat,
    make_file,
    make_host,
    make_meeting,
    make_message,
    make_proposal,
    make_reminder,
    make_sales,
    path_of,
)
from tests.conversations.watching import Watched, watch

pytestmark = pytest.mark.django_db

MORE = 20
# Two of the queries are always the token's user and their groups.
QUERIES = {
    "me": 3,
    "users": 3,
    "leads": 3,
    "leads/<uuid:lead_id>": 4,
    "leads/<uuid:lead_id>/facts": 4,
    "leads/<uuid:lead_id>/fact-history": 4,
    "leads/<uuid:lead_id>/fact-proposals": 4,
    "leads/<uuid:lead_id>/merges": 4,
    "proposals": 3,
    "conversations": 3,
    "conversations/<uuid:conversation_id>": 3,
    "conversations/<uuid:conversation_id>/follow-ups": 4,
    "conversations/<uuid:conversation_id>/slots": 9,
    "conversations/<uuid:conversation_id>/messages": 6,
    "conversations/<uuid:conversation_id>/templates": 4,
    "templates": 3,
    "attachments/<uuid:attachment_id>": 3,
    "meetings": 3,
    "meetings/<uuid:meeting_id>": 3,
}
READS = [route for route, methods in ROUTES.items() if route and "GET" in methods]


def make_more(office: Office, numbers: range) -> None:
    """Rows of every kind beside and below the ones that are asked for."""
    lead, conversation = office.own.lead, office.own.conversation
    for number in numbers:
        host = make_host(make_sales(f"user{number}"))
        make_chat(office.ana, host, 10 + number)
        first = make_message(conversation)
        make_file(first)
        make_message(
            conversation,
            author="staff",
            staff=office.ana,
            in_reply_to=first.provider_message_id,
        )
        Fact.objects.create(
            lead=lead,
            key=f"key{number}",
            value=1,
            staff=office.marta,
            created_at=timezone.now(),
        )
        make_proposal(lead, f"key{number}")
        meeting = make_meeting(lead, host, hours_ahead(30 + number), state="cancelled")
        make_reminder(conversation, meeting, step=number)


def visit(office: Office, *, method: str = "get") -> dict[str, Watched]:
    client = client_of(office.marta)
    client.get("/api/v1/me")  # notes that the token was used, once an hour
    seen = {route: watch(client, path_of(office.own, route), method=method) for route in READS}
    assert {page.response.status_code for page in seen.values()} == {200}
    return seen


def counts(pages: dict[str, Watched]) -> dict[str, int]:
    return {route: len(page.statements) for route, page in pages.items()}


def test_every_door_costs_the_same_for_few_and_for_many_rows(office: Office) -> None:
    make_more(office, range(1))
    few = counts(visit(office))
    make_more(office, range(1, MORE))
    many = counts(visit(office))
    assert few == many
    assert many == QUERIES


@pytest.mark.parametrize("method", ["get", "head"])
def test_no_door_writes(office: Office, method: str) -> None:
    pages = visit(office, method=method)
    assert {route: page.written for route, page in pages.items() if page.written} == {}
