"""Templates: what there is, what fits a lead, and sending one while the window is closed."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from conversations.models import Conversation, Message, User
from tests.conversations.api.world import client_of, make_conversation, make_staff
from tests.conversations.template_rows import make_template, make_templates
from tests.conversations.watching import watch

pytestmark = pytest.mark.django_db

LINK = {
    "type": "BUTTONS",
    "buttons": [{"type": "URL", "text": "Ver", "url": "https://example.com/{{1}}"}],
}


@pytest.fixture
def closed() -> Conversation:
    conversation = make_conversation(name="Luz Paz")
    Conversation.objects.update(window_expires_at=timezone.now())
    return conversation


def path_of(conversation: Conversation) -> str:
    return f"/api/v1/conversations/{conversation.pk}/templates"


def send(
    client: APIClient, conversation: Conversation, template: object, key: str = "", **values: str
) -> Any:
    body = {
        "template": str(template),
        "values": {k.replace("_", ":"): v for k, v in values.items()},
    }
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(path_of(conversation), body, format="json", headers=headers)


def test_a_template_comes_with_its_words_and_the_leads_name(
    client: APIClient, closed: Conversation
) -> None:
    template = make_template("Hola {{1}}, es el {{2}}.", LINK, quality="green")
    [shown] = client.get(path_of(closed)).json()["results"]
    assert shown["id"] == str(template.pk)
    assert (shown["status"], shown["quality"], shown["sendable"]) == ("approved", "green", True)
    assert shown["words"] == {
        "header": "",
        "body": "Hola {{1}}, es el {{2}}.",
        "footer": "",
        "buttons": ["Ver"],
    }
    keys = [(each["key"], each["is_name"]) for each in shown["variables"]]
    assert keys == [("body:1", True), ("body:2", False), ("button:0", False)]
    assert shown["values"] == {"body:1": "Luz"}
    assert shown["preview"]["body"] == "Hola Luz, es el {{2}}."
    [plain] = client.get("/api/v1/templates").json()["results"]
    assert plain == {k: v for k, v in shown.items() if k not in ("values", "preview")}


def test_all_are_listed_and_only_those_that_may_leave_for_a_lead(
    client: APIClient, closed: Conversation
) -> None:
    make_template("Hola", name="b_paused", status="paused")
    make_template("Hola", {"type": "HEADER", "format": "IMAGE"}, name="c_picture")
    make_template("Oferta", name="a_offer", category="marketing", language="en_US")

    def names(path: str, **query: str) -> list[str]:
        return [row["name"] for row in client.get(path, query).json()["results"]]

    assert names("/api/v1/templates") == ["a_offer", "b_paused", "c_picture"]
    assert names("/api/v1/templates", status="paused") == ["b_paused"]
    assert names("/api/v1/templates", language="es") == ["b_paused", "c_picture"]
    assert names("/api/v1/templates", category="marketing", q="OFF") == ["a_offer"]
    assert names(path_of(closed)) == ["a_offer", "c_picture"]
    assert [row["sendable"] for row in client.get(path_of(closed)).json()["results"]] == [
        True,
        False,
    ]
    closed.lead.marketing_opted_out_at = timezone.now()
    closed.lead.save()
    assert names(path_of(closed)) == ["c_picture"]
    assert client_of(make_staff("new")).get("/api/v1/templates").json()["results"] == []


def test_pages_follow_the_alphabet_both_ways(client: APIClient) -> None:
    make_templates(5)
    first = client.get("/api/v1/templates?limit=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    pages = [[row["name"] for row in page["results"]] for page in (first, second, third)]
    assert pages == [["t0", "t1"], ["t2", "t3"], ["t4"]]
    assert (first["previous"], third["next"]) == (None, None)
    assert client.get(third["previous"]).json()["results"] == second["results"]
    assert client.get(second["previous"]).json()["results"] == first["results"]


def test_a_closed_window_refuses_a_text_and_takes_a_template(
    client: APIClient, closed: Conversation, manager: User
) -> None:
    template = make_template("Hola {{1}}, es el {{2}}.")
    text = client.post(path_of(closed).replace("templates", "messages"), {"text": "Hola"})
    assert text.status_code == 415  # a form is no text
    text = client.post(
        path_of(closed).replace("templates", "messages"), {"text": "Hola"}, format="json"
    )
    assert (text.status_code, text.json()["code"]) == (409, "window_closed")
    answers = [send(client, closed, template.pk, key="one", body_2="jueves") for _copy in range(2)]
    shown = answers[0].json()
    assert (answers[0].status_code, shown["kind"], shown["state"]) == (201, "template", "queued")
    assert shown["text"] == "Hola buen día, es el jueves."
    assert shown["template"] == {"name": "cita", "language": "es_MX"}
    assert shown["staff"]["id"] == str(manager.pk)
    assert answers[1].json() == shown
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert Message.objects.count() == 1
    closed.refresh_from_db()
    assert closed.mode == "staff"


def test_values_that_whatsapp_refuses_are_named(client: APIClient, closed: Conversation) -> None:
    template = make_template("Hola {{1}}, es el {{2}}.", LINK)
    answer = send(client, closed, template.pk, body_2="jue\nves")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert {(each["pointer"], each["code"]) for each in answer.json()["errors"]} == {
        ("/values/body:2", "layout"),
        ("/values/button:0", "missing"),
    }
    assert not Message.objects.exists()
    closed.refresh_from_db()
    assert closed.mode == "bot"


def test_who_or_what_stands_against_it_is_said(client: APIClient, closed: Conversation) -> None:
    paused = make_template("Hola", name="paused", status="paused")
    offer = make_template("Hola", category="marketing")
    lead = closed.lead
    lead.marketing_opted_out_at = timezone.now()
    lead.save()
    unknown = send(client, closed, lead.pk)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (400, "/template")
    for template, code in ((paused, "template_not_ready"), (offer, "marketing_opted_out")):
        answer = send(client, closed, template.pk)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    lead.opted_out_at = timezone.now()
    lead.save()
    assert send(client, closed, offer.pk).json()["code"] == "opted_out"
    assert not Message.objects.exists()


def test_many_templates_cost_no_more_queries(client: APIClient, closed: Conversation) -> None:
    client.get("/api/v1/me")
    make_templates(1)
    few = [len(watch(client, path).statements) for path in ("/api/v1/templates", path_of(closed))]
    make_template()
    make_template(name="other")
    many = [len(watch(client, path).statements) for path in ("/api/v1/templates", path_of(closed))]
    assert few == many == [3, 4]
