"""Who may open which door: every route, every method, every role. An unlisted route fails."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from conversations.api.urls import urlpatterns
from conversations.models import MessageTemplate, User
from tests.conversations.api.world import (
    Chat,
    Office,
    client_of,
    make_staff,
    path_of,
)

pytestmark = pytest.mark.django_db

LISTS = ("leads", "conversations", "meetings")
LEAD, CONVERSATION = "leads/<uuid:lead_id>", "conversations/<uuid:conversation_id>"
MESSAGE, MEETING = "messages/<uuid:message_id>", "meetings/<uuid:meeting_id>"
UNDO = "merges/<uuid:merge_id>/undo"


@dataclass(frozen=True)
class Form:
    """What is sent as a form with a file."""

    fields: dict[str, str] = field(default_factory=dict)


# Every route and method, with what to send. `{…}` stands for what the chat has.
ROUTES: dict[str, dict[str, Any]] = {
    "me": {"GET": None},
    "users": {"GET": None},
    "leads": {"GET": None},
    LEAD: {"GET": None, "PATCH": {"stage": "won"}},
    f"{LEAD}/facts": {"GET": None},
    f"{LEAD}/facts/<slug:key>": {"PUT": {"value": 60000}, "PATCH": {"locked": True}},
    f"{LEAD}/fact-history": {"GET": None},
    f"{LEAD}/fact-proposals": {"GET": None},
    "fact-proposals/<uuid:proposal_id>/accept": {"POST": {}},
    "fact-proposals/<uuid:proposal_id>/dismiss": {"POST": {}},
    f"{LEAD}/merges": {"GET": None, "POST": {"lead": "{other}"}},
    f"{LEAD}/different": {"POST": {"lead": "{other}"}},
    "proposals": {"GET": None},
    UNDO: {"POST": {}},
    "conversations": {"GET": None},
    CONVERSATION: {"GET": None},
    f"{CONVERSATION}/takeover": {"POST": {}},
    f"{CONVERSATION}/release": {"POST": {}},
    f"{CONVERSATION}/read": {"POST": {}},
    f"{CONVERSATION}/follow-ups": {"GET": None},
    "follow-ups/<uuid:follow_up_id>/cancel": {"POST": {}},
    f"{CONVERSATION}/slots": {"GET": None},
    f"{CONVERSATION}/messages": {"GET": None, "POST": {"text": "Hola"}},
    f"{CONVERSATION}/files": {"POST": Form({"caption": "El recibo"})},
    f"{CONVERSATION}/templates": {"GET": None, "POST": {"template": "{template}"}},
    "templates": {"GET": None},
    f"{MESSAGE}/retry": {"POST": {}},
    f"{MESSAGE}/discard": {"POST": {}},
    "attachments/<uuid:attachment_id>": {"GET": None},
    "meetings": {"GET": None, "POST": {"slot": "{slot}"}},
    MEETING: {"GET": None},
    f"{MEETING}/reschedule": {"POST": {"slot": "{slot}"}},
    f"{MEETING}/cancel": {"POST": {}},
    f"{MEETING}/outcome": {"POST": {"outcome": "no_show"}},
    "": {"GET": None, "POST": {}},
}
CALLS = [(route, method) for route, methods in ROUTES.items() for method in methods]
ABOUT_NONE = ("", "me", "users", "templates", "proposals", *LISTS)
# tests/conversations/api/test_merging.py tells who may.
DECIDING = [(f"{LEAD}/merges", "POST"), (f"{LEAD}/different", "POST"), (UNDO, "POST")]
ABOUT_A_LEAD = [call for call in CALLS if call[0] not in ABOUT_NONE and call not in DECIDING]
# The slot is the lead's; the lead has a meeting already.
BOOKING = ("meetings", "POST")


def call(client: APIClient, chat: Chat, route: str, method: str) -> Any:
    body = ROUTES[route][method]
    if isinstance(body, Form):
        file = SimpleUploadedFile("recibo.pdf", b"%PDF-1.7")
        return client.post(path_of(chat, route), {**body.fields, "file": file})
    held = {
        "{slot}": chat.slot,
        "{template}": MessageTemplate.objects.values_list("pk", flat=True).first(),
    }
    if body:
        body = {key: str(held.get(value, value)) for key, value in body.items()}
    answer = client.generic(
        method, path_of(chat, route), json.dumps(body), content_type="application/json"
    )
    if answer.streaming:
        b"".join(answer)
    return answer


def test_every_route_is_listed() -> None:
    assert [str(pattern.pattern) for pattern in urlpatterns] == list(ROUTES)


def test_every_method_is_listed() -> None:
    for pattern in urlpatterns:
        view = pattern.callback.view_class  # type: ignore[attr-defined]
        if str(pattern.pattern):
            offered = {m.upper() for m in view.http_method_names if hasattr(view, m)} - {"OPTIONS"}
            assert offered == set(ROUTES[str(pattern.pattern)]), pattern


# Who is refused changes nothing: these go through all doors of one office.


def test_nobody_comes_in_unknown(office: Office) -> None:
    for route, method in CALLS:
        answer = call(client_of(None), office.own, route, method)
        assert answer.status_code == 401, (route, method)
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer.json()["code"] == "not_authenticated"


def test_an_account_that_is_not_staff_is_refused(office: Office) -> None:
    client = client_of(make_staff("eve", is_staff=False))
    for route, method in CALLS:
        answer = call(client, office.own, route, method)
        assert answer.status_code == 403, (route, method)
        assert answer.json()["code"] == "permission_denied"


@pytest.mark.parametrize(("route", "method"), ABOUT_A_LEAD)
def test_salespeople_reach_their_own_leads_and_unowned_ones(
    office: Office, route: str, method: str
) -> None:
    client = client_of(office.ana)
    assert call(client, office.foreign, route, method).status_code == 404
    for chat in (office.own, office.unowned):
        assert call(client, chat, route, method).status_code in (200, 201), chat


@pytest.mark.parametrize(("route", "method"), ABOUT_A_LEAD)
def test_managers_reach_all(office: Office, route: str, method: str) -> None:
    client = client_of(office.marta)
    for chat in (office.own, office.foreign, office.unowned):
        assert call(client, chat, route, method).status_code in (200, 201)


def test_staff_without_a_group_reach_nothing(office: Office) -> None:
    client = client_of(make_staff("new"))
    for route, method in ABOUT_A_LEAD:
        for chat in (office.own, office.unowned):
            assert call(client, chat, route, method).status_code == 404, (route, method)


@pytest.mark.parametrize("route", LISTS)
def test_lists_hold_what_one_may_see(office: Office, route: str) -> None:
    def shown(user: User) -> set[str]:
        rows = client_of(user).get(f"/api/v1/{route}").json()["results"]
        return {row["id"] if route == "leads" else row["lead"]["id"] for row in rows}

    own, foreign, unowned = (
        str(chat.lead.pk) for chat in (office.own, office.foreign, office.unowned)
    )
    assert shown(office.ana) == {own, unowned}
    assert shown(office.marta) == {own, foreign, unowned}
    assert shown(make_staff("root", is_superuser=True)) == {own, foreign, unowned}
    assert shown(make_staff("new")) == set()
    both = make_staff("lead", "Sales", "Managers")
    assert shown(both) == {own, foreign, unowned}


def test_filters_open_nothing(office: Office) -> None:
    client = client_of(office.ana)
    foreign = office.foreign.lead
    for query in (f"owner={foreign.owner_id}", f"q={foreign.phone_number}".replace("+", "")):
        for route in ("leads", "conversations"):
            assert client.get(f"/api/v1/{route}?{query}").json()["results"] == []


def test_a_slot_of_a_foreign_lead_is_none(office: Office) -> None:
    answer = call(client_of(office.ana), office.foreign, *BOOKING)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/slot"
    for chat in (office.own, office.unowned):
        answer = call(client_of(office.ana), chat, *BOOKING)
        assert (answer.status_code, answer.json()["code"]) == (409, "has_meeting")


def test_owners_are_chosen_among_those_one_may_choose(office: Office) -> None:
    ben = office.foreign.lead.owner
    ana, marta = client_of(office.ana), client_of(office.marta)
    assert ben is not None
    assert [row["name"] for row in ana.get("/api/v1/users").json()["results"]] == ["Ana"]
    assert {row["name"] for row in marta.get("/api/v1/users").json()["results"]} == {
        "Ana",
        "Ben",
        "Marta",
    }
    path = f"/api/v1/leads/{office.own.lead.pk}"
    answer = ana.patch(path, {"owner": str(ben.pk)}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/owner"
    assert marta.patch(path, {"owner": str(ben.pk)}, format="json").status_code == 200
    assert ana.get(path).status_code == 404


def test_a_salesperson_takes_and_returns_a_lead(office: Office) -> None:
    client, path = client_of(office.ana), f"/api/v1/leads/{office.unowned.lead.pk}"
    taken = client.patch(path, {"owner": str(office.ana.pk)}, format="json")
    assert taken.json()["owner"] == {"id": str(office.ana.pk), "name": "Ana"}
    assert client.patch(path, {"owner": None}, format="json").json()["owner"] is None


def test_an_unknown_address_is_a_problem_document(office: Office) -> None:
    for method in ("get", "post", "delete"):
        answer = getattr(client_of(office.marta), method)(f"/api/v1/leads/{uuid4()}/nothing")
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"
