"""Pages: cursors, limits, filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from conversations.models import Attachment, Lead, User
from tests.conversations.api.world import (
    hours_ahead,
    make_conversation,
    make_host,
    make_meeting,
    make_message,
    make_sales,
)

pytestmark = pytest.mark.django_db


def make_leads(count: int, owner: User) -> str:
    for number in range(count):
        make_conversation(owner, name=f"Lead {number}")
    return "leads"


def make_conversations(count: int, owner: User) -> str:
    make_leads(count, owner)
    return "conversations"


def make_messages(count: int, owner: User) -> str:
    conversation = make_conversation(owner)
    for _number in range(count):
        first = make_message(conversation)
        row = make_message(
            conversation, staff=owner, author="staff", in_reply_to=first.provider_message_id
        )
        Attachment.objects.create(message=row, created_at=timezone.now())
    return f"conversations/{conversation.pk}/messages"


def make_meetings(count: int, owner: User) -> str:
    host = make_host(owner)
    for number in range(count):
        make_meeting(make_conversation(owner).lead, host, hours_ahead(number))
    return "meetings"


def walk(client: APIClient, path: str, link: str = "next") -> list[list[dict[str, Any]]]:
    pages = []
    address: str | None = path
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.content
        pages.append(answer.json()["results"])
        address = answer.json()[link]
    return pages


@pytest.mark.parametrize("make", [make_leads, make_conversations, make_messages, make_meetings])
def test_pages_hold_every_row_once_in_both_directions(
    make: Callable[[int, User], str], client: APIClient, manager: User
) -> None:
    path = f"/api/v1/{make(7, manager)}"
    rows = [row["id"] for row in client.get(path).json()["results"]]
    there = walk(client, f"{path}?limit=3")
    assert [row["id"] for page in there for row in page] == rows
    assert {len(page) for page in there[:-1]} == {3}
    last = there[-1]
    middle = client.get(f"{path}?limit={len(rows) - len(last)}").json()
    back = client.get(client.get(middle["next"]).json()["previous"]).json()
    assert [row["id"] for row in back["results"]] == rows[: -len(last)]
    assert back["previous"] is None
    assert back["next"] is not None
    assert middle["previous"] is None


def test_rows_of_one_moment_are_told_apart_by_id(client: APIClient) -> None:
    moment = timezone.now()
    Lead.objects.bulk_create(Lead(name=str(n), created_at=moment) for n in range(9))
    rows = [row["id"] for page in walk(client, "/api/v1/leads?limit=2") for row in page]
    assert rows == sorted(rows, reverse=True)
    assert len(set(rows)) == 9


def test_a_new_row_moves_no_page(client: APIClient, manager: User) -> None:
    make_leads(4, manager)
    first = client.get("/api/v1/leads?limit=2").json()
    make_leads(1, manager)
    second = client.get(first["next"]).json()
    names = [row["name"] for row in first["results"] + second["results"]]
    assert names == ["Lead 3", "Lead 2", "Lead 1", "Lead 0"]
    assert len(client.get(second["previous"]).json()["results"]) == 2


def test_limits(client: APIClient, manager: User) -> None:
    moment = timezone.now()
    Lead.objects.bulk_create(Lead(name=str(n), created_at=moment) for n in range(210))
    assert len(client.get("/api/v1/leads").json()["results"]) == 50
    assert len(client.get("/api/v1/leads?limit=999").json()["results"]) == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=²",
        "cursor=x",
        "cursor=%00",
        "cursor=bnVsbA",
        "cursor=WzEsMiwzXQ",
        "cursor=" + "A" * 3000,
        "stage=nothing",
        "owner=someone",
        "q=%00",
        "q=" + "x" * 201,
    ],
)
def test_what_cannot_be_understood_is_a_400(client: APIClient, query: str) -> None:
    answer = client.get(f"/api/v1/leads?{query}")
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid"
    assert problem["errors"][0]["pointer"] == f"/{query.split('=')[0]}"


def test_a_cursor_of_another_list_is_refused(client: APIClient, manager: User) -> None:
    path = f"/api/v1/{make_messages(3, manager)}"
    make_leads(3, manager)
    number = client.get(f"{path}?limit=1").json()["next"].partition("cursor=")[2]
    moment = client.get("/api/v1/leads?limit=1").json()["next"].partition("cursor=")[2]
    assert client.get(f"/api/v1/leads?cursor={number.partition('&')[0]}").status_code == 400
    assert client.get(f"{path}?cursor={moment.partition('&')[0]}").status_code == 400


def names(client: APIClient, path: str) -> set[str]:
    rows = client.get(f"/api/v1/{path}").json()["results"]
    return {row["name"] if "name" in row else row["lead"]["display_name"] for row in rows}


def test_leads_are_filtered(client: APIClient, manager: User) -> None:
    ana = make_sales()
    make_conversation(ana, name="Luz", stage="won", temperature="hot", source="ad")
    make_conversation(
        manager, name="Paz Díaz", company="Acme", email="paz@example.com", stage="new"
    )
    make_conversation(None, name="Sol", phone_number="+5215550109999", stage="qualified")
    for query, found in {
        "stage=won": {"Luz"},
        "stage=won&stage=new": {"Luz", "Paz Díaz"},
        "temperature=hot": {"Luz"},
        "source=ad": {"Luz"},
        f"owner={ana.pk}": {"Luz"},
        "owner=me": {"Paz Díaz"},
        "owner=none": {"Sol"},
        "q=acme": {"Paz Díaz"},
        "q=d%C3%ADaz+acme": {"Paz Díaz"},
        "q=luz+acme": set(),
        "q=%2B52+1+555+010-9999": {"Sol"},
        "": {"Luz", "Paz Díaz", "Sol"},
    }.items():
        assert names(client, f"leads?{query}") == found, query


def test_conversations_are_filtered(client: APIClient, manager: User) -> None:
    now = timezone.now()
    luz = make_conversation(manager, name="Luz")
    luz.mode, luz.unread_count = "staff", 0
    luz.save()
    sol = make_conversation(None, name="Sol")
    sol.window_expires_at = now - timedelta(seconds=1)
    sol.save()
    new = make_conversation(None, name="New")
    new.window_expires_at = None
    new.save()
    for query, found in {
        "mode=staff": {"Luz"},
        "unread=true": {"Sol", "New"},
        "unread=false": {"Luz"},
        "window=open": {"Luz"},
        "window=closed": {"Sol", "New"},
        "owner=me": {"Luz"},
        "owner=none": {"Sol", "New"},
        "q=so": {"Sol"},
    }.items():
        assert names(client, f"conversations?{query}") == found, query


def test_meetings_are_filtered(client: APIClient, manager: User) -> None:
    host, other = make_host(manager), make_host(make_sales())
    times = {"Luz": hours_ahead(2), "Sol": hours_ahead(5)}
    make_meeting(make_conversation(None, name="Luz").lead, host, times["Luz"])
    make_meeting(make_conversation(None, name="Sol").lead, other, times["Sol"], state="cancelled")
    half = timedelta(minutes=30)
    for query, found in {
        "state=confirmed": {"Luz"},
        "state=confirmed&state=cancelled": {"Luz", "Sol"},
        f"salesperson={manager.pk}": {"Luz"},
        f"from={quote(times['Sol'].isoformat())}": {"Sol"},
        f"from={quote((times['Luz'] + half).isoformat())}": {"Sol"},
        f"to={quote(times['Sol'].isoformat())}": {"Luz"},
        f"to={quote((times['Sol'] + half).isoformat())}": {"Luz", "Sol"},
    }.items():
        assert names(client, f"meetings?{query}") == found, query
    assert client.get("/api/v1/meetings?from=tomorrow").status_code == 400
    shown = client.get("/api/v1/meetings").json()["results"][0]
    assert shown["salesperson"]["id"] == str(other.user_id)
    assert shown["starts_at"] == times["Sol"].strftime("%Y-%m-%dT%H:%M:%SZ")
